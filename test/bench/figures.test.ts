// What the bench makes of what it has measured: comparisons within rounds, verdicts on targets, words.
import { describe, expect, test } from "vitest"
import {
  BELAY,
  FLOOR,
  timesAsFast,
  timesTheCost,
  type Figure,
  type Line,
} from "../../scripts/bench/figure.ts"
import { judge } from "../../scripts/bench/judgement.ts"
import type { PeerNote } from "../../scripts/bench/report.ts"
import { TARGETS } from "../../scripts/bench/targets.ts"
import { cellsOf } from "../../scripts/bench/words.ts"

/** Values by round; `undefined` where it sat out. */
const line = (contender: string, ...values: (number | undefined)[]): Line => ({
  contender,
  readings: values.flatMap((value, round) => (value === undefined ? [] : [{ round, value }])),
})

const figure = (id: string, unit: Figure["unit"], ...lines: Line[]): Figure => ({
  id,
  what: id,
  unit,
  lines,
})

const PEERS: readonly PeerNote[] = [
  { name: "quick", fullName: "Quick 1", isDurable: true },
  { name: "slow", fullName: "Slow 1", isDurable: true },
  { name: "forgetful", fullName: "Forgetful 1", isDurable: false },
]

describe("comparisons", () => {
  test("are taken within rounds: a round that is slow for both changes nothing", () => {
    const times = figure("W1 p50", "ms", line(BELAY, 2, 20, 2), line(FLOOR, 1, 10, 1))
    expect(timesTheCost(times, BELAY, FLOOR)).toEqual({
      median: 2,
      lowest: 2,
      highest: 2,
      rounds: 3,
    })
  })

  test("leave out the rounds in which one sat out", () => {
    const times = figure("W1 p50", "ms", line(BELAY, 1, 5, 1), line("slow", 4, undefined, 2))
    expect(timesAsFast(times, BELAY, "slow")).toMatchObject({ rounds: 2, lowest: 2, highest: 4 })
  })

  test("of rates go the other way round", () => {
    const rates = figure("W1 rate", "/s", line(BELAY, 50), line(FLOOR, 100))
    expect(timesTheCost(rates, BELAY, FLOOR)?.median).toBe(2)
    expect(timesAsFast(rates, BELAY, FLOOR)?.median).toBe(0.5)
  })

  test("with somebody who was not measured are none", () => {
    expect(timesAsFast(figure("W1 p50", "ms", line(BELAY, 1)), BELAY, "slow")).toBeUndefined()
  })
})

describe("a verdict", () => {
  const verdicts = (...figures: Figure[]) => judge(figures, PEERS)

  test("holds or says by how much it is missed", () => {
    const p50 = (floor: number) => figure("W1 p50", "ms", line(BELAY, 3), line(FLOOR, floor))
    const what = "p50 at most 1.25 × the floor"
    expect(verdicts(p50(2.5))).toContainEqual(
      expect.objectContaining({ what, holds: true, found: "1.20 ×" }),
    )
    expect(verdicts(p50(2))).toContainEqual(
      expect.objectContaining({ what, holds: false, found: "1.50 ×; misses by 20 %" }),
    )
  })

  test("beside the peers is about the fastest durable one", () => {
    const p50 = figure("W1 p50", "ms", line(BELAY, 1), line("quick", 4), line("slow", 9))
    const forgetful = line("forgetful", 0.5)
    expect(verdicts({ ...p50, lines: [...p50.lines, forgetful] })).toContainEqual(
      expect.objectContaining({
        what: "p50 at least 3 × as fast as every durable peer",
        holds: true,
        found: "4.00 × quick",
      }),
    )
  })

  test("beside all peers is about one that is not durable as well", () => {
    const fan = figure("W5 100", "ms", line(BELAY, 10), line("quick", 12), line("forgetful", 5))
    expect(verdicts(fan)).toContainEqual(
      expect.objectContaining({ holds: false, found: "0.50 × forgetful; misses by 100 %" }),
    )
  })

  test("is none where nobody was measured, and nothing is said of figures that were not asked for", () => {
    const found = verdicts(figure("W1 p50", "ms", line(BELAY, 1)))
    expect(found.map(({ workload }) => workload)).toEqual(["W1", "W1"])
    expect(found.map(({ holds }) => holds)).toEqual([undefined, undefined])
  })

  test("on a flat gap compares what windows take when little comes between", () => {
    const early = figure("W2 gap sync 10", "µs", line(BELAY, 5, 5, 6, 5, 90, 5, 6, 5))
    const late = (...values: number[]) => figure("W2 gap sync 100000", "µs", line(BELAY, ...values))
    const flat = (...values: number[]) =>
      verdicts(early, late(...values)).find(({ what }) => what.includes("the gap at 100,000"))
    expect(flat(50, 6, 5, 5, 60, 9, 9, 9)).toMatchObject({ holds: true })
    expect(flat(7, 7, 8, 7, 7, 8, 7, 7)).toMatchObject({ holds: false })
  })

  test("every target is about a workload, in words that nobody else has", () => {
    const words = TARGETS.map(({ workload, what }) => `${workload} ${what}`)
    expect(new Set(words).size).toBe(words.length)
  })
})

describe("the words of a figure", () => {
  test("name who it is, the value with its spread, and what is beside it", () => {
    const rates = figure(
      "W1 rate",
      "/s",
      line(BELAY, 300, 400, 350),
      line(FLOOR, 375, 400, 350),
      line("slow", 100, undefined, 70),
      { contender: "forgetful", readings: [], reason: "it was not there" },
    )
    expect(cellsOf(rates, PEERS)).toEqual([
      ["W1 rate", "Belay", "350 /s (300–400)", ""],
      ["", "floor", "375 /s (350–400)", "Belay: 1 (1–1.25) × its cost"],
      ["", "Slow 1", "100 /s (70–100)", "Belay: 5 (3–5) × as fast"],
      ["", "Forgetful 1 (not durable)", "not measured: it was not there", ""],
    ])
  })
})
