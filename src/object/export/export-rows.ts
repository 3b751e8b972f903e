// Export rows: what stands beside a run's journal, as lines of its export.
// Owns: which tables and columns leave the object. Must not touch: who may see what (http/), when they are read.
//   E1. A table that was never made has no lines. Nothing is written.
//   E2. Lines come one by one, so that whoever takes them may stop after any.

import type { RowLine } from "../../engine/recorded/export-line.ts"
import type { TableName } from "../store/schema.ts"
import type { Tables } from "../store/tables.ts"

type Stored = Record<string, SqlStorageValue>

interface Section {
  readonly table: TableName
  readonly query: string
  readonly line: (row: Row) => RowLine
}

/** In the order in which they stand in the file. An update and its answer may each be as long as a value can be. */
const SECTIONS: readonly Section[] = [
  {
    table: "waits",
    query: "SELECT * FROM waits ORDER BY id",
    line: (row) => ({
      type: "wait",
      id: row.number("id"),
      kind: row.text("kind"),
      path: row.text("path"),
      name: row.textIfAny("name"),
      dueMs: row.numberIfAny("due"),
    }),
  },
  {
    table: "folds",
    query: "SELECT * FROM folds ORDER BY id",
    line: (row) => ({
      type: "fold",
      id: row.number("id"),
      count: row.number("count"),
      lastSeq: row.number("last_seq"),
      text: row.whole("text"),
    }),
  },
  {
    table: "state",
    query: "SELECT * FROM state ORDER BY name",
    line: (row) => ({ type: "state", name: row.text("name"), text: row.whole("text") }),
  },
  {
    table: "inbox",
    query: "SELECT * FROM inbox ORDER BY id",
    line: (row) => ({
      type: "signal",
      id: row.number("id"),
      name: row.text("name"),
      text: row.whole("text"),
    }),
  },
  {
    table: "updates",
    query: "SELECT id, name, status, text FROM updates ORDER BY id",
    line: (row) => ({
      type: "update",
      id: row.number("id"),
      name: row.text("name"),
      status: row.text("status"),
      text: row.whole("text"),
    }),
  },
  {
    table: "updates",
    query: "SELECT id, answer FROM updates WHERE answer IS NOT NULL ORDER BY id",
    line: (row) => ({ type: "answer", id: row.number("id"), text: row.whole("answer") }),
  },
  {
    table: "promises",
    query: "SELECT * FROM promises ORDER BY token",
    line: (row) => ({
      type: "promise",
      generation: row.number("generation"),
      path: row.text("path"),
      token: row.text("token"),
      state: row.textIfAny("state"),
      text: row.wholeIfAny("text"),
    }),
  },
  {
    table: "children",
    query: "SELECT * FROM children ORDER BY generation, path",
    line: (row) => ({
      type: "child",
      generation: row.number("generation"),
      path: row.text("path"),
      attempt: row.number("attempt"),
      id: row.text("id"),
      incarnation: row.text("incarnation"),
      workflow: row.text("workflow"),
      close: row.text("close"),
      status: row.textIfAny("status"),
      state: row.textIfAny("state"),
      text: row.wholeIfAny("text"),
    }),
  },
]

/** Rows in memory at once: one of them may be as long as a row can be. */
const PAGE_ROWS = 16

export class ExportRows {
  readonly #tables: Tables

  constructor(tables: Tables) {
    this.#tables = tables
  }

  /** Sections there are. */
  get count(): number {
    return SECTIONS.length
  }

  /** Lines of one section, without the first `skipped` of them. */
  *lines(index: number, skipped: number): Generator<RowLine> {
    const section = SECTIONS[index]
    if (section === undefined || !this.#tables.has(section.table)) return
    // In small pages, each read to its end: whoever takes no more leaves nothing open.
    for (let offset = skipped; ; offset += PAGE_ROWS) {
      const query = `${section.query} LIMIT ? OFFSET ?`
      const page = this.#tables.sql.exec<Stored>(query, PAGE_ROWS, offset).toArray()
      for (const stored of page) yield section.line(new Row(this.#tables, stored))
      if (page.length < PAGE_ROWS) return
    }
  }
}

/** One row, its columns by what they hold. */
class Row {
  readonly #tables: Tables
  readonly #stored: Stored

  constructor(tables: Tables, stored: Stored) {
    this.#tables = tables
    this.#stored = stored
  }

  number(column: string): number {
    return Number(this.#stored[column])
  }

  numberIfAny(column: string): number | undefined {
    return this.#stored[column] === null ? undefined : this.number(column)
  }

  text(column: string): string {
    return this.textIfAny(column) ?? ""
  }

  textIfAny(column: string): string | undefined {
    const value = this.#stored[column]
    return typeof value === "string" ? value : undefined
  }

  /** A value, which may stand in chunks. */
  whole(column: string): string {
    return this.#tables.load(this.text(column))
  }

  wholeIfAny(column: string): string | undefined {
    return this.textIfAny(column) === undefined ? undefined : this.whole(column)
  }
}
