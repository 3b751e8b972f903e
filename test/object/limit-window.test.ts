// Window: when a rate lets one more start in, as arithmetic.

import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { opensAtMs } from "../../src/object/limiter/window.ts"

describe("an exact sliding window", () => {
  it.each([
    { startsMs: [], opensMs: -Infinity },
    { startsMs: [1_000, 1_001], opensMs: -Infinity },
    { startsMs: [1_000, 1_001, 1_500], opensMs: 2_000 },
    { startsMs: [1_500, 1_000, 1_001], opensMs: 2_000 },
    { startsMs: [500, 1_000, 1_001, 1_500], opensMs: 2_000 },
    { startsMs: [1_000, null, null], opensMs: 2_000 },
    { startsMs: [1_000, null, null, null], opensMs: undefined },
  ])("of three a second after $startsMs opens at $opensMs", ({ startsMs, opensMs }) => {
    expect(opensAtMs(startsMs, { starts: 3, perMs: 1_000 })).toBe(opensMs)
  })

  it("check 58: greedy starts are never more than n in any window, and never later than they must be", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 100 }),
        fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 60 }),
        (starts, perMs, gaps) => {
          const rate = { starts, perMs }
          const startsMs: number[] = []
          let arrivedMs = 0
          for (const gap of gaps) {
            arrivedMs += gap
            startsMs.push(Math.max(arrivedMs, startsMs.at(-1) ?? 0, opensAtMs(startsMs, rate) ?? 0))
          }
          for (const fromMs of startsMs) {
            const inWindow = startsMs.filter((atMs) => atMs >= fromMs && atMs < fromMs + perMs)
            expect(inWindow.length).toBeLessThanOrEqual(starts)
          }
          let dueMs = 0
          startsMs.forEach((atMs, index) => {
            dueMs += gaps[index] ?? 0
            const before = startsMs.slice(Math.max(0, index - starts), index)
            const isFree = before.length < starts || (before[0] ?? 0) + perMs <= atMs
            // It began at its arrival, behind the one before it, or exactly when the window opened.
            const opened = before.length < starts ? -1 : (before[0] ?? 0) + perMs
            expect(isFree && [dueMs, startsMs[index - 1], opened].includes(atMs)).toBe(true)
          })
        },
      ),
    )
  })
})
