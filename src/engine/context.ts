// Context: what a workflow and a step are handed. Every method of `Context` only builds an operation.
// Owns: the public types of the programming model and the checks of its arguments.
// Must not touch: time, storage, the run's state (an operation is performed when it is yielded).

import { InvalidOperationError } from "./errors.ts"
import { DURATION_MS_MAX, NAME_BYTES_MAX } from "./limits.ts"
import {
  Operation,
  type AnyFunction,
  type CompositeKind,
  type Future,
  type Members,
  type OperationSpec,
  type StepOptions,
  type Validate,
} from "./operation.ts"
import { utf8Bytes } from "./codec.ts"
import { checked } from "./retry.ts"

/** What a step function gets as its first argument. */
export interface StepContext {
  /** The run's id. */
  readonly id: string
  /** The step's name in the journal. */
  readonly name: string
  /** The entry's place in the call tree: the step's stable name inside its run and generation. */
  readonly path: string
  /** From 1, truthful over crashes: an attempt that may have touched the outside is counted. */
  readonly attempt: number
  /** The same for every attempt of this step and for no other step: printable ASCII, at most 255 characters. */
  readonly idempotencyKey: string
  /** Aborted when the attempt times out, is cancelled or superseded. */
  readonly signal: AbortSignal
  getDependency<T>(name: string): T
}

/** A step: plain, async, or a generator that runs as a local sub-workflow. */
export type StepFunction = (ctx: Context & StepContext, ...input: never[]) => unknown

export type InputOf<F> = F extends (ctx: never, ...input: infer Input) => unknown ? Input : never

/** What `yield*` of a step or sub-workflow gives back. */
export type ResultOf<F> = F extends (...input: never[]) => infer Result
  ? Result extends Generator<infer _Yielded, infer Returned, infer _Sent>
    ? Returned
    : Awaited<Result>
  : never

type CallInput<F> = [...input: InputOf<F>] | [...input: InputOf<F>, options: Options]
type MemberResult<M> = M extends Operation<infer T> ? T : never
type RecordOfOperations = Readonly<Record<string, Operation<unknown>>>
type ListOfOperations = readonly Operation<unknown>[]

/** Who came first: its key (the index in a list) and its value. */
export type Winner<M> = M extends ListOfOperations
  ? { key: number; value: MemberResult<M[number]> }
  : { [K in keyof M]: { key: K; value: MemberResult<M[K]> } }[keyof M]
export type AllResults<M> = { -readonly [K in keyof M]: MemberResult<M[K]> }
export type Settled<T> = { status: "fulfilled"; value: T } | { status: "rejected"; reason: unknown }
export type AllSettledResults<M> = { -readonly [K in keyof M]: Settled<MemberResult<M[K]>> }

/** A message with an answer: what `receive` gives. The first answer wins. */
export interface Message<T = unknown> {
  readonly value: T
  /** Answers the sender. May be yielded or just called. */
  reply(value?: unknown): Operation<void>
  /** Answers the sender with 422 `rejected`. May be yielded or just called. */
  reject(error: unknown): Operation<void>
}

export interface WaitOptions {
  /** The wait throws TimeoutError after this many ms; the deadline is fixed when first created. */
  readonly timeoutMs?: number | undefined
}

export interface ReceiveOptions extends WaitOptions {
  /** Refuses a message before it is accepted; the sender gets 422 and the run never sees it. */
  readonly validate?: Validate | undefined
}

export type SleepDuration = number | { readonly for: number } | { readonly until: Date | number }

/** Options of one call; made by `ctx.options` and given last among the arguments. */
export class Options {
  readonly step: StepOptions

