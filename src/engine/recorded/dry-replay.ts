// Dry replay: a recorded run fed to the code at hand, without effects: does the code still do what was recorded?
// Owns: the answer. Must not touch: files, the network; no step is called, nothing is written, no clock is asked.
//   Y1. The same machine as in an object, hence the same rules: digests, order, cancellations, operators' records.
//   Y2. It stops at the journal's end, and says what the code would do there without doing it.

import { decode } from "../values/codec.ts"
import { divergenceAt } from "../machine/divergence.ts"
import type { Halt } from "../errors.ts"
import { inputDigest } from "../values/input-digest.ts"
import type { JournalRecord, Outcome } from "../ports/journal.ts"
import { Machine, type DriveResult } from "../machine/machine.ts"
import type { Ports, Wait } from "../ports/ports.ts"
import type { RecordedRun } from "./recorded-run.ts"
import { JournalEnd, RecordedStore } from "./recorded-store.ts"
import type { Registry, WorkflowFunction } from "../workflow/registry.ts"
import { isFinal } from "../ports/run-status.ts"

/** What the code would do where the journal ends. */
export type NextMove =
  | { readonly type: "waits"; readonly for: readonly Wait[] }
  /** It would append this record, and then do what it says: begin an attempt, open a timer, … */
  | { readonly type: "records"; readonly record: JournalRecord }
  | { readonly type: "ends"; readonly outcome: Outcome }
  | { readonly type: "continuesAsNew" }
  | { readonly type: "halts"; readonly halt: Halt }

export type DryReplay =
  | { readonly type: "fits"; readonly next: NextMove }
  /** `halt` is what the run would halt with: path, seq, expected and found stand in its details. */
  | { readonly type: "diverges"; readonly halt: Halt }
  /** The workflow or its version is not in the code at hand. */
  | { readonly type: "missing"; readonly halt: Halt }
  /** Whether it fits cannot be told. */
  | { readonly type: "unclear"; readonly message: string }

export interface DryReplayOptions {
  /** Instead of the version the run is pinned to. */
  readonly version?: number | undefined
  /** What the workflow's body is given for its dependencies; nothing unless given. */
  readonly dependencies?: Readonly<Record<string, unknown>> | undefined
}

/** Replays one recorded run; what every entry of a Worker carries under `DRY_REPLAY`. */
export type DryReplayer = (recorded: RecordedRun, options?: DryReplayOptions) => DryReplay

/**
 * Under this name the object class of a Worker carries its `DryReplayer`: the platform needs the class exported, so
 * whoever loads an entry finds there the registry and the engine that belong to it.
 */
export const DRY_REPLAY = Symbol.for("belay.dryReplay")

/** Slices in a row without a record taken, after which the code is taken for one that never yields an operation. */
const IDLE_SLICES_MAX = 20

export function dryReplay(
  registry: Registry,
  recorded: RecordedRun,
  options: DryReplayOptions = {},
): DryReplay {
  const { run } = recorded
  const version = options.version ?? run.version
  const workflow = registry.find(run.workflow, version)
  if (workflow === undefined) {
    return { type: "missing", halt: registry.missing(run.workflow, version) }
  }
  const store = new RecordedStore(recorded.records, recorded.rows)
  const machine = new Machine(portsOf(registry, store, options), machineRun(recorded), workflow.fn)
  const next = moveAfter(machine, store, recorded.records)
  if (next === undefined) {
    return { type: "unclear", message: "The code goes on for ever without an operation." }
  }
  const halt = divergence(recorded, machine, next)
  if (halt === undefined) return { type: "fits", next }
  if (isAboutHiddenToken(recorded, halt)) {
    const message = `At path "${pathOf(halt)}" the input differs, and the tokens of promises are masked in this file; export it with a token of role "operate".`
    return { type: "unclear", message }
  }
  return { type: "diverges", halt }
}

/** Drives to the journal's end; `undefined` when that is never reached. */
function moveAfter(
  machine: Machine,
  store: RecordedStore,
  records: readonly JournalRecord[],
): NextMove | undefined {
  try {
    for (let idleSlices = 0; idleSlices < IDLE_SLICES_MAX;) {
      const before = machine.log.lastSeq
      const result = machine.drive(false)
      if (result.type !== "yield") return moveOf(result, store)
      idleSlices = machine.log.lastSeq === before ? idleSlices + 1 : 0
    }
    return undefined
  } catch (error) {
    if (!(error instanceof JournalEnd)) throw error
    const { record } = error
    // Only the first record of an entry says what it is.
    const first = records.find(({ path, kind }) => path === record.path && kind !== "operator")
    return { type: "records", record: { kind: first?.kind, name: first?.name, ...record } }
  }
}

