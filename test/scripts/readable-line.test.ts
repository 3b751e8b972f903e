// The lines of a development server: what the Worker logs leaves as the JSON line it is, whatever stands around it.

import { expect, test } from "vitest"
import { readableLine } from "../../scripts/support/wrangler.ts"

const LINE = '{"level":"error","message":"The run is halted: [ERROR] is in it."}'

test.each([
  [
    "an error, in colours",
    `\u001B[31m✘ \u001B[41;31m[\u001B[41;97mERROR\u001B[41;31m]\u001B[0m \u001B[1m${LINE}\u001B[0m`,
  ],
  [
    "a warning",
    `\u001B[33m▲ \u001B[43;33m[\u001B[43;30mWARNING\u001B[43;33m]\u001B[0m \u001B[1m${LINE}\u001B[0m`,
  ],
  ["what has no sign before it", LINE],
])("%s is the line itself", (_, line) => {
  expect(readableLine(line)).toBe(LINE)
})

test("an error of wrangler's own keeps its sign", () => {
  expect(readableLine("\u001B[31m✘ [ERROR] \u001B[0mBuild failed")).toBe("✘ [ERROR] Build failed")
})

test.each([
  [""],
  ["\u001B[0m"],
  ["[wrangler:info] GET /healthz 200 OK (1ms)"],
  ["Ready on http://127.0.0.1:1"],
])("%s tells nothing", (line) => {
  expect(readableLine(line)).toBeUndefined()
})
