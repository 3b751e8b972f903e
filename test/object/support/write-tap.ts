// Write tap: the storage of an object whose every write is counted, and at which it can die.
// Owns: the wrapper around its statements.

import { refuseIfFull } from "./full-store.ts"
import type { Watch } from "./watch.ts"

export const WRITES = /^\s*(?:INSERT|UPDATE|DELETE)/

/** Each statement that writes is a record in the words of a crash plan. */
export function tapWrites(ctx: DurableObjectState, watch: Watch): void {
  const { storage } = ctx
  const exec = storage.sql.exec.bind(storage.sql)
  const tapped = <Row extends Record<string, SqlStorageValue>>(
    statement: string,
    ...bindings: unknown[]
  ): SqlStorageCursor<Row> => {
    watch.onStatement?.(statement)
    refuseIfFull(ctx, watch, statement)
    const record = WRITES.test(statement) ? ++watch.records : 0
    if (watch.isDue("record", record, "before")) ctx.abort(`before write ${record}`)
    const cursor = exec<Row>(statement, ...bindings)
    watch.rowsWritten += cursor.rowsWritten
    if (watch.isDue("record", record, "after")) {
      void storage.sync().then(() => ctx.abort(`after write ${record}`))
    }
    return cursor
  }
  Object.defineProperty(storage.sql, "exec", { value: tapped })
}
