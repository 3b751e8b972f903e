// Run workflow: a workflow run in memory from its start to its end, with mocks, messages and a clock that skips waits.
// Owns: what a test writes and what it gets. Must not touch: how the run is played (rehearsal.ts).

import { decode, encode } from "../engine/values/codec.ts"
import type { InputOf, ResultOf, WorkflowFunction } from "../engine/workflow/context.ts"
import type { Halt } from "../engine/errors.ts"
import type { RunStatus } from "../engine/ports/run-status.ts"
import type { Patience } from "./family.ts"
import { entriesOf, type JournalEntry } from "./journal-view.ts"
import type { MemberRun, MemberFields } from "./member-run.ts"
import type { StepMock } from "./mocks.ts"
import { checkOptions, inputList, type GivenInput } from "./given.ts"
import type { GivenCancel, GivenMessages, GivenSettlement, Happening } from "./moments.ts"
import { exportText, recordedRun } from "./recording.ts"
import { Rehearsal } from "./rehearsal.ts"
import type { StepCall } from "./instruments.ts"
import type { TestRun, UpdateState } from "./test-run.ts"

export interface WorkflowTestOptions {
  /** Mocks by the step's name in the journal; steps without one run as they are. */
  readonly steps?: Readonly<Record<string, StepMock>> | undefined
  /** Child workflows by name: a workflow runs in memory, anything else is a mock of it. */
  readonly children?: Readonly<Record<string, StepMock>> | undefined
  readonly signals?: GivenMessages | undefined
  readonly updates?: GivenMessages | undefined
  readonly promises?: readonly GivenSettlement[] | undefined
  readonly cancel?: GivenCancel | undefined
  readonly during?: ((run: TestRun<WorkflowFunction>) => void | Promise<void>) | undefined
  readonly dependencies?: Readonly<Record<string, unknown>> | undefined
  /** The run's own deadline. */
  readonly timeoutMs?: number | undefined
  /** When the run is created; 2026-01-01 unless given. */
  readonly nowMs?: number | undefined
  /** The run's id; "test-run" unless given. */
  readonly id?: string | undefined
  /** The version that stands in `exported`; 1 unless given. */
  readonly version?: number | undefined
  /** Virtual time after which nobody looks any further. */
  readonly untilMs?: number | undefined
  /** Attempts of one step after which nobody looks any further; 50 unless given. */
  readonly attemptsMax?: number | undefined
  /** Real time after which a step that has not ended is taken to hang; 1,000 unless given. */
  readonly patienceMs?: number | undefined
}

export interface WaitingFor {
  /** `step`: an attempt of it has begun and not ended. */
  readonly kind: "timer" | "retry" | "signal" | "update" | "promise" | "child" | "step"
  readonly path: string
  readonly name?: string
  /** Virtual time. */
  readonly untilMs?: number
}

export interface WorkflowRun<Result = unknown> {
  readonly id: string
  readonly workflow: string
  readonly status: RunStatus
  /** What the workflow returned; `undefined` unless it has completed. */
  readonly result: Result | undefined
  /** What it threw; `undefined` unless it failed, was cancelled or timed out. */
  readonly error: unknown
  /** Why it stands still; `undefined` unless it is halted. */
  readonly halt: Halt | undefined
  readonly journal: readonly JournalEntry[]
  /** Every call of a step in order; behind those of the run itself those of its children. */
  readonly calls: readonly StepCall[]
  /** What it has published, by name. */
  readonly published: Readonly<Record<string, unknown>>
  /** Virtual time that has passed. */
  readonly elapsedMs: number
  readonly waitingFor: readonly WaitingFor[]
  readonly generation: number
  readonly updates: readonly ({ readonly name: string; readonly value: unknown } & UpdateState)[]
  /** Messages that found no moment. */
  readonly undelivered: readonly Happening[]
  /** Names in `steps` and `children` that nothing has asked for: not come to, or misspelt. */
  readonly unused: readonly string[]
  readonly children: readonly WorkflowRun[]
  /** Why nobody looked any further, although the run would have gone on; `undefined` when it would not. */
  readonly stopped: string | undefined
  /** The run as the file that an export is, for `replayJournal`. */
  readonly exported: string
}

export const RUN_OPTIONS: ReadonlySet<string> = new Set(
  "steps children signals updates promises cancel during dependencies timeoutMs nowMs id version untilMs attemptsMax patienceMs".split(
    " ",
  ),
)

