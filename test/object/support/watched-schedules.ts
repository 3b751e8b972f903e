// Watched schedules: schedule objects over the tests' own runs, which die where a test has planned it.
// Owns: the taps. Must not touch: the object's own code, which knows nothing of it.

import { createRuns } from "../../../src/object/runs-client.ts"
import { DIRECTORY_NAME } from "../../../src/object/schedule/directory.ts"
import { createScheduleObject } from "../../../src/object/schedule/schedule-object.ts"
import { tapNamespace, watchedCall } from "./call-tap.ts"
import { watchOf, type Watch } from "./watch.ts"

const WRITES = /^\s*(?:INSERT|UPDATE|DELETE)/

export function watchedSchedules() {
  const Base = createScheduleObject({
    runs: (env) => createRuns((id) => env.TEST_RUNS.get(env.TEST_RUNS.idFromName(id))),
    directory: ({ TEST_SCHEDULES }) =>
      TEST_SCHEDULES.get(TEST_SCHEDULES.idFromName(DIRECTORY_NAME)),
  })
  return class extends Base {
    constructor(ctx: DurableObjectState, env: Cloudflare.Env) {
      const watch = watchOf(ctx.id.name ?? "")
      watch.lives++
      tapWrites(ctx, watch)
      const call = watchedCall(ctx, watch)
      super(ctx, {
        ...env,
        TEST_RUNS: tapNamespace(env.TEST_RUNS, call),
        TEST_SCHEDULES: tapNamespace(env.TEST_SCHEDULES, call),
      })
    }
  }
}

/** Each statement that writes is a record in the words of a crash plan. */
function tapWrites(ctx: DurableObjectState, watch: Watch): void {
  const { storage } = ctx
  const exec = storage.sql.exec.bind(storage.sql)
  const tapped = <Row extends Record<string, SqlStorageValue>>(
    statement: string,
    ...bindings: unknown[]
  ): SqlStorageCursor<Row> => {
    watch.onStatement?.(statement)
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
