// Erase: how a run is taken off the disk.
// Owns: which tables go and which stay. Must not touch: memory (run-home.ts), the status a deletion needs (its callers).
//   D1. Nothing of the run is left; what others must still be told stays until they have acknowledged it, and who was
//       told of its end for as long as a start of theirs may be on its way. Then the object is as if it had never been.
//   D2. Spans that no collector has taken go with the run: they are the run's own story.

import { GoneRows } from "../family/gone-rows.ts"
import { STAGED_MS_MAX, StagedRows } from "../fork/staged-rows.ts"
import { logFailure } from "../run-log.ts"
import { TABLES, type TableName } from "../store/schema.ts"
import type { Tables } from "../store/tables.ts"

const KEPT: ReadonlySet<string> = new Set(["outbox", "chunks", "gone"])

export function eraseRun(storage: DurableObjectStorage, database: Tables, nowMs: number): void {
  const gone = new GoneRows(database)
  const isRemembered = gone.isNeeded(nowMs)
  if (database.has("outbox")) forgetSpans(database)
  const isKept = isRemembered || (gone.untilMs() ?? 0) > nowMs
  if (!isKept && isNothingOwed(database)) return eraseAll(storage, database)
  database.atomically(() => {
    if (isRemembered) gone.keep(nowMs)
    for (const name of Object.keys(TABLES) as TableName[]) {
      if (!KEPT.has(name) && database.has(name)) database.sql.exec(`DROP TABLE ${name}`)
    }
    if (!database.has("chunks")) return
    if (!database.has("outbox")) return void database.sql.exec("DELETE FROM chunks")
    database.sql.exec(
      "DELETE FROM chunks WHERE id NOT IN (SELECT CAST(SUBSTR(payload, 2) AS INTEGER) FROM outbox WHERE payload LIKE '@%')",
    )
  })
  database.changed()
}

function forgetSpans(database: Tables): void {
  database.sql.exec("DELETE FROM outbox WHERE kind IN ('trace', 'spans')")
}

/** What may be left of a run or a fork. */
const RESTS = ["outbox", "staged", "gone"] as const

/**
 * The last message of a run that is gone was acknowledged, or a fork to this id was given up.
 * @returns when what is left is given up
 */
export function eraseRest(
  storage: DurableObjectStorage,
  database: Tables,
  nowMs: number,
): number | undefined {
  if (database.has("run") || !RESTS.some((name) => database.has(name))) return undefined
  const stagedAtMs = new StagedRows(database).newestMs() ?? -Infinity
  const keptUntilMs = Math.max(stagedAtMs + STAGED_MS_MAX, new GoneRows(database).untilMs() ?? 0)
  if (keptUntilMs > nowMs) return keptUntilMs
  if (isNothingOwed(database)) eraseAll(storage, database)
  return undefined
}

function isNothingOwed(database: Tables): boolean {
  return (
    !database.has("outbox") ||
    database.sql.exec("SELECT 1 FROM outbox LIMIT 1").toArray().length === 0
  )
}

function eraseAll(storage: DurableObjectStorage, database: Tables): void {
  // Whether the alarm goes with the rest is the platform's choice, by its date.
  watch(storage.deleteAlarm())
  watch(storage.deleteAll())
  database.changed()
}

/** What the store refuses breaks the output gate and resets the object: the run is there as before. */
function watch(written: Promise<void>): void {
  written.catch((error: unknown) => logFailure("The object could not be cleared.", error, {}))
}
