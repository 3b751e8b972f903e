// Counted SQL: the statements of a run's object, with the rows they read and write, as the platform bills them.
// Owns: the count. Must not touch: what the statements say, where the count is kept (run-row.ts).
//   C1. Counting costs no row and no commit: it is in memory, and kept with a row that is written anyway.
//   C2. A question counts what was read of it by the time the next statement comes or somebody asks. Whoever asks one
//       reads as much of it as he wants before he does anything else.
//   C3. What is rolled back has been written all the same, and is counted.

import type { RowCounts } from "../../engine/ports/runs.ts"

/** What the tables need of a database. */
export type Sql = Pick<SqlStorage, "exec">

export class CountedSql implements Sql {
  readonly #sql: Sql
  #written = 0
  #read = 0
  /** The last statement's: it may not have been read yet. */
  #last: Pick<SqlStorageCursor<never>, "rowsRead" | "rowsWritten"> | undefined

  constructor(sql: Sql) {
    this.#sql = sql
  }

  exec<T extends Record<string, SqlStorageValue>>(
    query: string,
    ...bindings: unknown[]
  ): SqlStorageCursor<T> {
    this.#settle()
    const cursor = this.#sql.exec<T>(query, ...bindings)
    this.#last = cursor
    return cursor
  }

  /** An alarm that is set is billed as a row written. */
  alarmSet(): void {
    this.#written++
  }

  /** All since the object is in memory, and what was kept before. */
  get rows(): RowCounts {
    this.#settle()
    return { written: this.#written, read: this.#read }
  }

  /** What was counted in earlier lives of the object. */
  add({ written, read }: RowCounts): void {
    this.#written += written
    this.#read += read
  }

  /** The run is gone; another one counts anew. */
  restart(): void {
    this.#settle()
    this.#written = 0
    this.#read = 0
  }

  #settle(): void {
    const last = this.#last
    if (last === undefined) return
    this.#last = undefined
    this.#written += last.rowsWritten
    this.#read += last.rowsRead
  }
}
