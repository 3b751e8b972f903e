// Check determinism: a workflow's journal replayed from every beginning of it, each time under another clock and luck.
// Owns: the comparison of what the code does next with what was recorded. Must not touch: how it is replayed (dry-replay.ts).
//   M1. No step is called again: what is checked is the workflow's body alone.

import type { ResultOf, WorkflowFunction } from "../engine/workflow/context.ts"
import { dryReplay, type DryReplay } from "../engine/recorded/dry-replay.ts"
import type { JournalRecord } from "../engine/ports/journal.ts"
import type { RecordedRun } from "../engine/recorded/recorded-run.ts"
import { BodyWatch } from "./body-watch.ts"
import { counted } from "./counted.ts"
import { workflowsOf } from "./family.ts"
import { divergenceFinding, FindingsError, sightingFinding, type Finding } from "./findings.ts"
import { checkOptions, inputList, nameOf, type GivenInput } from "./given.ts"
import { KnownWorkflows } from "./known-workflows.ts"
import { recordedRun } from "./recording.ts"
import {
  patienceOf,
  rehearse,
  RUN_OPTIONS,
  viewOf,
  type WorkflowRun,
  type WorkflowTestOptions,
} from "./run-workflow.ts"
import { StepDoubles } from "./step-doubles.ts"
import { encode } from "../engine/values/codec.ts"

export interface DeterminismReport<Result = unknown> {
  readonly ok: boolean
  readonly workflow: string
  /** Replays that were made: one from each beginning of the journal. */
  readonly replays: number
  readonly findings: readonly Finding[]
  /** The run that was recorded and replayed. */
  readonly run: WorkflowRun<Result>
}

/**
 * Runs the workflow once and replays what it recorded.
 * @returns the report, when every replay did what was recorded
 * @throws FindingsError with everything that was found
 */
export async function checkDeterminism<F extends WorkflowFunction>(
  workflow: F,
  input?: GivenInput<F>,
  options: WorkflowTestOptions = {},
): Promise<DeterminismReport<ResultOf<F>>> {
  checkOptions("checkDeterminism", workflow, options, RUN_OPTIONS)
  const list = inputList(workflow, input)
  const fields = { isShifting: true }
  const rehearsal = await rehearse(workflow, list, options, fields, patienceOf(options))
  const run = viewOf(rehearsal, list, options) as WorkflowRun<ResultOf<F>>
  const { root } = rehearsal.family
  const recorded = recordedRun(root, encode(list), options.version ?? 1)
  const watch = new BodyWatch(() => root.nowMs, true)
  const code = watchedCode(workflow, options, watch)
  const beginnings = beginningsOf(recorded)
  let divergence: Finding | undefined
  for (const beginning of beginnings) {
    watch.nextLife()
    const replayed = dryReplay(code, beginning, { dependencies: options.dependencies })
    divergence ??= findingOf(replayed, recorded, beginning)
  }
  const findings = new Map<string, Finding>()
  for (const sighting of [...root.sightings, ...watch.sightings]) {
    const finding = sightingFinding(nameOf(workflow), sighting)
    findings.set(finding.message, finding)
  }
  const found = [...findings.values(), ...(divergence === undefined ? [] : [divergence])]
  const report = {
    ok: found.length === 0,
    workflow: nameOf(workflow),
    replays: beginnings.length,
    findings: found,
    run,
  }
  if (report.ok) return report
  throw new FindingsError(
    `Workflow "${nameOf(workflow)}" does not do the same on every replay: ${counted(found.length, "finding")} in ${counted(beginnings.length, "replay")}.`,
    found,
    report,
  )
}

/** The workflow as it was recorded: with its mocks, none of which is called, and watched. */
function watchedCode(
  workflow: WorkflowFunction,
  { steps = {}, version = 1, children }: WorkflowTestOptions,
  watch: BodyWatch,
): KnownWorkflows {
  const doubles = new StepDoubles({ mocks: steps, byHand: [], instruments: { watch } })
  const body = workflow as unknown as (...input: unknown[]) => Generator<unknown, unknown, never>
  const known = new KnownWorkflows()
  known.register(
    nameOf(workflow),
    function* watched(ctx, ...input) {
      return yield* watch.around(() => body(doubles.contextOf(ctx), ...input))
    },
    { version },
  )
  for (const [name, child] of Object.entries(workflowsOf({ children }))) {
    if (!known.has(name)) known.register(name, child)
  }
  return known
}

/** The run when so many of its records stood in the journal: from none to all of them. */
function beginningsOf(recorded: RecordedRun): RecordedRun[] {
  const { run, texts, records, rows } = recorded
  // A fold's records may be gone, and then there is nothing to cut.
  const hasFolds = rows.some(({ type }) => type === "fold")
  const parts = hasFolds
    ? []
    : records.map((_, count): RecordedRun => {
        const { result: _result, error: _error, ...others } = texts
        const { endedAtMs: _endedAtMs, ...line } = run
        return {
          run: { ...line, status: "suspended", lastSeq: records[count - 1]?.seq ?? 0 },
          texts: others,
          records: records.slice(0, count),
          rows: [],
        }
      })
  return [...parts, recorded]
}

function findingOf(
  replayed: DryReplay,
  { records }: RecordedRun,
  beginning: RecordedRun,
): Finding | undefined {
  const count = beginning.records.length
  const when = `found when ${count} of ${records.length} records were replayed`
  switch (replayed.type) {
    case "missing":
    case "diverges":
      return divergenceFinding(replayed.halt, when)
    case "unclear":
      return divergenceFinding(replayed, when)
    case "fits":
      break
  }
  const expected = records[count]
  // What comes from outside comes when it comes; only what the workflow asks for is its own.
  if (expected?.kind === undefined || !expected.inline) return undefined
  const { next } = replayed
  const found = next.type === "records" ? next.record : undefined
  if (found !== undefined && isSame(expected, found)) return undefined
  const what = found === undefined ? `it ${next.type}` : `it records ${inputOf(found)}`
  const message = `At path "${expected.path}" it recorded ${inputOf(expected)}; replayed, ${what}.`
  const details = {
    path: expected.path,
    expected: shortOf(expected),
    found: found === undefined ? null : shortOf(found),
  }
  return divergenceFinding({ message, details }, when)
}

function isSame(left: JournalRecord, right: JournalRecord): boolean {
  return (
    left.path === right.path &&
    left.kind === right.kind &&
    left.name === right.name &&
    left.digest === right.digest
  )
}

function shortOf({ kind, name }: JournalRecord) {
  return { kind: kind ?? null, name: name ?? null }
}

/** Inputs are told apart by their digests, which is all that a journal keeps of them. */
function inputOf({ kind, name, path, digest }: JournalRecord): string {
  return `${kind ?? ""} ${name ?? ""}`.trim() + ` at "${path}" (digest of the input ${digest})`
}
