// Run record: the run as it is shown to others: its row, and what it waits for.
// Owns: the shape that leaves the object. Must not touch: how it is rendered as JSON (http/).

import { utf8Bytes } from "../../engine/values/codec.ts"
import type { Wait } from "../../engine/ports/ports.ts"
import { isFinal, type RunRecord, type WaitingFor } from "../../engine/ports/runs.ts"
import type { CountedSql } from "../store/counted-sql.ts"
import { shownHold } from "../driver/run-begin.ts"
import type { RunRow } from "../store/stored-run.ts"
import type { RunTables } from "../store/sqlite-run-store.ts"

export function runRecord(
  row: RunRow,
  tables: RunTables,
  counted: Pick<CountedSql, "rows">,
): RunRecord {
  const { halt, startedAtMs, endedAtMs, resultText, errorText, unconsumedSignals, replays } = row
  return {
    id: row.id,
    workflow: row.workflow,
    version: row.version,
    status: row.status,
    inputText: row.inputText,
    createdAtMs: row.createdAtMs,
    tags: row.tags,
    generation: row.generation,
    incarnation: row.incarnation,
    waitingFor: isFinal(row.status) ? [] : waitingFor(row, tables),
    rows: counted.rows,
    ...(replays === undefined ? {} : { replays }),
    ...(resultText === undefined ? {} : { resultText }),
    ...(errorText === undefined ? {} : { errorText }),
    ...(row.parent === undefined ? {} : { parent: { id: row.parent.id, path: row.parent.path } }),
    ...(halt === undefined ? {} : { halt }),
    ...(startedAtMs === undefined ? {} : { startedAtMs }),
    ...(endedAtMs === undefined ? {} : { endedAtMs }),
    ...(unconsumedSignals === undefined ? {} : { unconsumedSignals }),
  }
}

/** A record on its way out of the object; `input` has the input when it is left out here. */
export type SentRecord = Omit<RunRecord, "inputText"> & { readonly inputText?: string }

/** A call sends 32 MiB at the most: an input and a result may each take half of it, with nothing left for the rest. */
const SENT_BYTES_MAX = 24 * 1024 * 1024

export function sent(record: RunRecord): SentRecord {
  const { inputText, resultText = "", errorText = "" } = record
  const units = inputText.length + resultText.length + errorText.length
  if (units * 3 <= SENT_BYTES_MAX) return record
  const bytes = utf8Bytes(inputText) + utf8Bytes(resultText) + utf8Bytes(errorText)
  if (bytes <= SENT_BYTES_MAX) return record
  const { inputText: _leftOut, ...rest } = record
  return rest
}

function waitingFor(row: RunRow, tables: RunTables): WaitingFor[] {
  const hold = shownHold(row)
  if (hold !== undefined) {
    const { key, untilMs } = hold
    const name = key === undefined ? {} : { name: key }
    return [{ kind: "start", path: "", ...name, ...(untilMs === undefined ? {} : { untilMs }) }]
  }
  const waits = tables.waits.all()
  const tokens = waits.some((wait) => wait.kind === "promise")
    ? tables.promises.openTokens(row.generation)
    : new Map<string, string>()
  return [...waits.flatMap((wait) => shown(wait, tokens.get(wait.path))), ...children(row, tables)]
}

/** Children shown at once: a large fan-out would fill every answer. */
const CHILDREN_SHOWN_MAX = 100

function children(row: RunRow, tables: RunTables): WaitingFor[] {
  const { generation } = row
  return tables.family.children
    .underWay(generation, CHILDREN_SHOWN_MAX)
    .filter(({ close }) => close !== "detached")
    .map(({ path, workflow, id, status }) => ({
      kind: "child" as const,
      path,
      name: workflow,
      id,
      ...(status === undefined ? {} : { status }),
    }))
}

function shown(wait: Wait, token: string | undefined): WaitingFor[] {
  // A step's own deadline is a limit, not something the run waits for.
  if (wait.kind === "timeout") return []
  return [
    {
      kind: wait.kind,
      path: wait.path,
      ...(wait.name === undefined ? {} : { name: wait.name }),
      ...(wait.dueMs === undefined ? {} : { untilMs: wait.dueMs }),
      ...(token === undefined ? {} : { token }),
    },
  ]
}
