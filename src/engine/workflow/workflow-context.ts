// Workflow context: the methods of `Context`: each only builds an operation, which is performed when it is yielded.
// Owns: what may be asked and what may be composed. Must not touch: time, storage, the run's state.

import {
  optionalDuration,
  requireDuration,
  requireInstant,
  requireName,
} from "./argument-checks.ts"
import { compositeOf } from "./composite-of.ts"
import {
  Options,
  type AllResults,
  type AllSettledResults,
  type CallInput,
  type CompositeOptions,
  type Context,
  type FoldOptions,
  type FoldStep,
  type ListOfOperations,
  type Message,
  type ReceiveOptions,
  type RecordOfOperations,
  type ResultOf,
  type SectionFunction,
  type SleepDuration,
  type StepFunction,
  type WaitOptions,
  type Winner,
} from "./context.ts"
import { refuseChildOptions } from "./child-options.ts"
import { InvalidOperationError } from "../errors.ts"
import { foldSpec } from "../folds/fold-spec.ts"
import { kindOfFunction } from "./function-kind.ts"
import { Operation, type AnyFunction, type CallOptions, type Future } from "./operation.ts"
import type { Host } from "../ports/ports.ts"
import type { WorkflowFunction } from "./registry.ts"

export class WorkflowContext implements Context {
  readonly id: string
  readonly #host: Pick<Host, "dependency" | "workflowName">

  constructor(id: string, host: Pick<Host, "dependency" | "workflowName">) {
    this.id = id
    this.#host = host
  }

  run<F extends StepFunction>(fn: F, ...input: CallInput<F>): Operation<ResultOf<F>> {
    return call("run", fn, input)
  }

  beginRun<F extends StepFunction>(fn: F, ...input: CallInput<F>): Operation<Future<ResultOf<F>>> {
    return call("begin", fn, input)
  }

  shield<F extends SectionFunction>(fn: F, ...input: CallInput<F>): Operation<ResultOf<F>> {
    return shielded(fn, input)
  }

  reduce<T, A>(
    items: readonly T[],
    step: FoldStep<T, A, never>,
    initial: A,
    options: FoldOptions<A> = {},
  ): Operation<A> {
    return new Operation({ kind: "reduce", ...foldSpec(items, step, initial, options) })
  }

  compensate<F extends StepFunction>(fn: F, ...input: CallInput<F>): Operation<void> {
    return call("compensate", fn, input)
  }

  rpc<T>(workflow: WorkflowFunction | string, ...input: unknown[]): Operation<T> {
    return this.#child("rpc", workflow, input)
  }

  beginRpc<T>(workflow: WorkflowFunction | string, ...input: unknown[]): Operation<Future<T>> {
    return this.#child("beginRpc", workflow, input)
  }

  detached<T>(workflow: WorkflowFunction | string, ...input: unknown[]): Operation<Future<T>> {
    return this.#child("detached", workflow, input)
  }

