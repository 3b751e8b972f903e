// The queueing model of `npm run scale` against what is known of queues: M/M/1, M/D/1, and a batch that cannot keep up.

import { describe, expect, it } from "vitest"
import { BatchStation } from "../../scripts/scale/queueing/batch-station.ts"
import { constant, exponential, measured, type DrawMs } from "../../scripts/scale/queueing/draw.ts"
import { EventLoop } from "../../scripts/scale/queueing/event-loop.ts"
import { Histogram } from "../../scripts/scale/queueing/histogram.ts"
import { Station } from "../../scripts/scale/queueing/station.ts"
import { seededRandom } from "../../scripts/support/seeded-random.ts"

const ARRIVALS = 400_000

function play(loadMs: DrawMs, serve: (loop: EventLoop) => { arrive(): void }): void {
  const loop = new EventLoop()
  const station = serve(loop)
  let left = ARRIVALS
  const arrival = () => {
    station.arrive()
    if (--left > 0) loop.after(loadMs(), arrival)
  }
  loop.after(loadMs(), arrival)
  loop.playUntil(Infinity)
}

function meanWaitMs(seed: number, service: (seed: number) => DrawMs, utilisation: number): number {
  let station: Station | undefined
  play(exponential(seededRandom(seed), 1 / utilisation), (loop) => {
    station = new Station(loop, service(seed + 1))
    return station
  })
  return station?.waitMs.mean ?? Number.NaN
}

const memoryless = (seed: number) => exponential(seededRandom(seed), 1)

describe("a station with Poisson arrivals", () => {
  it.each([0.5, 0.8, 0.9])("waits as M/M/1 does at %d of its capacity", (utilisation) => {
    const expected = utilisation / (1 - utilisation)
    expect(meanWaitMs(1, memoryless, utilisation) / expected).toBeCloseTo(1, 1)
  })

  it.each([0.5, 0.8, 0.9])("waits half as long as M/D/1 does at %d", (utilisation) => {
    const expected = utilisation / (2 * (1 - utilisation))
    expect(meanWaitMs(1, () => constant(1), utilisation) / expected).toBeCloseTo(1, 1)
  })

  it("waits as Pollaczek and Khinchine say for services of a measured shape", () => {
    // Even from 0 to 2: mean 1, variance 1/3.
    const expected = (0.8 * (1 + 1 / 3)) / (2 * (1 - 0.8))
    const even = (seed: number) => measured(seededRandom(seed), [0, 1, 2], 1)
    expect(meanWaitMs(1, even, 0.8) / expected).toBeCloseTo(1, 1)
  })

  it("is the same for the same seed and another for another", () => {
    const first = meanWaitMs(7, memoryless, 0.8)
    expect(meanWaitMs(7, memoryless, 0.8)).toBe(first)
    expect(meanWaitMs(8, memoryless, 0.8)).not.toBe(first)
  })
})

describe("a batch station", () => {
  it("carries more in a batch the more arrive, and keeps up until its batches are full", () => {
    const itemsAt = (perMs: number) => {
      let batches: BatchStation | undefined
      play(exponential(seededRandom(3), 1 / perMs), (loop) => {
        batches = new BatchStation(loop, { itemsMax: 100, work: (_, done) => loop.after(5, done) })
        return batches
      })
      return batches
    }
    expect(itemsAt(1)?.batchItems.mean).toBeCloseTo(5, 0)
    expect(itemsAt(10)?.batchItems.mean).toBeCloseTo(50, -1)
    expect(itemsAt(10)?.sojournMs.percentile(0.99)).toBeLessThan(12)
    expect(itemsAt(30)?.batchItems.mean).toBeGreaterThan(99)
    expect(itemsAt(30)?.longest).toBeGreaterThan(100_000)
  })
})

describe("the event loop", () => {
  it("plays events by time, and those of one instant in the order they were planned", () => {
    const loop = new EventLoop()
    const played: string[] = []
    for (const delayMs of [5, 1, 3, 1, 4, 2, 3]) {
      const name = `${delayMs}-${played.length}`
      loop.after(delayMs, () => played.push(`${name}@${loop.nowMs}`))
    }
    const random = seededRandom(1)
    const times: number[] = []
    for (let index = 0; index < 2_000; index++) {
      loop.after(10 + Math.floor(random() * 50), () => times.push(loop.nowMs))
    }
    loop.playUntil(3)
    expect(played.map((each) => Number(each.split("@")[1]))).toEqual([1, 1, 2, 3, 3])
    loop.playUntil(Infinity)
    expect(times).toHaveLength(2_000)
    expect(times).toEqual([...times].sort((left, right) => left - right))
  })
})

describe("the histogram", () => {
  it("gives percentiles within two hundredths", () => {
    const histogram = new Histogram()
    for (let value = 1; value <= 10_000; value++) histogram.add(value)
    expect(histogram.percentile(0.5) / 5_000).toBeCloseTo(1, 1)
    expect(histogram.percentile(0.99) / 9_900).toBeCloseTo(1, 1)
    expect(histogram.percentile(1)).toBe(10_000)
    expect(histogram.mean).toBe(5_000.5)
  })
})
