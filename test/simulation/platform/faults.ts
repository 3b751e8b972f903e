// Faults: what goes wrong in a world, and how often: each seed draws which kinds are on, and how strong (swarm testing).
// Owns: the decisions, from a stream of chance of their own. Must not touch: what a fault does.
//   F1. 0 is no fault: a shrunk history has as few as can be.
//   F2. After the storm nothing goes wrong any more, so that every run can come to its end.

import type { Choices, FaultName } from "../words.ts"
import { FAULT_NAMES } from "../words.ts"

/** How often, at each occasion, when a kind is on. */
const RATES = [0.004, 0.015, 0.05, 0.15] as const

/** What may strike an object in an event. */
const STRIKES = [
  "crash",
  "crashBeforeCommit",
  "crashAfterCommit",
  "slowCommit",
  "evict",
  "diskFull",
  "commitFails",
] as const satisfies readonly FaultName[]

export type Strike = (typeof STRIKES)[number]

export class Faults {
  /** How many there were of each kind. */
  readonly counts = new Map<FaultName, number>()
  readonly #choices: Choices
  readonly #isStormy: () => boolean
  readonly #rates = new Map<FaultName, number>()
  #strikeRate = 0

  /** @param isStormy whether anything may go wrong now. */
  constructor(choices: Choices, isStormy: () => boolean) {
    this.#choices = choices
    this.#isStormy = isStormy
  }

  /** Draws the weather of this world. @param without kinds that are off in any case. */
  begin(without: readonly FaultName[]): void {
    // One world in eight is calm: what breaks there has nothing to do with faults.
    const isRough = this.#choices.upTo(7) !== 0
    if (!isRough) return
    for (const name of FAULT_NAMES) {
      const level = this.#choices.upTo(2 * RATES.length - 1)
      const rate = RATES[level - RATES.length]
      if (rate !== undefined && !without.includes(name)) this.#rates.set(name, rate)
    }
    for (const name of STRIKES) this.#strikeRate += this.#rates.get(name) ?? 0
  }

  isOn(name: FaultName): boolean {
    return this.#rates.has(name)
  }

  happens(name: FaultName): boolean {
    const rate = this.#rates.get(name)
    if (rate === undefined || !this.#isStormy() || !this.#choices.chance(rate)) return false
    this.count(name)
    return true
  }

  /** What strikes the object in the event that begins. */
  strike(): Strike | undefined {
    if (this.#strikeRate === 0 || !this.#isStormy()) return undefined
    if (!this.#choices.chance(this.#strikeRate)) return undefined
    let left = (this.#choices.upTo(999) / 1000) * this.#strikeRate
    for (const name of STRIKES) {
      left -= this.#rates.get(name) ?? 0
      if (left < 0) return name
    }
    return undefined
  }

  count(name: FaultName): void {
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1)
  }

  /** How much, how long, which: a detail of a fault that happens. */
  upTo(max: number): number {
    return this.#choices.upTo(max)
  }
}
