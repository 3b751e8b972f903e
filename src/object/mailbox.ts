// Mailbox: what has reached the run from outside: signals, updates, promises, and the keys that make them idempotent.
// Owns: the tables inbox, updates, keys, promises. Must not touch: who waits for them (engine).
//   A1. Ids grow with arrival and are never used twice, also after the table was emptied.
//   A2. The first settlement of a promise and the first answer to an update stand for ever.

import type { Outcome, OutcomeState } from "../engine/journal.ts"
import { IDEMPOTENCY_KEYS_MAX } from "../engine/limits.ts"
import type { InboxMessage } from "../engine/ports.ts"
import type { Tables } from "./tables.ts"

export type UpdateStatus = "waiting" | "accepted" | "replied" | "rejected"

export interface UpdateRow {
  readonly id: number
  readonly status: UpdateStatus
  readonly answerText: string | undefined
}

/** How often the oldest keys are swept: not at every message, so that a message stays a few rows. */
const KEY_SWEEP_INTERVAL = 500

export class Mailbox {
  readonly #tables: Tables
  readonly #nowMs: () => number
  #lastId = 0
  #keysSinceSweep = 0

  constructor(tables: Tables, nowMs: () => number) {
    this.#tables = tables
    this.#nowMs = nowMs
  }

  /** Messages not consumed yet. */
  get size(): number {
    return this.signalCount() + this.#count("updates", "status = 'waiting'")
  }

  signalCount(): number {
    return this.#count("inbox", "1")
  }

  addSignal(name: string, text: string): number {
    this.#tables.ensure("inbox")
    const id = this.#nextId()
    this.#tables.sql.exec("INSERT INTO inbox VALUES (?, ?, ?)", id, name, this.#tables.store(text))
    return id
  }

