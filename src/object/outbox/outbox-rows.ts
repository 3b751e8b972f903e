// Outbox rows: what other objects, or a person, must still be told.
// Owns: the table outbox. Must not touch: how a message is sent (outbox.ts), what it means (its receiver).
//   O1. A message is inserted in the stretch that causes it, so either both are durable or neither is.
//   O2. Messages to one target are sent in the order of their ids, one at a time: a cancellation never overtakes a start.
//   O3. It belongs to the object, not to the run: a deleted run's messages stay until they are acknowledged.

import type { Tables } from "../store/tables.ts"

export type OutboxKind =
  | "start"
  | "stop"
  | "ended"
  | "status"
  | "alert"
  | "acquire"
  | "release"
  | "granted"
  | "gone"
  | "trace"
  | "spans"

export interface OutboxMessage {
  readonly id: number
  readonly kind: OutboxKind
  /** Run id, limit key, address or the index: whoever is to be told. */
  readonly target: string
  /** Sendings that have failed so far. */
  readonly tries: number
  readonly dueMs: number
}

type Row = { id: number; kind: string; target: string; tries: number; due: number }

/** A payload shares its row with the target and little else. */
const PAYLOAD_BYTES_MAX = 1_000_000

export class OutboxRows {
  readonly #tables: Tables<"outbox">
  #lastId: number | undefined

  constructor(tables: Tables<"outbox">) {
    this.#tables = tables
  }

  /** @param dueMs when to look again, should the sending that follows at once come to nothing. */
  add(kind: OutboxKind, target: string, payload: string, dueMs: number): void {
    this.#tables.ensure("outbox")
    this.#tables.sql.exec(
      "INSERT INTO outbox (target, id, kind, payload, tries, due) VALUES (?, ?, ?, ?, 0, ?)",
      target,
      this.#nextId(),
      kind,
      this.#tables.store(payload, PAYLOAD_BYTES_MAX),
      dueMs,
    )
  }

  /**
   * The first message of each target, in the order of the targets; without those that failed and are not due again,
   * which are passed over inside of the store: while nobody answers there may be thousands.
   */
  *heads(nowMs: number): Generator<OutboxMessage> {
    if (!this.#tables.has("outbox")) return
    let after = ""
    for (;;) {
      const [row] = this.#tables.sql
        .exec<Row>(
          `SELECT target, id, kind, tries, due FROM outbox AS head
           WHERE target > ? AND (tries = 0 OR due <= ?)
             AND NOT EXISTS (SELECT 1 FROM outbox WHERE target = head.target AND id < head.id)
           ORDER BY target, id LIMIT 1`,
          after,
          nowMs,
        )
        .toArray()
      if (row === undefined) return
      after = row.target
      yield {
        id: row.id,
        kind: row.kind as OutboxKind,
        target: row.target,
        tries: row.tries,
        dueMs: row.due,
      }
    }
  }

  /** JSON text; its shape goes with the kind. `undefined` when the message was withdrawn. */
  payloadOf({ target, id }: OutboxMessage): string | undefined {
    const [row] = this.#tables.sql
      .exec<{ payload: string }>(
        "SELECT payload FROM outbox WHERE target = ? AND id = ?",
        target,
        id,
      )
      .toArray()
    return row && this.#tables.load(row.payload)
  }

  postpone({ target, id, tries }: OutboxMessage, dueMs: number): void {
    // What was to be told of a deleted run may have gone with it.
    if (!this.#tables.has("outbox")) return
    this.#tables.sql.exec(
      "UPDATE outbox SET tries = ?, due = ? WHERE target = ? AND id = ?",
      tries + 1,
      dueMs,
      target,
      id,
    )
  }

  /** It was acknowledged. */
  remove({ target, id }: Pick<OutboxMessage, "target" | "id">): void {
    if (!this.#tables.has("outbox")) return
    const { sql } = this.#tables
    const condition = "target = ? AND id = ?"
    const [row] = sql
      .exec<{ payload: string }>(
        `SELECT payload FROM outbox WHERE ${condition} AND payload LIKE '@%'`,
        target,
        id,
      )
      .toArray()
    if (row !== undefined) this.#tables.free(row.payload)
    sql.exec(`DELETE FROM outbox WHERE ${condition}`, target, id)
  }

  /** Messages of one kind to one target, first to last. */
  waiting(kind: OutboxKind, target: string): { id: number; target: string; payload: string }[] {
    if (!this.#tables.has("outbox")) return []
    return this.#tables.sql
      .exec<{ id: number; payload: string }>(
        "SELECT id, payload FROM outbox WHERE target = ? AND kind = ? ORDER BY id",
        target,
        kind,
      )
      .toArray()
      .map(({ id, payload }) => ({ id, target, payload: this.#tables.load(payload) }))
  }

  count(kind: OutboxKind, target: string): number {
    if (!this.#tables.has("outbox")) return 0
    return this.#tables.sql
      .exec<{ count: number }>(
        "SELECT COUNT(*) AS count FROM outbox WHERE target = ? AND kind = ?",
        target,
        kind,
      )
      .one().count
  }

  isEmpty(): boolean {
    if (!this.#tables.has("outbox")) return true
    return this.#tables.sql.exec("SELECT 1 FROM outbox LIMIT 1").toArray().length === 0
  }

  /** Of the messages that can be sent: what stands behind another waits for that one (O2). */
  earliestDueMs(): number | undefined {
    if (!this.#tables.has("outbox")) return undefined
    const { due } = this.#tables.sql
      .exec<{ due: number | null }>(
        "SELECT MIN(due) AS due FROM (SELECT due, MIN(id) FROM outbox GROUP BY target)",
      )
      .one()
    return due ?? undefined
  }

  /** The next of those that have failed. */
  earliestRetryMs(nowMs: number): number | undefined {
    if (!this.#tables.has("outbox")) return undefined
    const { due } = this.#tables.sql
      .exec<{ due: number | null }>(
        "SELECT MIN(due) AS due FROM outbox WHERE tries > 0 AND due > ?",
        nowMs,
      )
      .one()
    return due ?? undefined
  }

  #nextId(): number {
    if (this.#lastId === undefined) {
      const { id } = this.#tables.sql
        .exec<{ id: number }>("SELECT COALESCE(MAX(id), 0) AS id FROM outbox")
        .one()
      this.#lastId = id
    }
    return ++this.#lastId
  }
}
