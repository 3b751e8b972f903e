// What is checked in every outcome of every case, beyond what the case expects.
//   K1. Number and class are those of the status's row; a chain has one class for all its members.
//   K2. Times only go forward; `exists` carries the time of creation.
//   K4. In the end the fence knows each transfer: it is in the ledger, or its id was burned, or neither. So every
//       status that burns an id is seen to do so, and no other is.
//   K5. Who sends the very event again that burned its id hears `id_already_failed`. A ledger with the habit of
//       repeating first reasons says the first reason and its time instead, and it always does.
import { isDeepStrictEqual } from "node:util"
import type { FenceResult } from "../../src/ledger/fence.ts"
import { AccountFlags, hasFlag } from "../../src/ledger/flags.ts"
import { U128_MAX } from "../../src/ledger/integers.ts"
import type { Ledger } from "../../src/ledger/ledger.ts"
import type { Outcome, StatusFacts } from "../../src/ledger/outcome.ts"
import {
  completeTransfer,
  type NewTransfer,
  type TransferRequest,
} from "../../src/ledger/records.ts"
import type { OwnValues, RecordKind } from "./ledger-case-own.ts"

/** The fields of an event that matter here; a transfer's others are there, too. */
type Event = Pick<NewTransfer, "id" | "flags">

/**
 * What a ledger may do beyond what the ledger behind it does:
 * - `repeats_first_reasons`: K5;
 * - `shares_answers`: equal calls at the same time are one, so that each may hear `created`.
 */
export type Habit = "repeats_first_reasons" | "shares_answers"

/** One call and what came back. */
export interface Answered<Status extends string> {
  readonly kind: RecordKind
  readonly events: readonly Event[]
  readonly outcomes: readonly Outcome<Status>[]
  readonly table: Readonly<Record<Status, StatusFacts>>
}

export class CaseChecks {
  readonly faults: string[] = []
  readonly #own: OwnValues
  readonly #habits: readonly Habit[]
  /** What burned an id first: the event, the reason and its time. */
  readonly #reasons = new Map<bigint, readonly [TransferRequest, string, bigint]>()
  readonly #fates = new Map<bigint, FenceResult>()
  #lastCreatedAt = 0n

  constructor(own: OwnValues, habits: readonly Habit[]) {
    this.#own = own
    this.#habits = habits
  }

  expect(holds: boolean, what: string): void {
    if (!holds) this.faults.push(what)
  }

  /** Looks at the answer to one call; its statuses, as the cases are written. */
  note<Status extends string>({ kind, events, outcomes, table }: Answered<Status>): string[] {
    for (const [index, event] of events.entries()) {
      const outcome = outcomes[index]
      if (outcome === undefined) continue
      const { status } = outcome
      const small = this.#own.smallId(event.id)
      const name = `${kind} ${small}`
      const chained = isLinked(event) || isLinked(events[index - 1])
      this.expect(outcome.statusNumber === table[status].number, `${name}: number of ${status}`)
      this.expect(chained || outcome.class === table[status].class, `${name}: class of ${status}`)
      this.expect(
        !isLinked(event) ||
          outcomes[index + 1] === undefined ||
          outcomes[index + 1]?.class === outcome.class,
        `${name}: one class for a whole chain`,
      )
      this.#noteTime(kind, small, event, outcome)
      if (kind === "transfer") this.#noteFate(event.id, outcome, table[status], chained)
    }
    return outcomes.map((outcome, index) => {
      const event = events[index]
      return kind === "account" || event === undefined
        ? outcome.status
        : this.#withoutHabit(completeTransfer(event), outcome, table[outcome.status])
    })
  }

  /** The fence burns an id unless it is taken. */
  noteFence(id: bigint): void {
    if (this.#fates.get(id) !== "committed") this.#fates.set(id, "already_failed")
  }

  /** Asks for the fate of every transfer, in the end. */
  async fences(ledger: Ledger): Promise<void> {
    for (const [id, fate] of this.#fates) {
      const { result } = await ledger.fenceTransfer(id)
      this.expect(result === fate, `transfer ${this.#own.smallId(id)}: ${fate}, not ${result}`)
    }
  }

  #withoutHabit(event: TransferRequest, outcome: Outcome<string>, facts: StatusFacts): string {
    const { status, timestamp } = outcome
    const [firstEvent, reason, firstTimestamp] = this.#reasons.get(event.id) ?? []
    if (firstEvent === undefined) {
      if (facts.burnsId === true) this.#reasons.set(event.id, [event, status, timestamp])
      return status
    }
    const repeats = this.#habits.includes("repeats_first_reasons")
    if (!repeats || !isDeepStrictEqual(firstEvent, event)) return status
    this.expect(
      status === reason && timestamp === firstTimestamp,
      `transfer ${this.#own.smallId(event.id)}: ${reason} at the time it was first said, not ${status}`,
    )
    return "id_already_failed"
  }

  #noteTime(kind: RecordKind, small: bigint, event: Event, outcome: Outcome<string>): void {
    const { status, timestamp } = outcome
    const name = `${kind} ${small}`
    if (status === "created") {
      const imported = "timestamp" in event
      const toldBefore =
        this.#habits.includes("shares_answers") && timestamp === this.#own.createdAt(kind, small)
      this.expect(
        imported || toldBefore || timestamp > this.#lastCreatedAt,
        `${name}: time goes forward`,
      )
      if (!imported) this.#lastCreatedAt = timestamp
      this.#own.created(kind, small, timestamp)
    }
    if (status === "exists" && outcome.class === "success") {
      this.expect(
        timestamp === this.#own.createdAt(kind, small),
        `${name}: exists since its creation`,
      )
    }
  }

  #noteFate(id: bigint, outcome: Outcome<string>, facts: StatusFacts, chained: boolean): void {
    if (id === 0n || id === U128_MAX) return
    // A member of a broken chain may have met another of the same chain, which is gone by now.
    const met = facts.class === "conflict" && !chained
    if (outcome.class === "success" || met) this.#fates.set(id, "committed")
    else if (facts.burnsId === true || outcome.status === "id_already_failed") this.noteFence(id)
    else if (!this.#fates.has(id)) this.#fates.set(id, "fenced")
  }
}

function isLinked(event: Event | undefined): boolean {
  return hasFlag(event?.flags ?? 0, AccountFlags.linked)
}
