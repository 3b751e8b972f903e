// Run record: the run as it is shown to others: its row, and what it waits for.
// Owns: the shape that leaves the object. Must not touch: how it is rendered as JSON (http/).

import type { Wait } from "../engine/ports.ts"
import { isFinal, type RunRecord, type WaitingFor } from "../engine/runs.ts"
import type { RunRow } from "./run-row.ts"
import type { RunTables } from "./sqlite-run-store.ts"

export function runRecord(row: RunRow, tables: RunTables): RunRecord {
  const { halt, endedAtMs, resultText, errorText, unconsumedSignals } = row
  return {
    id: row.id,
    workflow: row.workflow,
    version: row.version,
    status: row.status,
    inputText: row.inputText,
    createdAtMs: row.createdAtMs,
    startedAtMs: row.createdAtMs,
    tags: row.tags,
    generation: row.generation,
    incarnation: row.incarnation,
    waitingFor: isFinal(row.status) ? [] : waitingFor(row, tables),
    ...(resultText === undefined ? {} : { resultText }),
    ...(errorText === undefined ? {} : { errorText }),
    ...(halt === undefined ? {} : { halt }),
    ...(endedAtMs === undefined ? {} : { endedAtMs }),
    ...(unconsumedSignals === undefined ? {} : { unconsumedSignals }),
  }
}

function waitingFor(row: RunRow, tables: RunTables): WaitingFor[] {
  const waits = tables.waits.all()
  const tokens = waits.some((wait) => wait.kind === "promise")
    ? tables.mailbox.openTokens(row.generation)
    : new Map<string, string>()
  return waits.flatMap((wait) => shown(wait, tokens.get(wait.path)))
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
