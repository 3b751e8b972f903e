// Run slot: how a run asks for its slot, is given it, and lets it go.
// Owns: the slot in the run's row, and the messages to the limiter. Must not touch: when the run may go on (run-begin.ts).
//   L1. The row and the message are written in one stretch: what the limiter is told is what the row says.
//   L2. Every asking has a number of its own, so that an answer to an earlier one is known for what it is.

import type { Outbox } from "../outbox/outbox.ts"
import type { RunRow, RunRows } from "../run-row.ts"
import type { Acquire, Ask, Heard, Release } from "./messages.ts"
import type { Slot } from "./slot.ts"

export class RunSlot {
  readonly #rows: RunRows
  readonly #outbox: Outbox

  constructor(rows: RunRows, outbox: Outbox) {
    this.#rows = rows
    this.#outbox = outbox
  }

  /** @returns whether it had to be asked for */
  ask(row: RunRow): boolean {
    const { slot } = row
    if (slot?.state !== "free") return false
    const asked = { ...slot, ask: slot.ask + 1, state: "asked" as const }
    const { limiter, concurrency, rate } = asked
    this.#rows.setSlot(row, asked)
    const numbers = { concurrency, rate }
    const message: Acquire = { ...askOf(row, asked), numbers, createdAtMs: row.createdAtMs }
    this.#outbox.add("acquire", limiter, message)
    return true
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
    this.#rows.setSlot(row, { ...slot, state: "granted", grantedAtMs: nowMs })
    if (row.status === "suspended") this.#rows.setStatus(row, "running")
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