  #child<T>(
    kind: "rpc" | "beginRpc" | "detached",
    workflow: WorkflowFunction | string,
    given: readonly unknown[],
  ): Operation<T> {
    const name = typeof workflow === "string" ? workflow : this.#host.workflowName(workflow)
    if (name === undefined) {
      throw new InvalidOperationError(
        `ctx.${kind} takes a registered workflow or its name; ${nameOf(workflow)} is not registered. Call belay.register first, or ctx.run for a local sub-workflow.`,
      )
    }
    const { input, options } = withOptions(given)
    return new Operation({ kind, workflow: requireName(name), input, options })
  }

  sleep(duration: SleepDuration): Operation<void> {
    if (typeof duration === "object" && "until" in duration) {
      const untilMs = Number(duration.until)
      return new Operation({ kind: "sleep", untilMs: requireInstant("sleep", untilMs) })
    }
    const forMs = typeof duration === "number" ? duration : duration.for
    return new Operation({ kind: "sleep", forMs: requireDuration("sleep", forMs) })
  }

  signal<T = unknown>(name: string, options: WaitOptions = {}): Operation<T> {
    return new Operation({
      kind: "signal",
      name: requireName(name),
      timeoutMs: optionalDuration("timeoutMs", options.timeoutMs),
    })
  }

  receive<T = unknown>(name: string, options: ReceiveOptions = {}): Operation<Message<T>> {
    const { validate } = options
    return new Operation({
      kind: "receive",
      name: requireName(name),
      timeoutMs: optionalDuration("timeoutMs", options.timeoutMs),
      validate,
    })
  }

  promise<T = unknown>(options: WaitOptions = {}): Operation<Future<T>> {
    return new Operation({
      kind: "promise",
      timeoutMs: optionalDuration("timeoutMs", options.timeoutMs),
    })
  }

  race<const M extends ListOfOperations | RecordOfOperations>(
    members: M,
    options?: CompositeOptions,
  ): Operation<Winner<M>> {
    return compositeOf("race", members, options)
  }

  any<const M extends ListOfOperations | RecordOfOperations>(
    members: M,
    options?: CompositeOptions,
  ): Operation<Winner<M>> {
    return compositeOf("any", members, options)
  }

  all<const M extends ListOfOperations | RecordOfOperations>(
    members: M,
    options?: CompositeOptions,
  ): Operation<AllResults<M>> {
    return compositeOf("all", members, options)
  }

  allSettled<const M extends ListOfOperations | RecordOfOperations>(
    members: M,
    options?: CompositeOptions,
  ): Operation<AllSettledResults<M>> {
    return compositeOf("allSettled", members, options)
  }

  panic(condition: boolean, message = "The workflow panicked."): Operation<void> {
    return new Operation({ kind: "panic", holds: condition, message })
  }

  assert(condition: boolean, message = "An assertion of the workflow failed."): Operation<void> {
    return new Operation({ kind: "panic", holds: !condition, message })
  }

  readonly date = {
    now: (): Operation<number> => new Operation({ kind: "value", name: "date.now" }),
  }
  readonly math = {
    random: (): Operation<number> => new Operation({ kind: "value", name: "math.random" }),
  }

  uuid(): Operation<string> {
    return new Operation({ kind: "value", name: "uuid" })
  }

  publish(name: string, value: unknown): Operation<void> {
    return new Operation({ kind: "publish", name: requireName(name), value })
  }

  continueAsNew(...input: unknown[]): Operation<never> {
    return new Operation({ kind: "continueAsNew", input })
  }

  patched(name: string): Operation<boolean> {
    return new Operation({ kind: "patched", name: requireName(name) })
  }

  deprecatePatch(name: string): Operation<void> {
    return new Operation({ kind: "deprecatePatch", name: requireName(name) })
  }

  getDependency<T>(name: string): T {
    return this.#host.dependency(name) as T
  }

  options(options: CallOptions): Options {
    return new Options(options)
  }
}

const NO_OPTIONS: CallOptions = {}

/** The options stand last among the arguments, if there are any. */
function withOptions(given: readonly unknown[]): {
  readonly input: readonly unknown[]
  readonly options: CallOptions
} {
  const last = given.at(-1)
  return last instanceof Options
    ? { input: given.slice(0, -1), options: last.step }
    : { input: given, options: NO_OPTIONS }
}

function nameOf(workflow: unknown): string {
  return typeof workflow === "function" && workflow.name !== ""
    ? `"${workflow.name}"`
    : `this ${typeof workflow}`
}

const METHODS = { run: "run", begin: "beginRun", compensate: "compensate" } as const

function call<T>(
  kind: keyof typeof METHODS,
  fn: AnyFunction,
  input: readonly unknown[],
): Operation<T> {
  if (typeof fn !== "function") {
    throw new InvalidOperationError(`ctx.${METHODS[kind]} takes a function, got ${typeof fn}.`)
  }
  const call = withOptions(input)
  refuseChildOptions(call.options)
  return new Operation({ kind, fn, ...call })
}

function shielded<T>(fn: AnyFunction, input: readonly unknown[]): Operation<T> {
  if (typeof fn !== "function" || kindOfFunction(fn) !== "generator") {
    throw new InvalidOperationError(
      "ctx.shield takes a generator function (function*); put the step into one with ctx.run.",
    )
  }
  const { spec } = call("run", fn, input)
  return new Operation(spec.kind === "run" ? { ...spec, isShielded: true } : spec)
}
