// Tables: the object's database with tables made when first needed, and long texts cut into chunks.
// Owns: which tables exist, transactions, and the pointer that stands in a row for a chunked text.
//   B1. Reading never makes a table: a probe of an unknown run writes nothing.
//   B2. A stored text is at most one row's size; longer ones stand in `chunks` behind an "@id" pointer, which no
//       encoded value begins with.
//   B3. A throw rolls back what stands in `atomically` and nothing else; no code of a user's runs in there.

import { utf8Bytes } from "../../engine/values/codec.ts"
import { ROW_BYTES_MAX } from "../../engine/limits.ts"
import { CountedSql } from "./counted-sql.ts"
import type { TableName } from "./schema.ts"

const POINTER = "@"

/** UTF-16 units in one chunk: three bytes each at the most. */
const CHUNK_UNITS = Math.floor(ROW_BYTES_MAX / 3)

/** Every object that has long texts has this one. */
type Chunked<Name extends string> = Name | "chunks"

export class Tables<Name extends string = TableName> {
  readonly sql: CountedSql
  readonly #storage: DurableObjectStorage
  /** What makes each table. */
  readonly #texts: Readonly<Record<Chunked<Name>, string>>
  #known: Set<string> | undefined

  constructor(storage: DurableObjectStorage, texts: Readonly<Record<Chunked<Name>, string>>) {
    this.#storage = storage
    this.#texts = texts
    this.sql = new CountedSql(storage.sql)
  }

  /** Rows that belong together: all of them are written, or none. */
  atomically<T>(work: () => T): T {
    try {
      return this.#storage.transactionSync(work)
    } catch (error) {
      // A table that was made in there is gone again.
      this.#known = undefined
      throw error
    }
  }

  /** Tables were dropped. */
  changed(): void {
    this.#known = undefined
  }

  has(name: Chunked<Name>): boolean {
    this.#known ??= new Set(
      this.sql
        .exec<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table'")
        .toArray()
        .map((row) => row.name),
    )
    return this.#known.has(name)
  }

  ensure(name: Chunked<Name>): void {
    if (this.has(name)) return
    this.sql.exec(this.#texts[name])
    this.#known?.add(name)
  }

  /**
   * What to put in a row for this text.
   * @param bytesMax its share of the row, where other texts stand in the same one.
   */
  store(text: string, bytesMax = ROW_BYTES_MAX): string {
    if (text.length * 3 <= bytesMax || utf8Bytes(text) <= bytesMax) return text
    this.ensure("chunks")
    const { id } = this.sql
      .exec<{ id: number }>("SELECT COALESCE(MAX(id), 0) + 1 AS id FROM chunks")
      .one()
    let start = 0
    for (let part = 0; start < text.length; part++) {
      let end = Math.min(start + CHUNK_UNITS, text.length)
      // A surrogate pair must not be torn apart: half a pair is no UTF-8.
      const last = text.charCodeAt(end - 1)
      if (end < text.length && last >= 0xd800 && last <= 0xdbff) end--
      this.sql.exec("INSERT INTO chunks VALUES (?, ?, ?)", id, part, text.slice(start, end))
      start = end
    }
    return `${POINTER}${id}`
  }

  /** The text behind what stands in a row. */
  load(stored: string): string {
    if (!stored.startsWith(POINTER)) return stored
    const parts = this.sql
      .exec<{ text: string }>(
        "SELECT text FROM chunks WHERE id = ? ORDER BY part",
        Number(stored.slice(1)),
      )
      .toArray()
    return parts.map((row) => row.text).join("")
  }

  /** Frees the chunks behind what stood in a row. */
  free(stored: string | null): void {
    if (stored?.startsWith(POINTER) === true) {
      this.sql.exec("DELETE FROM chunks WHERE id = ?", Number(stored.slice(1)))
    }
  }
}
