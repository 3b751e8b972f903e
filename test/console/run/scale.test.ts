// The scale: what is short stays visible beside what is long, and nothing is drawn in a false order.

import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { scaleOf, type Scale } from "../../../src/console/browser/run/scale.ts"
import { breaksOf, ticksOf } from "../../../src/console/browser/run/ticks.ts"

const MONTH_MS = 30 * 86_400_000

/** What of the whole a stretch takes, in percent. */
function share(scale: Scale, fromMs: number, toMs: number): number {
  return (scale.at(toMs) - scale.at(fromMs)) * 100
}

describe("what is compressed", () => {
  test("a month of sleep between two steps of 5 ms leaves both of them to be seen, and is a break", () => {
    const end = MONTH_MS + 10
    const scale = scaleOf({ instants: [0, 5, MONTH_MS + 5, end] }, 0, end)
    expect(share(scale, 0, 5)).toBeGreaterThan(2)
    expect(share(scale, MONTH_MS + 5, end)).toBeCloseTo(share(scale, 0, 5))
    expect(scale.breaks).toEqual([{ fromMs: 5, toMs: MONTH_MS + 5 }])
    expect(breaksOf(scale).map(({ words }) => words)).toEqual(["30 d"])
  })

  test("ordinary times are drawn as they are", () => {
    const scale = scaleOf({ instants: [0, 100, 300, 700, 1_000] }, 0, 1_000)
    expect(scale.breaks).toEqual([])
    expect(share(scale, 100, 300)).toBeCloseTo(20)
  })

  test("work that takes a while is no silence, unless it takes very long", () => {
    const works = [{ fromMs: 5, toMs: 9_005 }]
    const instants = [0, 5, 9_005, 9_010]
    expect(scaleOf({ instants }, 0, 9_010).breaks).toHaveLength(1)
    expect(scaleOf({ instants, works }, 0, 9_010).breaks).toEqual([])
    const long = [{ fromMs: 5, toMs: 3_600_005 }]
    const end = 3_600_010
    expect(scaleOf({ instants: [0, 5, end - 5], works: long }, 0, end).breaks).toHaveLength(1)
  })

  test("a short silence is no break, however short the rest", () => {
    expect(scaleOf({ instants: [0, 1, 1_500] }, 0, 1_501).breaks).toEqual([])
  })

  test("equal sleeps stay equal", () => {
    const hour = 3_600_000
    const scale = scaleOf(
      { instants: [0, 5, hour + 5, hour + 10, 2 * hour + 10, 2 * hour + 15] },
      0,
      2 * hour + 15,
    )
    expect(scale.breaks).toHaveLength(2)
    expect(share(scale, 5, hour + 5)).toBeCloseTo(share(scale, hour + 10, 2 * hour + 10))
  })

  test.each([30_000, 600_000, MONTH_MS])("a silence of %d ms leaves the work its room", (ms) => {
    const instants = [0, 80, 200, 300, 300 + ms]
    const scale = scaleOf({ instants }, 0, 300 + ms)
    expect(share(scale, 300, 300 + ms)).toBeLessThan(60)
    expect(share(scale, 300, 300 + ms)).toBeGreaterThan(40)
  })

  test("while a run is watched that waits, nothing jumps: neither as it waits, nor as it goes on", () => {
    const waits = (ms: number) => share(scaleOf({ instants: [0, 100, 300] }, 0, 300 + ms), 0, 300)
    const goesOn = (ms: number) =>
      share(scaleOf({ instants: [0, 300, 4_300, 4_300 + ms / 2] }, 0, 4_300 + ms), 300, 4_300)
    const both = (ms: number) =>
      share(scaleOf({ instants: [0, 300, 9_000, 9_100] }, 0, 9_100 + ms), 300, 9_000)
    for (const shareAt of [waits, goesOn, both]) {
      for (let ms = 500; ms < 60_000; ms += 20) {
        expect(Math.abs(shareAt(ms + 20) - shareAt(ms))).toBeLessThan(2)
      }
    }
  })

  test("whoever wants even time gets it", () => {
    const scale = scaleOf({ instants: [0, 5, MONTH_MS] }, 0, MONTH_MS, true)
    expect(scale.breaks).toEqual([])
    expect(share(scale, 0, MONTH_MS / 2)).toBeCloseTo(50)
  })

  test("a run of one instant has a scale", () => {
    const scale = scaleOf({ instants: [7] }, 7, 7)
    expect([scale.at(7), scale.at(8)]).toEqual([0, 1])
  })
})

test("order is kept, and a longer stretch is never drawn shorter", () => {
  const times = fc.array(fc.integer({ min: 0, max: 10 * MONTH_MS }), {
    minLength: 2,
    maxLength: 40,
  })
  fc.assert(
    fc.property(times, (all) => {
      const sorted = all.toSorted((left, right) => left - right)
      const [from = 0, to = 0] = [sorted[0], sorted.at(-1)]
      const scale = scaleOf({ instants: all }, from, to)
      const stretches = sorted.slice(1).map((ms, index) => {
        const before = sorted[index] ?? 0
        return { ms: ms - before, drawn: scale.at(ms) - scale.at(before) }
      })
      for (const one of stretches) {
        expect(one.drawn).toBeGreaterThanOrEqual(0)
        for (const other of stretches) {
          if (one.ms > other.ms) expect(one.drawn).toBeGreaterThanOrEqual(other.drawn - 1e-9)
        }
      }
    }),
  )
})

test("ticks are whole, in order and apart, also around a break", () => {
  const end = MONTH_MS + 400
  const ticks = ticksOf(
    scaleOf({ instants: [0, 100, 200, MONTH_MS + 200, MONTH_MS + 300, end] }, 0, end),
    0.1,
  )
  expect(ticks[0]).toEqual({ place: 0, words: "0 ms" })
  expect(ticks.map(({ words }) => words)).toEqual(["0 ms", "100 ms", "200 ms", "30 d"])
  const places = ticks.map(({ place }) => place)
  for (const [index, place] of places.entries()) {
    if (index > 0) expect(place - (places[index - 1] ?? 0)).toBeGreaterThanOrEqual(0.1)
  }
})
