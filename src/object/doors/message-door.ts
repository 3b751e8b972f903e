// Message door: signals, updates and promises as they arrive at a run object.
// Owns: acceptance: idempotency keys, room, and the stretch that stores a message and delivers it.
//   Q1. A message whose key is known was accepted before and is answered as it was then, also after the run's end.

import { BelayError } from "../../engine/errors.ts"
import type { Outcome } from "../../engine/ports/journal.ts"
import { WAIT_MS_MAX } from "../../engine/limits.ts"
import type { SettledPromise, UpdateAnswer } from "../../engine/ports/runs.ts"
import { requireOpen } from "./required-status.ts"
import type { RunHome } from "../run/run-home.ts"
import type { RunRow } from "../store/stored-run.ts"

/** A message that has arrived. */
export interface Arrival {
  readonly kind: "signal" | "update"
  readonly name: string
  readonly text: string
  /** What makes it idempotent, if anything does. */
  readonly key: string | undefined
}

export class MessageDoor {
  readonly #home: RunHome

  constructor(home: RunHome) {
    this.#home = home
  }

  signal(id: string, name: string, text: string, key: string | undefined): null {
    this.take(this.#home.enter(id), [{ kind: "signal", name, text, key }])
    return null
  }

  async update(
    id: string,
    name: string,
    text: string,
    key: string,
    waitMs: number,
  ): Promise<UpdateAnswer> {
    const [ref = 0] = this.take(this.#home.enter(id), [{ kind: "update", name, text, key }])
    return this.#waitForAnswer(id, ref, key, waitMs)
  }

  /** Stores messages, then tells the run of those that are new; gives their numbers. */
  take(row: RunRow, arrivals: readonly Arrival[]): number[] {
    const isNew = arrivals.map((arrival) => this.#known(arrival) === undefined)
    const refs = arrivals.map((arrival) => this.accept(row, arrival))
    arrivals.forEach(({ kind, name }, index) => {
      if (isNew[index] === true) this.#deliver(kind, name)
    })
    return refs
  }

  /** Stores a message unless its key says that it came before; gives its number. @throws run_ended, limit_reached */
  accept(row: RunRow, arrival: Arrival): number {
    const { mailbox } = this.#home.tables
    const known = this.#known(arrival)
    if (known !== undefined) return known
    requireOpen(row)
    this.#home.requireRoom()
    const { kind, name, text } = arrival
    const key = keyOf(arrival)
    return kind === "signal"
      ? mailbox.addSignal(name, text, key)
      : mailbox.addUpdate(name, text, key)
  }

  #known(arrival: Arrival): number | undefined {
    const key = keyOf(arrival)
    return key === undefined ? undefined : this.#home.tables.mailbox.refOfKey(key)
  }

  /** How an update stands that came before; nothing is written. */
  async updateAnswer(
    id: string,
    name: string,
    key: string,
    waitMs: number,
  ): Promise<UpdateAnswer | undefined> {
    this.#home.enter(id)
    const ref = this.#known({ kind: "update", name, key, text: "" })
    return ref === undefined ? undefined : this.#waitForAnswer(id, ref, key, waitMs)
  }

  settlePromise(token: string, outcome: Outcome): SettledPromise {
    const { driver, tables } = this.#home
    if (driver.row !== undefined) this.#home.enter(driver.row.id)
    const known = driver.row === undefined ? undefined : tables.promises.byToken(token)
    if (driver.row === undefined || known === undefined) {
      throw new BelayError(
        "promise_unknown",
        "No promise has this token; it may belong to a run that was deleted.",
      )
    }
    if (known.outcome !== undefined) return settledPromise(known.outcome)
    this.#home.room.require()
    tables.promises.settleByToken(token, outcome)
    if (known.generation === driver.row.generation) {
      driver.tell({ type: "promise", path: known.path })
    }
    return settledPromise(outcome)
  }

  #deliver(kind: "signal" | "update", name: string): void {
    const { driver, tables } = this.#home
    if (driver.resident !== undefined || tables.waits.hasWaiterFor(kind, name)) {
      driver.tell({ type: "message", kind, name })
    }
  }

  async #waitForAnswer(
    id: string,
    ref: number,
    key: string,
    waitMs: number,
  ): Promise<UpdateAnswer> {
    const answer = await this.#home.waiters.until(Math.min(waitMs, WAIT_MS_MAX), () =>
      this.#answer(id, ref),
    )
    return answer ?? { state: "pending", key }
  }

  #answer(id: string, ref: number): UpdateAnswer | undefined {
    const update = this.#home.tables.mailbox.update(ref)
    const text = update?.answerText ?? "null"
    if (update?.status === "replied") return { state: "replied", replyText: text }
    if (update?.status === "rejected") return { state: "rejected", errorText: text }
    requireOpen(this.#home.row(id))
    return undefined
  }
}

/** As it is remembered: the same key may come with a signal and an update, and with several names. */
function keyOf({ kind, name, key }: Pick<Arrival, "kind" | "name" | "key">): string | undefined {
  return key === undefined ? undefined : `${kind}:${name}:${key}`
}

function settledPromise(outcome: Outcome): SettledPromise {
  switch (outcome.state) {
    case "completed":
      return { status: "resolved", valueText: outcome.text }
    case "failed":
      return { status: "rejected", errorText: outcome.text }
    default:
      return { status: outcome.state, errorText: outcome.text }
  }
}
