// The object's tables: made when first needed, stamped with a version, only brought forward.

import { runInDurableObject } from "cloudflare:test"
import { describe, expect, it } from "vitest"
import type { Context } from "../../src/engine/workflow/context.ts"
import { NEWER_TABLES_PROBE_MS, SCHEMA_VERSION, TABLES } from "../../src/object/store/schema.ts"
import {
  alarmOf,
  begin,
  codeOf,
  crash,
  fireAlarm,
  recordOf,
  resultOf,
  rowsOf,
  runs,
  stubOf,
  suspended,
  tablesOf,
  until,
} from "./support/runs.ts"

function* everything(ctx: Context) {
  yield* ctx.signal("go")
  const promise = yield* ctx.promise()
  yield* ctx.publish("state", promise.token)
  yield* ctx.race([promise, ctx.sleep(60_000)])
}

describe("the tables", () => {
  it("are made one by one, when they are needed", async () => {
    const { id } = await begin(everything)
    const have = async () => (await tablesOf(id)).filter((name) => name !== "_cf_METADATA")
    expect(await have()).toEqual(["journal", "run", "waits"])
    await runs.signal(id, "other", 1)
    expect(await have()).toEqual(["inbox", "journal", "run", "waits"])
    await runs.update(id, "u", 1, { waitMs: 0 })
    expect(await have()).toEqual(["inbox", "journal", "keys", "run", "updates", "waits"])
    await runs.signal(id, "go", null)
    expect(await have()).toEqual(
      ["inbox", "journal", "keys", "promises", "run", "state", "updates", "waits"].sort(),
    )
    await runs.signal(id, "big", "x".repeat(2_000_000))
    expect(await have()).toEqual(
      ["chunks", "inbox", "journal", "keys", "promises", "run", "state", "updates", "waits"].sort(),
    )
    expect(Object.keys(TABLES)).toEqual(expect.arrayContaining(await have()))
  })

  it("carry the schema's version in a row of their own", async () => {
    const { id } = await begin(everything)
    expect(await rowsOf(id, "SELECT schema_version FROM run")).toEqual([
      { schema_version: SCHEMA_VERSION },
    ])
  })

  it("of version 1 are brought forward on wake, and the run goes on", async () => {
    const { id } = await begin(function* (ctx) {
      return yield* ctx.signal("go")
    })
    const before = await recordOf(id)
    await runInDurableObject(stubOf(id), (_, { storage }) => {
      for (const column of [
        "parent",
        "start_at",
        "started_at",
        "delete_at",
        "limits",
        "forked_from",
        "changes",
        "changed_at",
        "trace",
        "journal",
        "rows_written",
        "rows_read",
        "replays",
      ]) {
        storage.sql.exec(`ALTER TABLE run DROP COLUMN ${column}`)
      }
      storage.sql.exec("UPDATE run SET schema_version = 1")
    })
    await crash(id)
    const after = await recordOf(id)
    expect(after).toEqual({ ...before, rows: after.rows })
    // Nobody knows what was before: it counts from the statements on that brought it forward.
    expect(after.rows.written).toBeGreaterThan(0)
    expect(before.startedAtMs).toBe(before.createdAtMs)
    await runs.signal(id, "go", "on")
    expect(await resultOf(id)).toBe("on")
  })

  it("of a newer version are left alone: nothing runs, nothing is lost, the alarm stays", async () => {
    const { id } = await begin(function* (ctx) {
      yield* ctx.sleep(200)
      return "done"
    })
    const stamp = (version: number) =>
      runInDurableObject(stubOf(id), (_, { storage }) => {
        storage.sql.exec("UPDATE run SET schema_version = ?", version)
      })
    await stamp(SCHEMA_VERSION + 1)
    const journal = await rowsOf(id, "SELECT * FROM journal")
    const run = await rowsOf(id, "SELECT * FROM run")
    await crash(id)
    await fireAlarm(id)
    expect(await alarmOf(id)).toBeGreaterThan(Date.now() + NEWER_TABLES_PROBE_MS / 2)
    expect(await rowsOf(id, "SELECT * FROM journal")).toEqual(journal)
    expect(await rowsOf(id, "SELECT * FROM run")).toEqual(run)

    // The newer code is deployed again, and the object looks for it.
    await stamp(SCHEMA_VERSION)
    await fireAlarm(id)
    await until(
      () => rowsOf(id, "SELECT status FROM run"),
      ([row]) => row?.["status"] === "completed",
    )
    expect(await resultOf(id)).toBe("done")
  })

  it("a door of a run with newer tables answers that it cannot, and the next object works", async () => {
    const broken = await begin(everything)
    await suspended(broken.id)
    await runInDurableObject(stubOf(broken.id), (_, { storage }) => {
      storage.sql.exec("UPDATE run SET schema_version = 99")
    })
    await crash(broken.id)
    await expect(runs.get(broken.id)).rejects.toMatchObject({
      code: "not_configured",
      message: expect.stringContaining("version 99"),
    })
    const { id } = await begin(function* () {
      return "works"
    })
    expect(await resultOf(id)).toBe("works")
    expect(await codeOf(runs.signal(id, "s", 1))).toBe("run_ended")
  })
})
