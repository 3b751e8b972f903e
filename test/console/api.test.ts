// The console's paths: what a person types leads where it is meant to, or nowhere.

import { expect, test } from "vitest"
import { pathTo } from "../../src/console/browser/api.ts"

test("each part stays one part", () => {
  expect(pathTo("v1", "runs", "a/b %.", "signals", "...")).toBe("/v1/runs/a%2Fb%20%25./signals/...")
})

test.each([".", "..", "", "\ud800"])("%j is refused: another route would be asked", (part) => {
  for (const parts of [
    ["v1", "runs", part, "cancel"],
    ["v1", "runs", "a", "signals", part],
  ]) {
    expect(() => pathTo(...parts)).toThrow(expect.objectContaining({ code: "invalid_id" }))
  }
})
