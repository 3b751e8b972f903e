// What `npm run chaos` takes on its command line, and what it says to everything else.

import { expect, test } from "vitest"
import { readOptions } from "../../../scripts/chaos/options.ts"

test("minutes, seed and rate are taken", () => {
  expect(readOptions(["--minutes", "0.5", "--seed", "7", "--rate", "2.5"])).toEqual({
    durationMs: 30_000,
    seed: 7,
    rate: 2.5,
  })
})

test("without any: ten minutes, and a seed to be told", () => {
  const { durationMs, seed, rate } = readOptions([])
  expect(durationMs).toBe(600_000)
  expect(Number.isInteger(seed)).toBe(true)
  expect(rate).toBeGreaterThan(0)
})

test.each([
  [["--minutes", "0.1"], '--minutes must be a number from 0.2 to 1440, not "0.1".'],
  [["--minutes", "soon"], '--minutes must be a number from 0.2 to 1440, not "soon".'],
  [["--minutes=-1"], '--minutes must be a number from 0.2 to 1440, not "-1".'],
  [
    ["--minutes", "-1"],
    "Option '--minutes' argument is ambiguous; there are --minutes M, --seed S and --rate N.",
  ],
  [["--minutes", ""], '--minutes must be a number from 0.2 to 1440, not "".'],
  [["--seed", "1.5"], '--seed must be a whole number, not "1.5".'],
  [["--seed", "4294967296"], '--seed must be a number from 0 to 4294967295, not "4294967296".'],
  [["--rate", "0"], '--rate must be a number from 0.1 to 100, not "0".'],
  [["10"], '"10" is no option; there are --minutes M, --seed S and --rate N.'],
  [["--hours", "1"], "Unknown option '--hours'; there are --minutes M, --seed S and --rate N."],
])("refused in one line: %j", (args, message) => {
  const refused = () => readOptions(args)
  expect(refused).toThrow(message)
  expect(refused).toThrow(/^[^\n]+$/)
})
