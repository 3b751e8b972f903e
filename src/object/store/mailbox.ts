// Mailbox: what has reached the run from outside: signals and updates, and the keys that make them idempotent.
// Owns: the tables inbox, updates, keys. Must not touch: who waits for them (engine).
//   A1. Ids grow with arrival and are never used twice, also after the table was emptied.
//   A2. The first answer to an update stands for ever.

import { IDEMPOTENCY_KEYS_MAX, ROW_BYTES_MAX } from "../../engine/limits.ts"
import type { InboxMessage } from "../../engine/ports/ports.ts"
import type { Tables } from "./tables.ts"

type UpdateStatus = "waiting" | "accepted" | "replied" | "rejected"

export interface UpdateRow {
  readonly id: number
  readonly status: UpdateStatus
  readonly answerText: string | undefined
}

/** How often the oldest keys are swept: not at every message, so that a message stays a few rows. */
const KEY_SWEEP_INTERVAL = 500

/** Where the numbers of messages stand. */
const NUMBERED = [
  ["inbox", "id"],
  ["updates", "id"],
  ["journal", "ref"],
] as const

/** An update and its answer share a row. */
const UPDATE_BYTES_MAX = ROW_BYTES_MAX / 2

export class Mailbox {
  readonly #tables: Tables
  readonly #nowMs: () => number
  #lastId = 0
  /** The first key of an object's life sweeps, since lives may be shorter than the interval. */
  #keysSinceSweep = KEY_SWEEP_INTERVAL

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

  /** @param key what makes it idempotent, if anything does. */
  addSignal(name: string, text: string, key: string | undefined): number {
    return this.#tables.atomically(() => {
      this.#tables.ensure("inbox")
      const id = this.#nextId()
      const stored = this.#tables.store(text)
      this.#tables.sql.exec("INSERT INTO inbox VALUES (?, ?, ?)", id, name, stored)
      if (key !== undefined) this.#rememberKey(key, id)
      return id
    })
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

  addUpdate(name: string, text: string, key: string | undefined): number {
    return this.#tables.atomically(() => {
      this.#tables.ensure("updates")
      const id = this.#nextId()
      const stored = this.#tables.store(text, UPDATE_BYTES_MAX)
      this.#tables.sql.exec(
        "INSERT INTO updates VALUES (?, ?, ?, 'waiting', NULL)",
        id,
        name,
        stored,
      )
      if (key !== undefined) this.#rememberKey(key, id)
      return id
    })
  }

  putBackUpdate(id: number): void {
    if (!this.#tables.has("updates")) return
    this.#tables.sql.exec(
      "UPDATE updates SET status = 'waiting' WHERE id = ? AND status = 'accepted'",
      id,
    )
  }

  isUpdate(id: number): boolean {
    return this.update(id) !== undefined
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

  /** Signal or update: an id stands in one of the two tables only (A1). */
  consume(id: number): void {
    if (this.#tables.has("updates")) {
      this.#tables.sql.exec(
        "UPDATE updates SET status = 'accepted' WHERE id = ? AND status = 'waiting'",
        id,
      )
    }
    if (!this.#tables.has("inbox")) return
    const [row] = this.#tables.sql
      .exec<{ text: string }>("SELECT text FROM inbox WHERE id = ?", id)
      .toArray()
    if (row === undefined) return
    this.#tables.free(row.text)
    this.#tables.sql.exec("DELETE FROM inbox WHERE id = ?", id)
  }

  answer(id: number, state: "completed" | "rejected", text: string): void {
    if (!this.#tables.has("updates")) return
    const known = this.update(id)
    if (known === undefined || known.status === "replied" || known.status === "rejected") return
    this.#tables.sql.exec(
      "UPDATE updates SET status = ?, answer = ? WHERE id = ?",
      state === "completed" ? "replied" : "rejected",
      this.#tables.store(text, UPDATE_BYTES_MAX),
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

  #rememberKey(key: string, ref: number): void {
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
    const answered = "id < ? AND status IN ('replied', 'rejected')"
    const chunked = this.#tables.sql
      .exec<{ text: string; answer: string | null }>(
        `SELECT text, answer FROM updates WHERE ${answered} AND (text LIKE '@%' OR answer LIKE '@%')`,
        oldest.ref,
      )
      .toArray()
    for (const { text, answer } of chunked) {
      this.#tables.free(text)
      this.#tables.free(answer)
    }
    this.#tables.sql.exec(`DELETE FROM updates WHERE ${answered}`, oldest.ref)
  }

  #count(table: "inbox" | "updates", condition: string): number {
    if (!this.#tables.has(table)) return 0
    return this.#tables.sql
      .exec<{ n: number }>(`SELECT COUNT(*) AS n FROM ${table} WHERE ${condition}`)
      .one().n
  }

  /** Microseconds since 1970, or the next free number: unique without a counter's row. Of those that were consumed the
   * journal tells, once in an object's life. */
  #nextId(): number {
    this.#lastId = Math.max(this.#nowMs() * 1000, this.#lastId + 1, this.#maxStoredId() + 1)
    return this.#lastId
  }

  #maxStoredId(): number {
    if (this.#lastId > 0) return 0
    let max = 0
    for (const [table, column] of NUMBERED) {
      if (!this.#tables.has(table)) continue
      const { id } = this.#tables.sql
        .exec<{ id: number }>(`SELECT COALESCE(MAX(${column}), 0) AS id FROM ${table}`)
        .one()
      max = Math.max(max, id)
    }
    return max
  }
}
