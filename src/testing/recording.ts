// Recording: a run in memory as the file that an export of a deployed run is.
// Owns: which lines there are. Must not touch: what a line is (engine/recorded/export-line.ts).

import { encode } from "../engine/values/codec.ts"
import {
  EXPORT_FORMAT,
  type ClosingLine,
  type ExportLine,
  type RowLine,
  type RunLine,
} from "../engine/recorded/export-line.ts"
import type { RecordedRun } from "../engine/recorded/recorded-run.ts"
import { isFinal } from "../engine/ports/run-status.ts"
import type { MemberRun } from "./member-run.ts"

/** @param version the one that the workflow is registered under */
export function recordedRun(run: MemberRun, inputText: string, version: number): RecordedRun {
  const { memory, status, end } = run
  const { journal, generation, cancel, folds, published } = memory
  const createdAtMs = run.createdMs
  const line: RunLine = {
    type: "run",
    format: EXPORT_FORMAT,
    exportedAtMs: run.nowMs,
    id: run.id,
    incarnation: "test",
    workflow: run.workflow,
    version,
    status,
    generation,
    epoch: 0,
    lastSeq: journal.at(-1)?.seq ?? 0,
    createdAtMs,
    startedAtMs: createdAtMs,
    ...(isFinal(status) && { endedAtMs: run.nowMs }),
    tags: {},
    faults: [],
  }
  const texts: RecordedRun["texts"] = {
    input: inputText,
    ...(generation > 0 && { generationInput: memory.inputText }),
    ...(end?.state === "completed" && { result: end.text }),
    ...(end !== undefined && end.state !== "completed" && { error: end.text }),
    ...(run.halt !== undefined && { halt: JSON.stringify(run.halt) }),
    ...(cancel !== undefined && { cancel: encode(cancel) }),
  }
  const rows: RowLine[] = [
    ...run.waitingFor.map((wait) => ({ type: "wait" as const, ...wait })),
    ...[...published].map(([name, text]) => ({ type: "state" as const, name, text })),
    ...[...folds.values()].map(({ id, count, lastSeq, text }) => ({
      type: "fold" as const,
      id,
      count,
      lastSeq,
      text,
    })),
  ]
  return { run: line, texts, records: journal, rows }
}

/** The same as JSON lines. */
export function exportText({ run, texts, records, rows }: RecordedRun): string {
  const values = Object.entries(texts) as [keyof RecordedRun["texts"], string][]
  const lines: (ExportLine | ClosingLine)[] = [
    run,
    ...values.map(([name, text]) => ({ type: "value" as const, name, text })),
    ...rows,
    ...records.map((record) => ({ type: "record" as const, record })),
    { type: "end", records: records.length },
  ]
  return lines.map((line) => `${JSON.stringify(line)}\n`).join("")
}
