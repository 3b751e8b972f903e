// The plan of the chaos: the seed's, and complete.

import { describe, expect, test } from "vitest"
import { nameOf, planFaults, type PlannedFault } from "../../../scripts/chaos/fault-plan.ts"
import { seededRandom } from "../../../scripts/support/seeded-random.ts"

const ALL = { disks: ["state", "ledger"], clocks: ["runtime", "relay"] } as const
const SHORTEST_MS = 12_000
const LONG_MS = 600_000

const KINDS = [
  "clock relay",
  "clock runtime",
  "cut client",
  "cut relay",
  "fill ledger",
  "fill state",
  "kill relay",
  "kill runtime",
  "stop relay",
  "stop runtime",
  "weather client",
  "weather relay",
]

const seeds = Array.from({ length: 200 }, (_, seed) => seed)

function namesOf(plan: readonly (readonly PlannedFault[])[]): string[] {
  return [...new Set(plan.flat().map(({ fault }) => nameOf(fault)))].toSorted()
}

function lengthOf(lane: readonly PlannedFault[]): number {
  return lane.reduce((sum, { pauseMs, fault }) => sum + pauseMs + fault.ms, 0)
}

test("a seed is a plan", () => {
  const planOf = (seed: number) => planFaults(seededRandom(seed), LONG_MS, ALL)
  expect(planOf(5)).toEqual(planOf(5))
  expect(planOf(5)).not.toEqual(planOf(6))
})

describe.each([SHORTEST_MS, LONG_MS])("of %i ms", (durationMs) => {
  test("every kind has its turn, whatever the seed", () => {
    for (const seed of seeds) {
      expect(namesOf(planFaults(seededRandom(seed), durationMs, ALL))).toEqual(KINDS)
    }
  })

  test("every lane goes on to the end and not much longer", () => {
    for (const seed of seeds) {
      for (const lane of planFaults(seededRandom(seed), durationMs, ALL)) {
        expect(lengthOf(lane)).toBeGreaterThanOrEqual(durationMs)
        expect(lengthOf(lane)).toBeLessThan(durationMs + 60_000)
      }
    }
  })
})

test("a long one has stops that outlast a call to the relay and a step's attempt, a short one has not", () => {
  const longest = (durationMs: number) =>
    Math.max(
      ...planFaults(seededRandom(1), durationMs, ALL)
        .flat()
        .flatMap(({ fault }) => (fault.kind === "stop" ? [fault.ms] : [])),
    )
  expect(longest(LONG_MS)).toBeGreaterThan(16_000)
  expect(longest(SHORTEST_MS)).toBeLessThan(2_000)
})

test("what there is not is left alone", () => {
  const plan = planFaults(seededRandom(1), LONG_MS, { disks: [], clocks: [] })
  expect(namesOf(plan)).toEqual(KINDS.filter((kind) => !/^(?:clock|fill)/.test(kind)))
})
