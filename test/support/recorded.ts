// Recorded: a world's run as an exported file would tell it, and dry-run against whatever code a test has.
// Owns: the lines. They pass through text, so that nothing alive crosses from one life to the other.

import { encode } from "../../src/engine/values/codec.ts"
import { dryReplay, type DryReplay } from "../../src/engine/recorded/dry-replay.ts"
import type {
  ClosingLine,
  ExportLine,
  RowLine,
  RunLine,
} from "../../src/engine/recorded/export-line.ts"
import type { JournalRecord, Outcome } from "../../src/engine/ports/journal.ts"
import { RecordedRunReader, type RecordedRun } from "../../src/engine/recorded/recorded-run.ts"
import { Registry, type WorkflowFunction } from "../../src/engine/workflow/registry.ts"
import { CREATED_AT_MS } from "./run-process.ts"
import type { World } from "./world.ts"

export function linesOf(
  records: readonly JournalRecord[],
  input: readonly unknown[] = [],
  run: Partial<RunLine> = {},
  outcome?: Outcome,
  rows: readonly RowLine[] = [],
): (ExportLine | ClosingLine)[] {
  const head: RunLine = {
    type: "run",
    format: 1,
    exportedAtMs: CREATED_AT_MS,
    id: "run",
    incarnation: "incarnation",
    workflow: "workflow",
    version: 1,
    status: outcome?.state ?? "suspended",
    generation: 0,
    epoch: 0,
    lastSeq: records.at(-1)?.seq ?? 0,
    createdAtMs: CREATED_AT_MS,
    startedAtMs: CREATED_AT_MS,
    tags: {},
    faults: [],
    ...run,
  }
  const end: ExportLine[] =
    outcome === undefined
      ? []
      : [
          {
            type: "value",
            name: outcome.state === "completed" ? "result" : "error",
            text: outcome.text,
          },
        ]
  return [
    head,
    { type: "value", name: "input", text: encode(input) },
    ...end,
    ...rows,
    ...records.map((record) => ({ type: "record" as const, record })),
    { type: "end", records: records.length },
  ]
}

export function readLines(lines: readonly unknown[]): RecordedRun {
  const reader = new RecordedRunReader()
  for (const line of lines) reader.add(JSON.stringify(line))
  return reader.end()
}

/** The world's run, its first records alone if there should be fewer. */
export function recordedOf(
  world: World,
  run: Partial<RunLine> = {},
  records?: number,
): RecordedRun {
  const journal = world.journal.slice(0, records)
  const isWhole = journal.length === world.journal.length
  const outcome = isWhole && world.result.type === "ended" ? world.outcome : undefined
  const head = { generation: world.generation, ...run }
  const folds = world.store
    .foldsAmong(journal)
    .map(({ id, count, lastSeq, text }) => ({ type: "fold" as const, id, count, lastSeq, text }))
  return readLines(linesOf(journal, world.input, head, outcome, folds))
}

/** What becomes of the run with this code. */
export function dryRun(recorded: RecordedRun, fn: WorkflowFunction, version = 1): DryReplay {
  const registry = new Registry()
  registry.register("workflow", fn, { version })
  return dryReplay(registry, recorded)
}
