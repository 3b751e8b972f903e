// Visits: sends customers to the systems at a steady rate, whatever becomes of those who went before.
// Owns: who goes when, and the count of those under way. Must not touch: what a customer does.

import { setTimeout as pause } from "node:timers/promises"
import { oneOf, seededRandom } from "../support/seeded-random.ts"
import type { Customer } from "./customer.ts"

/** More than this at once only wait in line. */
const UNDER_WAY_MAX = 200

/** Seeds of visits next to each other must not be next to each other. */
const SEED_STEP = 7_919

export class Visits {
  readonly findings: string[] = []
  begun = 0
  readonly #customers: readonly Customer[]
  readonly #seed: number
  readonly #underWay = new Set<Promise<void>>()

  constructor(customers: readonly Customer[], seed: number) {
    this.#customers = customers
    this.#seed = seed
  }

  get underWay(): number {
    return this.#underWay.size
  }

  /** So many in a second, until the signal is given. */
  async send(rate: number, signal: AbortSignal): Promise<void> {
    const beganAtMs = Date.now()
    while (!signal.aborted) {
      await pause(Math.max(0, beganAtMs + (this.begun * 1_000) / rate - Date.now()))
      if (this.underWay >= UNDER_WAY_MAX) await Promise.race(this.#underWay)
      this.#begin()
    }
  }

  /** Resolves when all are through. */
  async through(): Promise<void> {
    await Promise.all(this.#underWay)
  }

  #begin(): void {
    const number = this.begun++
    const random = seededRandom(this.#seed + number * SEED_STEP)
    // In turn at first, so that nobody is left out of a short run.
    const inTurn = this.#customers[number]
    const customer = inTurn ?? oneOf(random, this.#customers)
    const visit = customer
      .visit({ number, random })
      .catch((error: unknown) => {
        this.findings.push(
          `${customer.system}: ${error instanceof Error ? error.message : String(error)}`,
        )
      })
      .finally(() => this.#underWay.delete(visit))
    this.#underWay.add(visit)
  }
}
