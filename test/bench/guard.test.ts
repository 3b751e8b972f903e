// The guard: the part of the bench that every run of the tests repeats. It knows ratios and counts and no absolute times, so
// that it says the same on a fast machine and on a busy one: a gap between steps that grows with the run fails it, and so
// does a row too many.
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { BenchRuntime } from "../../scripts/bench/bench-runtime.ts"
import type { Filling } from "../../scripts/bench/filling.ts"
import { lowestGapRatio } from "../../scripts/bench/flatness.ts"
import { countRowsWritten, type RowsWritten } from "../../scripts/bench/rows.ts"
import { GAP_SHARE_MAX, ROWS_MAX } from "../../scripts/bench/targets.ts"

/**
 * Other work on the machine can add as much again to the lowest of a few ratios. A cost that grows with the run is far more
 * than that where it is looked for: behind a hundred thousand steps, a nanosecond for each of them is ten times a gap.
 */
const RATIO_MAX = 1 + 2 * GAP_SHARE_MAX

const TIMEOUT_MS = 240_000

let runtime: BenchRuntime

beforeAll(async () => {
  runtime = await BenchRuntime.start()
}, TIMEOUT_MS)

afterAll(() => runtime.end())

const ratioOf = (filling: Filling, late: number) =>
  lowestGapRatio(runtime.client, {
    filling,
    early: 10,
    late,
    enough: RATIO_MAX,
    measurements: 6,
  })

describe("check 64: the gap between steps", () => {
  test.each(["sync", "async"] as const)(
    "stays as it is behind a hundred thousand %s steps",
    async (filling) => {
      expect(await ratioOf(filling, 100_000)).toBeLessThanOrEqual(RATIO_MAX)
    },
    TIMEOUT_MS,
  )

  test(
    "that grows by a few microseconds is found: a planted slowdown",
    async () => {
      expect(await ratioOf("slowing", 30_000)).toBeGreaterThan(RATIO_MAX)
    },
    TIMEOUT_MS,
  )
})

describe("rows written, alarms included", () => {
  let rows: RowsWritten

  beforeAll(async () => {
    rows = await countRowsWritten(runtime.client)
  }, TIMEOUT_MS)

  test("a start writes no row too many", () => {
    expect(rows.start).toBeGreaterThan(0)
    expect(rows.start).toBeLessThanOrEqual(ROWS_MAX.start)
  })

  test("a start and an end together write no row too many", () => {
    expect(rows.startAndEnd).toBeLessThanOrEqual(ROWS_MAX.start + ROWS_MAX.end)
  })

  test("a synchronous step in a sequence writes no row too many", () => {
    expect(rows.syncStep).toBeGreaterThan(0)
    expect(rows.syncStep).toBeLessThanOrEqual(ROWS_MAX.syncStep)
  })

  test("an asynchronous step in a sequence writes no row too many", () => {
    expect(rows.asyncStep).toBeGreaterThan(0)
    expect(rows.asyncStep).toBeLessThanOrEqual(ROWS_MAX.asyncStep)
  })
})
