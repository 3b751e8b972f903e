// Watched: a run object whose writes and calls are counted, and which dies where a test has planned it.
// Owns: the taps on its storage and its environment. Must not touch: the object's own code, which knows nothing of it.

import type { RunObjectClass } from "../../../src/object/object-class.ts"
import { tapCalls } from "./call-tap.ts"
import { refuseAlarmIfFull, refuseIfFull, tapSize } from "./full-store.ts"
import { watchOf, type Watch } from "./watch.ts"
import { WRITES } from "./write-tap.ts"

export function watched(Base: RunObjectClass): RunObjectClass {
  return class extends Base {
    constructor(ctx: DurableObjectState, env: Cloudflare.Env) {
      const watch = watchOf(ctx.id.name ?? "")
      watch.lives++
      tapStorage(ctx, watch)
      const tapped = tapCalls(ctx, env, watch)
      super(ctx, watch.variables === undefined ? tapped : { ...tapped, ...watch.variables })
    }
  }
}

function tapStorage(ctx: DurableObjectState, watch: Watch): void {
  const { storage } = ctx
  const cursors: { readonly rowsRead: number }[] = []
  watch.readByLife = () => cursors.reduce((sum, { rowsRead }) => sum + rowsRead, 0)
  tapSize(ctx, watch)
  const exec = storage.sql.exec.bind(storage.sql)
  const setAlarm = storage.setAlarm.bind(storage)
  const tapped = <Row extends Record<string, SqlStorageValue>>(
    statement: string,
    ...bindings: unknown[]
  ): SqlStorageCursor<Row> => {
    watch.onStatement?.(statement)
    refuseIfFull(ctx, watch, statement)
    const record = statement.startsWith("INSERT INTO journal ") ? ++watch.records : 0
    const write = WRITES.test(statement) ? ++watch.writes : 0
    if (watch.isDue("record", record, "before")) ctx.abort(`before record ${record}`)
    if (watch.isDue("write", write, "before")) ctx.abort(`before write ${write}`)
    const cursor = exec<Row>(statement, ...bindings)
    watch.rowsWritten += cursor.rowsWritten
    if (watch.countsReads) cursors.push(cursor)
    // The whole stretch is kept, as when the process dies just after its commit.
    if (watch.isDue("record", record, "after") || watch.isDue("write", write, "after")) {
      void storage.sync().then(() => ctx.abort(`after record ${record}`))
    }
    return cursor
  }
  Object.defineProperty(storage.sql, "exec", { value: tapped })
  Object.defineProperty(storage, "setAlarm", {
    value: async (atMs: number) => {
      watch.alarmsSet++
      refuseAlarmIfFull(ctx, watch)
      watch.onSetAlarm?.()
      return setAlarm(atMs)
    },
  })
}