  /** A signal whose consumption was forgotten comes back at its old place in the order. */
  putBackSignal(id: number, name: string, text: string): void {
    this.#tables.ensure("inbox")
    this.#tables.sql.exec(
      "INSERT OR IGNORE INTO inbox VALUES (?, ?, ?)",
      id,
      name,
      this.#tables.store(text),
    )
  }

  addUpdate(name: string, text: string): number {
    this.#tables.ensure("updates")
    const id = this.#nextId()
    this.#tables.sql.exec(
      "INSERT INTO updates VALUES (?, ?, ?, 'waiting', NULL)",
      id,
      name,
      this.#tables.store(text),
    )
    return id
  }

  putBackUpdate(id: number): void {
    if (!this.#tables.has("updates")) return
    this.#tables.sql.exec(
      "UPDATE updates SET status = 'waiting' WHERE id = ? AND status = 'accepted'",
      id,
    )
  }

  next(kind: "signal" | "update", name: string): InboxMessage | undefined {
    const table = kind === "signal" ? "inbox" : "updates"
    if (!this.#tables.has(table)) return undefined
    const [row] = this.#tables.sql
      .exec<{ id: number; text: string }>(
        kind === "signal"
          ? "SELECT id, text FROM inbox WHERE name = ? ORDER BY id LIMIT 1"
          : "SELECT id, text FROM updates WHERE name = ? AND status = 'waiting' ORDER BY id LIMIT 1",
        name,
      )
      .toArray()
    return row && { id: row.id, name, text: this.#tables.load(row.text) }
  }

  consume(kind: "signal" | "update", id: number): void {
    if (kind === "update") {
      this.#tables.sql.exec(
        "UPDATE updates SET status = 'accepted' WHERE id = ? AND status = 'waiting'",
        id,
      )
      return
    }
    const [row] = this.#tables.sql
      .exec<{ text: string }>("SELECT text FROM inbox WHERE id = ?", id)
      .toArray()
    this.#tables.free(row?.text ?? null)
    this.#tables.sql.exec("DELETE FROM inbox WHERE id = ?", id)
  }

  answer(id: number, state: "completed" | "rejected", text: string): void {
    if (!this.#tables.has("updates")) return
    const known = this.update(id)
    if (known === undefined || known.status === "replied" || known.status === "rejected") return
    this.#tables.sql.exec(
      "UPDATE updates SET status = ?, answer = ? WHERE id = ?",
      state === "completed" ? "replied" : "rejected",
      this.#tables.store(text),
      id,
    )
  }

  update(id: number): UpdateRow | undefined {
    if (!this.#tables.has("updates")) return undefined
    const [row] = this.#tables.sql
      .exec<{ status: UpdateStatus; answer: string | null }>(
        "SELECT status, answer FROM updates WHERE id = ?",
        id,
      )
      .toArray()
    if (row === undefined) return undefined
    const answerText = row.answer === null ? undefined : this.#tables.load(row.answer)
    return { id, status: row.status, answerText }
  }

  /** The message that came under this key before. */
  refOfKey(key: string): number | undefined {
    if (!this.#tables.has("keys")) return undefined
    return this.#tables.sql
      .exec<{ ref: number }>("SELECT ref FROM keys WHERE key = ?", key)
      .toArray()[0]?.ref
  }

  rememberKey(key: string, ref: number): void {
    this.#tables.ensure("keys")
    this.#tables.sql.exec("INSERT INTO keys VALUES (?, ?)", key, ref)
    if (++this.#keysSinceSweep < KEY_SWEEP_INTERVAL) return
    this.#keysSinceSweep = 0
    this.#sweepKeys()
  }

  #sweepKeys(): void {
    const [oldest] = this.#tables.sql
      .exec<{ ref: number }>(
        "SELECT ref FROM keys ORDER BY ref DESC LIMIT 1 OFFSET ?",
        IDEMPOTENCY_KEYS_MAX - 1,
      )
      .toArray()
    if (oldest === undefined) return
    this.#tables.sql.exec("DELETE FROM keys WHERE ref < ?", oldest.ref)
    if (!this.#tables.has("updates")) return
    this.#tables.sql.exec(
      "DELETE FROM updates WHERE id < ? AND status IN ('replied', 'rejected')",
      oldest.ref,
    )
  }

  createPromise(generation: number, path: string, token: string): void {
    this.#tables.ensure("promises")
    this.#tables.sql.exec(
      "INSERT INTO promises VALUES (?, ?, ?, NULL, NULL)",
      token,
      generation,
      path,
    )
  }

  promiseByToken(
    token: string,
  ): { path: string; generation: number; outcome: Outcome | undefined } | undefined {
    if (!this.#tables.has("promises")) return undefined
    const [row] = this.#tables.sql
      .exec<PromiseRow>("SELECT path, generation, state, text FROM promises WHERE token = ?", token)
      .toArray()
    return row && { path: row.path, generation: row.generation, outcome: this.#outcomeOf(row) }
  }

  promiseAt(generation: number, path: string): Outcome | undefined {
    if (!this.#tables.has("promises")) return undefined
    const [row] = this.#tables.sql
      .exec<PromiseRow>(
        "SELECT path, generation, state, text FROM promises WHERE generation = ? AND path = ? AND state IS NOT NULL",
        generation,
        path,
      )
      .toArray()
    return row && this.#outcomeOf(row)
  }

  settlePromiseByToken(token: string, outcome: Outcome): void {
    this.#tables.sql.exec(
      "UPDATE promises SET state = ?, text = ? WHERE token = ? AND state IS NULL",
      outcome.state,
      this.#tables.store(outcome.text),
      token,
    )
  }

  settlePromiseAt(generation: number, path: string, outcome: Outcome): void {
    this.#tables.sql.exec(
      "UPDATE promises SET state = ?, text = ? WHERE generation = ? AND path = ? AND state IS NULL",
      outcome.state,
      this.#tables.store(outcome.text),
      generation,
      path,
    )
  }

  /** The run has ended: whoever still holds a token learns that nobody waits. */
  settleOpenPromises(outcome: Outcome): void {
    if (!this.#tables.has("promises")) return
    this.#tables.sql.exec(
      "UPDATE promises SET state = ?, text = ? WHERE state IS NULL",
      outcome.state,
      outcome.text,
    )
  }

  /** Tokens of the promises of a generation that are not settled, by path. */
  openTokens(generation: number): ReadonlyMap<string, string> {
    if (!this.#tables.has("promises")) return new Map()
    const rows = this.#tables.sql
      .exec<{ path: string; token: string }>(
        "SELECT path, token FROM promises WHERE generation = ? AND state IS NULL",
        generation,
      )
      .toArray()
    return new Map(rows.map((row) => [row.path, row.token]))
  }

  #outcomeOf(row: PromiseRow): Outcome | undefined {
    if (row.state === null) return undefined
    return { state: row.state, text: this.#tables.load(row.text ?? "null") }
  }

  #count(table: "inbox" | "updates", condition: string): number {
    if (!this.#tables.has(table)) return 0
    return this.#tables.sql
      .exec<{ n: number }>(`SELECT COUNT(*) AS n FROM ${table} WHERE ${condition}`)
      .one().n
  }

  /** Microseconds since 1970, or the next free number: unique without a counter's row. */
  #nextId(): number {
    this.#lastId = Math.max(this.#nowMs() * 1000, this.#lastId + 1, this.#maxStoredId() + 1)
    return this.#lastId
  }

  #maxStoredId(): number {
    if (this.#lastId > 0) return 0
    let max = 0
    for (const table of ["inbox", "updates"] as const) {
      if (!this.#tables.has(table)) continue
      const { id } = this.#tables.sql
        .exec<{ id: number }>(`SELECT COALESCE(MAX(id), 0) AS id FROM ${table}`)
        .one()
      max = Math.max(max, id)
    }
    return max
  }
}

type PromiseRow = {
  path: string
  generation: number
  state: OutcomeState | null
  text: string | null
}
