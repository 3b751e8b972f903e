// The fuzzer's watch over memory: it lets a runtime warm up and breathe, and sees what only grows.
import { expect, test } from "vitest"
import { growthOf, MemoryWatch } from "../../scripts/fuzz/memory-watch.ts"

test("what warms up, breathes, or is seen too seldom is no growth", () => {
  expect(growthOf([60, 200, 300, 380, 400, 300, 410, 290, 400, 300, 405, 310])).toBeUndefined()
  expect(growthOf([60, 5_000])).toBeUndefined()
})

test("what only grows is, by its least in an early and in a late window", () => {
  const samples = Array.from({ length: 40 }, (_, index) => 100 + index * 50)
  expect(growthOf(samples)).toEqual({ early: 600, late: 1_600 })
})

test("a process is sampled by its number, and told by its name", () => {
  const watch = new MemoryWatch()
  watch.sample({ me: process.pid })
  expect(watch.growth()).toBeUndefined()
  expect(watch.lines()).toEqual([expect.stringMatching(/^me \d+ MiB at first, \d+ MiB at most$/)])
  expect(() => watch.sample({ nobody: 2 ** 30 })).toThrow(/no such file/)
})
