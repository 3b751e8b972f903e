// Entry-of: the entry an operation becomes at a path: its kind, name and fingerprint.
// Owns: the mapping from what a workflow may yield to what the journal calls it. Pure but for the value it makes later.

import { encode } from "../values/codec.ts"
import type { Core } from "./core.ts"
import { Fold } from "../folds/fold.ts"
import { kindOfFunction } from "../workflow/function-kind.ts"
import { inputDigest } from "../values/input-digest.ts"
import type { EntryKind } from "../ports/journal.ts"
import {
  type AnyFunction,
  type CompositeKind,
  type Operation,
  type OperationSpec,
  type StepOptions,
} from "../workflow/operation.ts"
import { InvalidOperationError } from "../errors.ts"
import { INPUT_BYTES_MAX } from "../limits.ts"
import { freshInput } from "../steps/step-input.ts"
import { Entry, type EntryBody, type Fiber } from "./tree.ts"

/** What an entry is, whatever its place. */
interface Description {
  readonly kind: EntryKind
  readonly name?: string
  readonly input?: readonly unknown[]
  readonly body: EntryBody
  readonly timeoutMs?: number | undefined
}

/** @param calls counts calls by step name, for faults; only kept when the run has some. */
export function entryOf(
  core: Core,
  owner: Fiber,
  operation: Operation<unknown>,
  path: string,
  calls: Map<string, number>,
): Entry {
  const { kind, name, input, body, timeoutMs } = describe(core, operation.spec, calls)
  return new Entry({ path, kind, name, digest: inputDigest(input ?? []), owner, body, timeoutMs })
}

function describe(core: Core, spec: OperationSpec, calls: Map<string, number>): Description {
  switch (spec.kind) {
    case "run":
    case "begin": {
      const name = stepName(spec.fn, spec.options)
      const { fn, input, options } = spec
      const body: EntryBody =
        kindOfFunction(fn) === "generator"
          ? { type: "workflow", fn, input, isShielded: spec.isShielded === true, fiber: undefined }
          : {
              type: "step",
              fn,
              // As it is now: a later attempt must not see what the workflow has changed since.
              input: freshInput(input),
              options,
              call: core.run.faults.length === 0 ? 0 : countCall(calls, name),
              attempts: 0,
              failures: 0,
              lost: 0,
              openStartSeq: undefined,
              running: undefined,
            }
      return { kind: "step", name, input, body, timeoutMs: options.timeoutMs }
    }
    case "rpc":
    case "beginRpc":
    case "detached": {
      const { workflow: name, input, options } = spec
      return { kind: "child", name, input, body: childBody(spec), timeoutMs: options.timeoutMs }
    }
    case "reduce": {
      const { stepName: step, items } = spec
      const firstCall = core.run.faults.length === 0 ? 0 : countCall(calls, step, items.length)
      const body: EntryBody = {
        type: "fold",
        fold: new Fold(spec, firstCall),
        item: undefined,
        isTaken: false,
        isAtWork: false,
        cancelled: undefined,
      }
      return { kind: "step", name: `reduce ${step}`, input: [items.length], body }
    }
    case "value": {
      const { name } = spec
      return { kind: "step", name, body: valueBody(() => encode(valueNow(core, name))) }
    }
    case "publish": {
      const { name, value } = spec
      const body = valueBody(() => {
        core.ports.store.publish(name, encode(value))
        return "null"
      })
      return { kind: "publish", name, input: [value], body }
    }
    case "sleep": {
      const { forMs, untilMs } = spec
      const body: EntryBody = { type: "timer", forMs: forMs ?? 0, untilMs }
      return { kind: "timer", input: [forMs, untilMs], body }
    }
    case "signal": {
      const { name, timeoutMs } = spec
      return { kind: "signal", name, body: { type: "signal" }, timeoutMs }
    }
    case "receive": {
      const { name, validate, timeoutMs } = spec
      return { kind: "update", name, body: { type: "receive", validate }, timeoutMs }
    }
    case "promise":
      return { kind: "promise", body: { type: "promise", token: "" }, timeoutMs: spec.timeoutMs }
    case "composite": {
      const { composite, members, concurrency } = spec
      const body: EntryBody = {
        type: "composite",
        composite,
        members,
        concurrency: concurrency ?? Infinity,
        entries: [],
        outcomes: [],
        starting: false,
        started: 0,
        open: 0,
        decided: undefined,
        cancelled: undefined,
      }
      // What is started when depends on the bound, so another bound is another input.
      const input = concurrency === undefined ? members.keys : [...members.keys, concurrency]
      return { kind: compositeKind(composite), name: composite, input, body }
    }
    case "nothing":
      return { kind: "step", name: spec.kind, body: valueBody(() => encode(undefined)) }
    default: {
      const { kind } = spec
      const message = `"${kind}" is no operation that can be performed here.`
      const body = valueBody(() => refuse(new InvalidOperationError(message)))
      return { kind: "step", name: kind, body }
    }
  }
}

/** @param make gives the text of the value, when it is recorded */
function valueBody(make: () => string): EntryBody {
  return { type: "value", make }
}

type ChildSpec = Extract<OperationSpec, { workflow: string }>

/** An input that cannot be encoded starts no child: the entry fails instead. */
function childBody({ kind, workflow, input, options }: ChildSpec): EntryBody {
  let inputText: string
  try {
    inputText = encode(input, INPUT_BYTES_MAX)
  } catch (error) {
    return valueBody(() => refuse(error))
  }
  return {
    type: "child",
    workflow,
    inputText,
    options,
    close: options.parentClose ?? "cancel",
    isDetached: kind === "detached",
    id: "",
    attempts: 0,
    failures: 0,
    isStopped: false,
  }
}

function refuse(error: unknown): never {
  throw error
}

/** The name a step has in the journal. */
export function stepName(fn: AnyFunction, options: StepOptions): string {
  if (options.name !== undefined) return options.name
  const name: unknown = fn.name
  return typeof name === "string" && name !== "" ? name : "anonymous"
}

/** The number of the first of these calls. */
function countCall(calls: Map<string, number>, name: string, count = 1): number {
  const before = calls.get(name) ?? 0
  calls.set(name, before + count)
  return before + 1
}

function compositeKind(composite: CompositeKind): EntryKind {
  return composite === "allSettled" ? "all" : composite
}

function valueNow(core: Core, name: "date.now" | "math.random" | "uuid"): unknown {
  const { clock, entropy } = core.ports
  switch (name) {
    case "date.now":
      return clock.nowMs()
    case "math.random":
      return entropy.random()
    case "uuid":
      return entropy.uuid()
  }
}
