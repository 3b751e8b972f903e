// The ceilings that `npm run scale` finds: each moves with the setting that is said to move it, and with the constant
// behind it, and is the same for the same seed.

import { describe, expect, it } from "vitest"
import { ceilingOf, PARTS, playPart, type Part } from "../../scripts/scale/ceilings.ts"
import { CONSTANTS, type Constants } from "../../scripts/scale/constants.ts"
import { playStorm } from "../../scripts/scale/storm.ts"

function part(name: string): Part {
  const found = PARTS.find((each) => each.name === name)
  if (found === undefined) throw new Error(`There is no part "${name}".`)
  return found
}

function withValue(name: keyof Constants, value: number): Constants {
  return { ...CONSTANTS, [name]: { ...CONSTANTS[name], value } }
}

describe("a ceiling", () => {
  it("doubles with the shards of the index, as long as one object's requests are what is scarce", () => {
    const index = part("search index")
    const few = ceilingOf(index, 4, CONSTANTS, 1)
    expect(ceilingOf(index, 8, CONSTANTS, 1) / few).toBeGreaterThan(1.7)
    // A start and an end are three requests of shards, and a page of a hundred a few more.
    expect(few).toBeLessThan((4 * CONSTANTS.objectRequestsPerSecond.value) / 3)
    expect(few).toBeGreaterThan((4 * CONSTANTS.objectRequestsPerSecond.value) / 4.5)
  })

  it("of a limiter is half of an object's requests, for each key", () => {
    const limiter = part("limiter of a key")
    expect(ceilingOf(limiter, 1, CONSTANTS, 1) / 500).toBeCloseTo(1, 1)
    expect(ceilingOf(limiter, 4, CONSTANTS, 1) / 2_000).toBeCloseTo(1, 1)
  })

  it("of the relays moves with their number while their threads are scarce, and not when the ledger is", () => {
    const relays = part("relays of the ledger")
    const one = ceilingOf(relays, 1, CONSTANTS, 1)
    expect(ceilingOf(relays, 2, CONSTANTS, 1) / one).toBeGreaterThan(1.7)
    const slowLedger = withValue("ledgerEventMs", 0.5)
    const behindSlow = ceilingOf(relays, 1, slowLedger, 1)
    expect(behindSlow).toBeLessThan(one / 4)
    expect(ceilingOf(relays, 2, slowLedger, 1) / behindSlow).toBeLessThan(1.2)
  })

  it("of one machine is what its starts leave of a second", () => {
    const machine = part("one machine of one's own")
    const ceiling = ceilingOf(machine, 1, withValue("startMs", 10), 1)
    expect(ceiling).toBeLessThan(100)
    expect(ceiling).toBeGreaterThan(85)
  })

  it("is the same for the same seed", () => {
    const index = part("search index")
    const played = playPart(index, 8, 1_000, CONSTANTS, 5)
    expect(playPart(index, 8, 1_000, CONSTANTS, 5)).toEqual(played)
    expect(playPart(index, 8, 1_000, CONSTANTS, 6)).not.toEqual(played)
  })
})

describe("a storm of wakes", () => {
  const storm = (sleepers: number, shards: number, isOneMachine = false) =>
    playStorm(
      { sleepers, windowMs: 10_000, shards, relays: 2, ledgerShare: 0.5, isOneMachine },
      CONSTANTS,
      1,
    )

  it("leaves an index of few shards behind for as long as they need, and one of many not at all", () => {
    const few = storm(50_000, 4)
    // Two requests of each run, by four shards.
    const neededMs = (50_000 * 2) / (4 * (CONSTANTS.objectRequestsPerSecond.value / 1_000))
    expect(few.drainedMs / neededMs).toBeCloseTo(1, 1)
    const many = storm(50_000, 64)
    expect(many.indexP99Ms).toBeLessThan(50)
    expect(many.drainedMs).toBeLessThan(10_500)
  })

  it("on one machine takes as long as its wakes take together", () => {
    const one = storm(20_000, 64, true)
    const neededMs = 20_000 * CONSTANTS.wakeMs.value
    expect(one.drainedMs / Math.max(neededMs, 10_000)).toBeCloseTo(1, 1)
    expect(one.wakeP99Ms).toBeGreaterThan((neededMs - 10_000) * 0.9)
    // All of them came while it was at the first half, and none had rested for long enough to leave.
    expect(one.residents?.objects).toBeGreaterThan(19_000)
    const slowly = playStorm({ ...one.options, windowMs: 100_000 }, CONSTANTS, 1)
    // Those of the last ten seconds.
    expect(slowly.residents?.objects).toBeLessThan(2_500)
  })
})