  /** @throws RangeError or InvalidOperationError for an option that cannot be obeyed. */
  constructor(step: StepOptions) {
    if (step.timeoutMs !== undefined) requireDuration("timeoutMs", step.timeoutMs)
    if (step.attemptTimeoutMs !== undefined)
      requireDuration("attemptTimeoutMs", step.attemptTimeoutMs)
    if (step.name !== undefined) requireName(step.name)
    if (step.retryPolicy !== undefined) checked(step.retryPolicy)
    for (const ErrorClass of step.nonRetryableErrors ?? []) {
      if (typeof ErrorClass === "function") continue
      throw new InvalidOperationError(
        `nonRetryableErrors takes classes of errors, got ${typeof ErrorClass}.`,
      )
    }
    this.step = step
  }
}

export interface Context {
  /** The run's id. */
  readonly id: string
  run<F extends StepFunction>(fn: F, ...input: CallInput<F>): Operation<ResultOf<F>>
  beginRun<F extends StepFunction>(fn: F, ...input: CallInput<F>): Operation<Future<ResultOf<F>>>
  sleep(duration: SleepDuration): Operation<void>
  signal<T = unknown>(name: string, options?: WaitOptions): Operation<T>
  receive<T = unknown>(name: string, options?: ReceiveOptions): Operation<Message<T>>
  promise<T = unknown>(options?: WaitOptions): Operation<Future<T>>
  race<const M extends ListOfOperations | RecordOfOperations>(members: M): Operation<Winner<M>>
  any<const M extends ListOfOperations | RecordOfOperations>(members: M): Operation<Winner<M>>
  all<const M extends ListOfOperations | RecordOfOperations>(members: M): Operation<AllResults<M>>
  allSettled<const M extends ListOfOperations | RecordOfOperations>(
    members: M,
  ): Operation<AllSettledResults<M>>
  /** Halts the run durably when the condition holds: a person must look. No `catch` sees it. */
  panic(condition: boolean, message?: string): Operation<void>
  /** Halts the run durably unless the condition holds. */
  assert(condition: boolean, message?: string): Operation<void>
  readonly date: { now(): Operation<number> }
  readonly math: { random(): Operation<number> }
  uuid(): Operation<string>
  /** Makes a value readable from outside under a name, until the next of that name. */
  publish(name: string, value: unknown): Operation<void>
  /** Ends this generation and starts the workflow anew with this input; unconsumed signals are carried along. */
  continueAsNew(...input: unknown[]): Operation<never>
  getDependency<T>(name: string): T
  options(options: StepOptions): Options
}

export class WorkflowContext implements Context {
  readonly id: string
  readonly #dependency: (name: string) => unknown

  constructor(id: string, dependency: (name: string) => unknown) {
    this.id = id
    this.#dependency = dependency
  }

  run<F extends StepFunction>(fn: F, ...input: CallInput<F>): Operation<ResultOf<F>> {
    return call("run", fn, input)
  }

  beginRun<F extends StepFunction>(fn: F, ...input: CallInput<F>): Operation<Future<ResultOf<F>>> {
    return call("begin", fn, input)
  }

  sleep(duration: SleepDuration): Operation<void> {
    if (typeof duration === "object" && "until" in duration) {
      const untilMs = Number(duration.until)
      if (!(Math.abs(untilMs) <= INSTANT_MS_MAX)) {
        throw new RangeError(
          `sleep takes an instant that a Date can hold, got ${String(duration.until)}.`,
        )
      }
      return new Operation({ kind: "sleep", untilMs })
    }
    const forMs = typeof duration === "number" ? duration : duration.for
    return new Operation({ kind: "sleep", forMs: requireDuration("sleep", forMs) })
  }

  signal<T = unknown>(name: string, options: WaitOptions = {}): Operation<T> {
    return new Operation({ kind: "signal", name: requireName(name), timeoutMs: timeoutOf(options) })
  }

  receive<T = unknown>(name: string, options: ReceiveOptions = {}): Operation<Message<T>> {
    const { validate } = options
    return new Operation({
      kind: "receive",
      name: requireName(name),
      timeoutMs: timeoutOf(options),
      validate,
    })
  }