function moveOf(
  result: Exclude<DriveResult, { readonly type: "yield" }>,
  store: RecordedStore,
): NextMove {
  switch (result.type) {
    case "blocked":
      return { type: "waits", for: store.waitsAtTheEnd }
    case "ended":
      return { type: "ends", outcome: result.outcome }
    case "halted":
      return { type: "halts", halt: result.halt }
    case "continued":
      return { type: "continuesAsNew" }
  }
}

/** Where the code and the record part ways; `undefined` when they do not. */
function divergence(recorded: RecordedRun, machine: Machine, next: NextMove): Halt | undefined {
  if (next.type === "halts") {
    const { halt } = next
    if (halt.code === "divergence") return halt
    // It stands still where the recorded run went on.
    const left = machine.log.peek()
    if (left !== undefined) return divergenceAt(left, undefined, `${halt.code}: ${halt.message}`)
  }
  return isFinal(recorded.run.status) ? differentEnd(recorded, next) : undefined
}

/** Of a run that has ended: the code goes on where it ended, or ends otherwise. */
function differentEnd(recorded: RecordedRun, next: NextMove): Halt | undefined {
  const { run, texts } = recorded
  // One that was killed, or cancelled before it began, did not end by itself.
  if (run.startedAtMs === undefined || wasKilled(texts.error)) return undefined
  const text = run.status === "completed" ? texts.result : texts.error
  if (next.type === "ends" && next.outcome.state === run.status) {
    const isSame = text === undefined || digestOf(text) === digestOf(next.outcome.text)
    if (isSame) return undefined
  }
  const found = next.type === "records" ? next.record : undefined
  const goesOn = found === undefined ? "" : `: it goes on with ${describe(found)}`
  const does =
    next.type === "ends" ? `ends ${next.outcome.state}, but otherwise` : `does not end${goesOn}`
  return {
    code: "divergence",
    message: `The recorded run has ended ${run.status} after record ${run.lastSeq}; with this code it ${does}.`,
    details: {
      path: found?.path ?? "",
      seq: run.lastSeq + 1,
      difference: "end",
      expected: null,
      found: found === undefined ? null : { kind: found.kind ?? null, name: found.name ?? null },
    },
  }
}

function wasKilled(errorText: string | undefined): boolean {
  const error = errorText === undefined ? undefined : decode(errorText)
  return error instanceof Error && (error as { code?: unknown }).code === "killed"
}

/** As promise 10 compares inputs: errors without their stack. */
function digestOf(text: string): number {
  return inputDigest([decode(text)])
}

function describe({ type, kind, name, path }: JournalRecord): string {
  return `${kind ?? type} ${name ?? ""}`.trim() + ` at "${path}"`
}

/** Where tokens are masked, an input that holds one cannot be recognised. */
function isAboutHiddenToken({ run, records }: RecordedRun, halt: Halt): boolean {
  const { difference } = halt.details as { difference?: unknown }
  return (
    run.masked === true &&
    difference === "input" &&
    records.some(({ kind, type }) => kind === "promise" && type === "open")
  )
}

function pathOf(halt: Halt): string {
  return String((halt.details as { path?: unknown }).path)
}

function machineRun({ run, texts }: RecordedRun): ConstructorParameters<typeof Machine>[1] {
  return {
    id: run.id,
    incarnation: run.incarnation,
    generation: run.generation,
    createdAtMs: run.createdAtMs,
    inputText: texts.generationInput ?? texts.input ?? "[]",
    deadlineMs: undefined,
    faults: run.faults,
    isFresh: false,
  }
}

/** A world in which nothing ever falls due, and nobody hears anything. */
function portsOf(
  registry: Registry,
  store: RecordedStore,
  { dependencies = {} }: DryReplayOptions,
): Ports {
  return {
    store,
    clock: { nowMs: () => 0 },
    entropy: { random: () => 0, uuid: () => "", promiseToken: () => "" },
    host: {
      wake: () => undefined,
      dependency: (name) => dependencies[name],
      workflowName: (fn) => registry.nameOf(fn as WorkflowFunction),
      crash: () => undefined,
      undoStretch: () => undefined,
      log: () => undefined,
    },
  }
}
