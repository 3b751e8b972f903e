// Shard state: which shard this is, of how many, and how far its sweeps have come.
// Owns: the table `shard`. Must not touch: the cards.
//   A1. Nothing is written before the shard has something to keep: a question to an empty one leaves no table.
//   A2. The number of shards only grows. When it has grown, everything here is looked at once more.

import { hasShardTables, makeShardTables } from "./schema.ts"
import type { Addressed } from "./messages.ts"

/** Two walks over all that is kept: to where it belongs, and to the runs themselves. */
export type Sweep = "moved" | "reread"

/** How far a sweep has come: the last id of this kind of row that was seen to. */
export interface SweepPlace {
  readonly kind: "runs" | "copies"
  readonly id: string
}

type Row = { number: number; shards: number; moved: string | null; reread: string | null }

const BEGINNING: SweepPlace = { kind: "runs", id: "" }

export class ShardState {
  readonly #sql: SqlStorage
  #row: Row | undefined
  #isRead = false

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  /** Whether anything was ever kept here. */
  get isEmpty(): boolean {
    return this.#read() === undefined
  }

  get number(): number {
    return this.#read()?.number ?? 0
  }

  get shards(): number {
    return this.#read()?.shards ?? 0
  }

  /** Takes note of who this is. @param isToKeep something is to be written: then there must be tables. */
  addressed({ shard, shards }: Addressed, isToKeep: boolean): void {
    const row = this.#read()
    if (row === undefined) {
      if (!isToKeep) return
      makeShardTables(this.#sql, shard, shards)
      this.#isRead = false
      return
    }
    if (row.shards >= shards) return
    row.shards = shards
    this.#sql.exec("UPDATE shard SET shards = ?", shards)
    this.begin("moved")
  }

  /** Where this sweep goes on; `undefined` when it is not under way. */
  place(sweep: Sweep): SweepPlace | undefined {
    const text = this.#read()?.[sweep]
    return text === null || text === undefined ? undefined : (JSON.parse(text) as SweepPlace)
  }

  begin(sweep: Sweep): void {
    this.advance(sweep, BEGINNING)
  }

  /** @param place `undefined` when it is over. */
  advance(sweep: Sweep, place: SweepPlace | undefined): void {
    const row = this.#read()
    if (row === undefined) return
    row[sweep] = place === undefined ? null : JSON.stringify(place)
    this.#sql.exec(`UPDATE shard SET ${sweep} = ?`, row[sweep])
  }

  /** What was written may have been undone. */
  forget(): void {
    this.#isRead = false
  }

  #read(): Row | undefined {
    if (this.#isRead) return this.#row
    this.#row = hasShardTables(this.#sql)
      ? this.#sql.exec<Row>("SELECT number, shards, moved, reread FROM shard").one()
      : undefined
    this.#isRead = true
    return this.#row
  }
}
