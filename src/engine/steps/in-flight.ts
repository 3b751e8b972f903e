// In flight: the attempts this process is waiting for.
// Owns: the slots, the attempts' timeouts, which is the oldest. Must not touch: what an end leads to (steps.ts).

import type { StepEntry } from "../machine/tree.ts"

export class InFlight {
  readonly #entries = new Set<StepEntry>()
  readonly #max: number

  constructor(max: number) {
    this.#max = max
  }

  get size(): number {
    return this.#entries.size
  }

  get hasSlot(): boolean {
    return this.#entries.size < this.#max
  }

  /** `seq` of the oldest start record in flight: the watchdog's lease grows while it stays the same. */
  get oldestStartSeq(): number | undefined {
    for (const entry of this.#entries) return entry.body.openStartSeq
    return undefined
  }

  /** When the next attempt runs out of time. */
  get nextTimeoutMs(): number | undefined {
    let least: number | undefined
    for (const { body } of this.#entries) {
      const deadlineMs = body.running?.deadlineMs
      if (deadlineMs !== undefined && (least === undefined || deadlineMs < least))
        least = deadlineMs
    }
    return least
  }

  add(entry: StepEntry): void {
    this.#entries.add(entry)
  }

  delete(entry: StepEntry): void {
    this.#entries.delete(entry)
  }

  /** Entries whose attempt has run out of time. */
  overdue(nowMs: number): StepEntry[] {
    return [...this.#entries].filter(({ body }) => (body.running?.deadlineMs ?? Infinity) <= nowMs)
  }
}
