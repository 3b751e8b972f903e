// Run slot: how a run asks for its slot, is given it, and lets it go.
// Owns: the slot in the run's row, and the messages to the limiter. Must not touch: when the run may go on (run-begin.ts).
//   L1. The row and the message are written in one stretch: what the limiter is told is what the row says.
//   L2. Every asking has a number of its own, so that an answer to an earlier one is known for what it is.

import type { Outbox } from "../outbox/outbox.ts"
import type { RunRows } from "../store/run-row.ts"
import type { RunRow } from "../store/stored-run.ts"
import type { Acquire, Ask, Heard, Release } from "./messages.ts"
import type { Slot } from "./slot.ts"

/** How often a run asks its limiter again, which changes nothing where all is well: an alarm and two rows each time. */
export const SLOT_AUDIT_MS = 15 * 60 * 1000

export class RunSlot {
  readonly #rows: RunRows
  readonly #outbox: Outbox
  /** In this life of the object. */
  #askedAtMs = -Infinity

  constructor(rows: RunRows, outbox: Outbox) {
    this.#rows = rows
    this.#outbox = outbox
  }

  /** @returns whether it had to be asked for */
  ask(row: RunRow, nowMs: number): boolean {
    const { slot } = row
    if (slot?.state !== "free") return false
    const asked = { ...slot, ask: slot.ask + 1, state: "asked" as const }
    this.#rows.setSlot(row, asked)
    this.#acquire(row, asked, nowMs)
    return true
  }

  /** The same asking once more, in case it was lost: unless it was just made, or is still on its way. */
  askAgain(row: RunRow, nowMs: number): void {
    const { slot } = row
    if (slot?.state !== "asked" || nowMs - this.#askedAtMs < SLOT_AUDIT_MS) return
    if (!this.#outbox.has("acquire", slot.limiter, () => true)) this.#acquire(row, slot, nowMs)
  }

  #acquire(row: RunRow, slot: Slot, nowMs: number): void {
    const { limiter, concurrency, rate } = slot
    const numbers = { concurrency, rate }
    const message: Acquire = { ...askOf(row, slot), numbers, createdAtMs: row.createdAtMs }
    this.#outbox.add("acquire", limiter, message)
    // What the store refuses was not asked.
    this.#askedAtMs = nowMs
  }

  /** The run does not go on, or does not want to. */
  release(row: RunRow): void {
    const { slot } = row
    if (slot === undefined || slot.state === "free") return
    this.#rows.setSlot(row, { ...slot, state: "free", grantedAtMs: undefined })
    const message: Release = askOf(row, slot)
    this.#outbox.add("release", slot.limiter, message)
  }

  /** Takes what the limiter grants; one that is paused keeps it until it is resumed. @returns whether it is news */
  take(row: RunRow, ask: number, nowMs: number): boolean {
    const { slot } = row
    if (slot?.state !== "asked" || slot.ask !== ask) return false
    if (row.status === "suspended") this.#rows.setStatus(row, "running")
    // Last: once it is written, a grant that is told again is no news and wakes nobody.
    this.#rows.setSlot(row, { ...slot, state: "granted", grantedAtMs: nowMs })
    return true
  }
}

/** What the limiter is told about this asking. */
export function heardOf(row: RunRow | undefined, { incarnation, ask }: Ask): Heard {
  const { slot, startedAtMs = 0 } = row ?? {}
  if (row?.incarnation !== incarnation || slot?.state !== "granted" || slot.ask !== ask) {
    return { isHeld: false }
  }
  return { isHeld: true, sinceMs: Math.max(slot.grantedAtMs ?? 0, startedAtMs) }
}

function askOf({ id, incarnation }: RunRow, { ask }: Slot): Ask {
  return { run: id, incarnation, ask }
}