  promise<T = unknown>(options: WaitOptions = {}): Operation<Future<T>> {
    return new Operation({ kind: "promise", timeoutMs: timeoutOf(options) })
  }

  race<const M extends ListOfOperations | RecordOfOperations>(members: M): Operation<Winner<M>> {
    return composite("race", members)
  }

  any<const M extends ListOfOperations | RecordOfOperations>(members: M): Operation<Winner<M>> {
    return composite("any", members)
  }

  all<const M extends ListOfOperations | RecordOfOperations>(members: M): Operation<AllResults<M>> {
    return composite("all", members)
  }

  allSettled<const M extends ListOfOperations | RecordOfOperations>(
    members: M,
  ): Operation<AllSettledResults<M>> {
    return composite("allSettled", members)
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

  getDependency<T>(name: string): T {
    return this.#dependency(name) as T
  }

  options(options: StepOptions): Options {
    return new Options(options)
  }
}

const NO_OPTIONS: StepOptions = {}

function call<T>(kind: "run" | "begin", fn: AnyFunction, input: readonly unknown[]): Operation<T> {
  if (typeof fn !== "function") {
    throw new InvalidOperationError(
      `ctx.${kind === "run" ? "run" : "beginRun"} takes a function, got ${typeof fn}.`,
    )
  }
  const last = input.at(-1)
  return last instanceof Options
    ? new Operation({ kind, fn, input: input.slice(0, -1), options: last.step })
    : new Operation({ kind, fn, input, options: NO_OPTIONS })
}

/** Operations that cannot be members of a composite, with what to do instead. */
const NO_MEMBER: Partial<Record<OperationSpec["kind"], string>> = {
  continueAsNew: "yield it by itself",
  panic: "yield it by itself",
  begin: "give ctx.run instead, or yield* it first and give the future",
  promise: "yield* it first and give the future, so that its token is known",
}

function composite<T>(
  kind: CompositeKind,
  given: ListOfOperations | RecordOfOperations,
): Operation<T> {
  const isList = Array.isArray(given)
  const keys = isList ? given.map((_, index) => String(index)) : Object.keys(given)
  const operations = isList
    ? [...(given as ListOfOperations)]
    : Object.values(given as RecordOfOperations)
  for (const [index, operation] of operations.entries()) {
    if (!Operation.isOperation(operation)) {
      throw new InvalidOperationError(
        `ctx.${kind} takes operations and futures; its member "${keys[index]}" is ${typeof operation}.`,
      )
    }
    const advice = NO_MEMBER[operation.spec.kind]
    if (advice !== undefined) {
      throw new InvalidOperationError(
        `${operation.spec.kind} cannot be a member of ctx.${kind}; ${advice}.`,
      )
    }
  }
  if (operations.length === 0 && (kind === "race" || kind === "any")) {
    throw new InvalidOperationError(
      `ctx.${kind} needs at least one member; with none it would wait for ever.`,
    )
  }
  const members: Members = { isList, keys, operations }
  return new Operation({ kind: "composite", composite: kind, members })
}

function timeoutOf(options: WaitOptions): number | undefined {
  return options.timeoutMs === undefined
    ? undefined
    : requireDuration("timeoutMs", options.timeoutMs)
}

function requireDuration(what: string, value: unknown): number {
  if (typeof value !== "number" || !(value >= 0) || value > DURATION_MS_MAX) {
    throw new RangeError(
      `${what} takes milliseconds from 0 to ${DURATION_MS_MAX}, got ${String(value)}.`,
    )
  }
  return value
}

/** The farthest instant a Date can hold. */
const INSTANT_MS_MAX = 8_640_000_000_000_000

function requireName(name: unknown): string {
  if (typeof name !== "string" || name.length === 0 || utf8Bytes(name) > NAME_BYTES_MAX) {
    throw new RangeError(
      `A name takes 1 to ${NAME_BYTES_MAX} bytes of text, got ${JSON.stringify(name)}.`,
    )
  }
  return name
}
