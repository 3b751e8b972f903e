// The state a run has published, as the page asks for it.

import { expect, test } from "vitest"
import { ApiError, type Api } from "../../../src/console/browser/api.ts"
import { Published } from "../../../src/console/browser/run/published.ts"
import { change } from "./support/events.ts"

test("a name that could not be asked for is asked for again with the next look", async () => {
  let isAway = true
  const api: Pick<Api, "ask"> = {
    ask: async () => {
      if (isAway) throw new ApiError("unreachable", "The server does not answer.", 0)
      return "shipped" as never
    },
  }
  const published = new Published(api as Api, "o1", new AbortController().signal)
  published.see(change("0", "completed", 1, { kind: "publish", name: "order" }))
  await expect(published.refresh()).rejects.toMatchObject({ code: "unreachable" })
  expect(published.values.size).toBe(0)
  isAway = false
  await published.refresh()
  expect([...published.values]).toEqual([["order", "shipped"]])
})
