// Run view: a run as JSON.
// Owns: the fields of a run in an answer. Must not touch: how values and errors look (value-view, error-view).

import type { RunRecord, RunReplays, WaitingFor } from "../engine/ports/runs.ts"
import { viewError, viewHalt } from "./error-view.ts"
import { viewValue, type View } from "./value-view.ts"

/** An instant as ISO 8601 text in UTC, with milliseconds. */
export function viewTime(atMs: number): string {
  return new Date(atMs).toISOString()
}

export function viewRun(run: RunRecord, view: View): Record<string, unknown> {
  return {
    id: run.id,
    workflow: run.workflow,
    version: run.version,
    status: run.status,
    input: viewValue(run.inputText, view),
    ...(run.resultText !== undefined && { result: viewValue(run.resultText, view) }),
    ...errorOf(run, view),
    createdAt: viewTime(run.createdAtMs),
    ...(run.startedAtMs !== undefined && { startedAt: viewTime(run.startedAtMs) }),
    ...(run.endedAtMs !== undefined && { endedAt: viewTime(run.endedAtMs) }),
    ...(run.parent !== undefined && { parent: run.parent }),
    tags: run.tags,
    ...(run.waitingFor.length > 0 && {
      waitingFor: run.waitingFor.map((waiting) => viewWaiting(waiting, view)),
    }),
    rows: run.rows,
    ...(run.replays !== undefined && { replays: viewReplays(run.replays) }),
    ...(run.generation > 0 && { generation: run.generation }),
    ...(run.unconsumedSignals !== undefined && { unconsumedSignals: run.unconsumedSignals }),
  }
}

function errorOf(run: RunRecord, view: View): { error?: unknown } {
  if (run.halt !== undefined) return { error: viewHalt(run.halt, view) }
  return run.errorText === undefined ? {} : { error: viewError(run.errorText, view) }
}

function viewReplays({ count, last }: RunReplays): unknown {
  return { count, last: last.map(({ atMs, entries }) => ({ at: viewTime(atMs), entries })) }
}

function viewWaiting(waiting: WaitingFor, view: View): Record<string, unknown> {
  return {
    kind: waiting.kind,
    path: waiting.path,
    ...(waiting.name !== undefined && { name: waiting.name }),
    ...(waiting.untilMs !== undefined && { until: viewTime(waiting.untilMs) }),
    ...(waiting.id !== undefined && { id: waiting.id }),
    ...(waiting.status !== undefined && { status: waiting.status }),
    ...(view.privileged && waiting.token !== undefined && { token: waiting.token }),
  }
}
