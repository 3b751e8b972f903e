// Card: what the index is told of a run, made from the run's own row.
// Owns: which parts of the row leave it, and how much of a message.

import { THROWN_CODE_DEFAULT } from "../../engine/errors.ts"
import { textOfThrown } from "../../engine/values/bare-error.ts"
import { decode } from "../../engine/values/codec.ts"
import type { RunCard } from "../../engine/ports/run-index.ts"
import type { RunRow } from "../store/stored-run.ts"

/** A list shows the beginning; the run's own record has the rest. */
const PROBLEM_UNITS_MAX = 300

export function cardOf(row: RunRow): RunCard {
  const { startedAtMs, endedAtMs, deleteAtMs, parent } = row
  const problem = problemOf(row)
  return {
    id: row.id,
    incarnation: row.incarnation,
    changes: row.changes,
    workflow: row.workflow,
    version: row.version,
    status: row.status,
    createdAtMs: row.createdAtMs,
    changedAtMs: row.changedAtMs,
    tags: row.tags,
    ...(startedAtMs === undefined ? {} : { startedAtMs }),
    ...(endedAtMs === undefined ? {} : { endedAtMs }),
    ...(deleteAtMs === undefined ? {} : { deleteAtMs }),
    ...(parent === undefined ? {} : { parent: { id: parent.id, path: parent.path } }),
    ...(problem === undefined ? {} : { problem }),
  }
}

function problemOf({ halt, errorText }: RunRow): RunCard["problem"] {
  if (halt !== undefined) return { code: halt.code, message: cut(halt.message) }
  if (errorText === undefined) return undefined
  const error = decode(errorText)
  const { code, message } = (typeof error === "object" && error !== null ? error : {}) as {
    readonly [part in "code" | "message"]?: unknown
  }
  return {
    code: cut(typeof code === "string" ? code : THROWN_CODE_DEFAULT),
    message: cut(typeof message === "string" ? message : textOfThrown(error)),
  }
}

/** No half of a surrogate pair at the end: it would be no UTF-8. */
function cut(text: string): string {
  if (text.length <= PROBLEM_UNITS_MAX) return text
  const last = text.charCodeAt(PROBLEM_UNITS_MAX - 1)
  return text.slice(
    0,
    last >= 0xd800 && last <= 0xdbff ? -1 + PROBLEM_UNITS_MAX : PROBLEM_UNITS_MAX,
  )
}