/**
 * Runs a workflow in memory. It never throws for what the run does: a run that fails, halts or waits for ever is a
 * result like any other.
 * @param input the arguments after `ctx`, as a list; a single one may stand alone unless it is a list itself
 * @throws TypeError for options that cannot be obeyed
 */
export async function runWorkflow<F extends WorkflowFunction>(
  workflow: F,
  input?: GivenInput<F>,
  options: WorkflowTestOptions = {},
): Promise<WorkflowRun<ResultOf<F>>> {
  checkOptions("runWorkflow", workflow, options, RUN_OPTIONS)
  const list = inputList(workflow, input)
  const rehearsal = await rehearse(
    workflow,
    list,
    options,
    { isShifting: false },
    patienceOf(options),
  )
  return viewOf(rehearsal, list, options) as WorkflowRun<ResultOf<F>>
}

export function patienceOf({ patienceMs = 1_000 }: WorkflowTestOptions): Patience {
  return { turns: Math.max(1, patienceMs), hanging: new Set() }
}

export function rehearse(
  workflow: WorkflowFunction,
  input: readonly unknown[],
  options: WorkflowTestOptions,
  fields: MemberFields,
  patience: Patience,
): Promise<Rehearsal> {
  const { steps = {}, ...others } = options
  const { id, nowMs, timeoutMs, dependencies, ...rest } = others
  const given = {
    ...rest,
    mocks: steps,
    input: input as InputOf<WorkflowFunction>,
    ...(id !== undefined && { id }),
    ...(nowMs !== undefined && { nowMs }),
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(dependencies !== undefined && { dependencies }),
  }
  return Rehearsal.of(workflow, given, fields, patience)
}

export function viewOf(
  rehearsal: Rehearsal,
  input: readonly unknown[],
  options: WorkflowTestOptions,
): WorkflowRun {
  const { version = 1 } = options
  const { family, stopped, elapsedMs, updates, undelivered } = rehearsal
  const { root, members } = family
  const children = members.filter((member) => member !== root)
  return {
    ...memberView(root, encode(input), version),
    calls: members.flatMap(({ calls }) => calls),
    elapsedMs,
    updates,
    undelivered,
    unused: unusedOf(members, options),
    stopped,
    children: children.map((child) => ({
      ...memberView(child, child.memory.inputText, 1),
      calls: child.calls,
      elapsedMs,
      updates: [],
      undelivered: [],
      unused: [],
      stopped: undefined,
      children: [],
    })),
  }
}

/** Names of mocks that nothing has asked for. */
function unusedOf(
  members: readonly MemberRun[],
  { steps = {}, children = {} }: WorkflowTestOptions,
): string[] {
  const asked = new Set(
    members.flatMap(({ calls, journal, workflow, startedChildren }) => [
      workflow,
      ...[...calls, ...journal].map(({ name }) => name),
      ...startedChildren.map((child) => child.workflow),
    ]),
  )
  return [...Object.keys(steps), ...Object.keys(children)].filter((name) => !asked.has(name))
}

type MemberView = Omit<
  WorkflowRun,
  "calls" | "elapsedMs" | "updates" | "undelivered" | "unused" | "stopped" | "children"
>

function memberView(run: MemberRun, inputText: string, version: number): MemberView {
  const { id, workflow, status, error, halt, generation, end, memory } = run
  return {
    id,
    workflow,
    status,
    result: end?.state === "completed" ? decode(end.text) : undefined,
    error,
    halt,
    generation,
    journal: entriesOf(run.journal),
    published: Object.fromEntries(
      [...memory.published].map(([name, text]) => [name, decode(text)]),
    ),
    waitingFor: run.hasStopped ? [] : waitsOf(run),
    exported: exportText(recordedRun(run, inputText, version)),
  }
}

function waitsOf(run: MemberRun): WaitingFor[] {
  const waits = run.waitingFor.flatMap(({ kind, path, name, dueMs }): WaitingFor[] =>
    kind === "timeout"
      ? []
      : [
          {
            kind,
            path,
            ...(name !== undefined && { name }),
            ...(dueMs !== undefined && { untilMs: dueMs }),
          },
        ],
  )
  const children = run.startedChildren.map(({ path, workflow }): WaitingFor => ({
    kind: "child",
    path,
    name: workflow,
  }))
  const steps = run.attemptsAtWork.map(({ path, name }): WaitingFor => ({
    kind: "step",
    path,
    name,
  }))
  return [...waits, ...children, ...steps]
}
