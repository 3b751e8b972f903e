// Message door: signals, updates and promises as they arrive at a run object.
// Owns: acceptance: idempotency keys, room, and the stretch that stores a message and delivers it.
//   Q1. A message whose key is known was accepted before and is answered as it was then, also after the run's end.

import { BelayError } from "../engine/errors.ts"
import type { Outcome } from "../engine/journal.ts"
import { WAIT_MS_MAX } from "../engine/limits.ts"
import type { SettledPromise, UpdateAnswer } from "../engine/runs.ts"
import { requireOpen, type RunHome } from "./run-home.ts"

export class MessageDoor {
  readonly #home: RunHome

  constructor(home: RunHome) {
    this.#home = home
  }

  signal(id: string, name: string, text: string, key: string | undefined): null {
    const { mailbox } = this.#home.tables
    const known = key === undefined ? undefined : `signal:${name}:${key}`
    const row = this.#home.enter(id)
    if (known !== undefined && mailbox.refOfKey(known) !== undefined) return null
    requireOpen(row)
    this.#home.requireRoom()
    mailbox.addSignal(name, text, known)
    this.#deliver("signal", name)
    return null
  }

  async update(
    id: string,
    name: string,
    text: string,
    key: string,
    waitMs: number,
  ): Promise<UpdateAnswer> {
    const { mailbox } = this.#home.tables
    const known = `update:${name}:${key}`
    const row = this.#home.enter(id)
    let ref = mailbox.refOfKey(known)
    if (ref === undefined) {
      requireOpen(row)
      this.#home.requireRoom()
      ref = mailbox.addUpdate(name, text, known)
      this.#deliver("update", name)
    }
    return this.#waitForAnswer(id, ref, key, waitMs)
  }

  /** How an update stands that came before; nothing is written. */
  async updateAnswer(
    id: string,
    name: string,
    key: string,
    waitMs: number,
  ): Promise<UpdateAnswer | undefined> {
    this.#home.enter(id)
    const ref = this.#home.tables.mailbox.refOfKey(`update:${name}:${key}`)
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
    tables.promises.settleByToken(token, outcome)
    if (known.generation === driver.row.generation) {
      driver.tell({ type: "promise", path: known.path })
    }
    return settledPromise(outcome)
  }

  #deliver(kind: "signal" | "update", name: string): void {
    const { driver, tables } = this.#home
    if (driver.isResident || tables.waits.hasWaiterFor(kind, name)) {
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
