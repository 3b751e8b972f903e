// Context: what a workflow and a step are handed: the public types of the programming model.
// Owns: the types, and the options of one call. What the methods do: workflow-context.ts (workflows), attempt.ts (steps).

import { requireDuration, requireName } from "./argument-checks.ts"
import { requireChildOptions } from "./child-options.ts"
import { InvalidOperationError } from "../errors.ts"
import type { CallOptions, Future, Operation, StepOptions, Validate } from "./operation.ts"
import { checked } from "../steps/retry.ts"

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
  /** When the run was created, ms since 1970; recorded, so the same in every attempt and on every machine. */
  readonly runCreatedAtMs: number
  /** Aborted when the attempt times out, is cancelled or superseded. */
  readonly signal: AbortSignal
  /**
   * The W3C trace context of this attempt, for the headers `traceparent` and `tracestate` of what it calls; `undefined`
   * where nobody traces the run.
   */
  readonly traceparent?: string | undefined
  readonly tracestate?: string | undefined
  getDependency<T>(name: string): T
}

/** A step: plain, async, or a generator that runs as a local sub-workflow. */
export type StepFunction = (ctx: Context & StepContext, ...input: never[]) => unknown

/** A generator function of its own: a sub-workflow. */
export type SectionFunction = (
  ctx: Context & StepContext,
  ...input: never[]
) => Generator<unknown, unknown, never>

/** A generator function whose first argument is the context. */
export type WorkflowFunction = (
  ctx: Context,
  ...input: never[]
) => Generator<unknown, unknown, never>

export type InputOf<F> = F extends (ctx: never, ...input: infer Input) => unknown ? Input : never

/** What `yield*` of a step or sub-workflow gives back. */
export type ResultOf<F> = F extends (...input: never[]) => infer Result
  ? Result extends Generator<infer _Yielded, infer Returned, infer _Sent>
    ? Returned
    : Awaited<Result>
  : never

export type CallInput<F> = [...input: InputOf<F>] | [...input: InputOf<F>, options: Options]
type MemberResult<M> = M extends Operation<infer T> ? T : never
export type RecordOfOperations = Readonly<Record<string, Operation<unknown>>>
export type ListOfOperations = readonly Operation<unknown>[]

/** Who came first: its key (the index in a list) and its value. */
export type Winner<M> = M extends ListOfOperations
  ? { key: number; value: MemberResult<M[number]> }
  : { [K in keyof M]: { key: K; value: MemberResult<M[K]> } }[keyof M]
export type AllResults<M> = { -readonly [K in keyof M]: MemberResult<M[K]> }
type Settled<T> = { status: "fulfilled"; value: T } | { status: "rejected"; reason: unknown }
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

export interface CompositeOptions {
  /** At most so many members are started and not ended at a time; they start in order. All at once unless given. */
  readonly concurrency?: number | undefined
}

export type SleepDuration = number | { readonly for: number } | { readonly until: Date | number }

export type FoldStep<T, A, C> = (
  ctx: StepContext,
  accumulator: A,
  item: T,
  index: number,
) => C | PromiseLike<C>

/** Options of a fold; those of a step are for each item's. */
export interface FoldOptions<A> extends Omit<StepOptions, "timeoutMs"> {
  /** Items after which a snapshot of the accumulator may replace their records; 1,000 unless given. */
  readonly snapshotEvery?: number | undefined
  /** Publishes under this name how many items are folded. */
  readonly progress?: string | undefined
  /** Publishes the accumulator, or what `of` makes of it: now and then, and however the fold ends. */
  readonly publish?:
    | {
        readonly name: string
        readonly of?: ((accumulator: A, count: number) => unknown) | undefined
      }
    | undefined
}

interface ApplyOption<T, A, C> {
  /**
   * Folds what a step gave into the accumulator, which it may change in place, and gives it back. It is called again
   * for what is recorded when a run wakes, so it must do the same every time and touch nothing else. For accumulators
   * that grow: only changes are stored at every item, and no step gets a copy; it must not change what it is shown.
   */
  readonly apply: (accumulator: A, change: C, item: T, index: number) => A
}

/** Options of one call; made by `ctx.options` and given last among the arguments. */
export class Options {
  readonly step: CallOptions

  /** @throws RangeError or InvalidOperationError for an option that cannot be obeyed. */
  constructor(step: CallOptions) {
    if (step.timeoutMs !== undefined) requireDuration("timeoutMs", step.timeoutMs)
    const attemptTimeoutMs = attemptTimeouts(step.attemptTimeoutMs)
    if (step.name !== undefined) requireName(step.name)
    if (step.retryPolicy !== undefined) checked(step.retryPolicy)
    if (step.retryIf !== undefined && typeof step.retryIf !== "function") {
      throw new InvalidOperationError(`retryIf takes a function, got ${typeof step.retryIf}.`)
    }
    for (const ErrorClass of step.nonRetryableErrors ?? []) {
      if (typeof ErrorClass === "function") continue
      throw new InvalidOperationError(
        `nonRetryableErrors takes classes of errors, got ${typeof ErrorClass}.`,
      )
    }
    requireChildOptions(step)
    this.step = { ...step, attemptTimeoutMs }
  }
}

/** A list is copied: what its owner does to it later must not change a run. */
function attemptTimeouts(given: StepOptions["attemptTimeoutMs"]): StepOptions["attemptTimeoutMs"] {
  if (given === undefined) return undefined
  if (!Array.isArray(given)) return requireDuration("attemptTimeoutMs", given)
  if (given.length === 0) {
    throw new RangeError(
      "attemptTimeoutMs takes milliseconds or a list of them, got an empty list.",
    )
  }
  return given.map((timeoutMs) => requireDuration("attemptTimeoutMs", timeoutMs))
}

export interface Context {
  /** The run's id. */
  readonly id: string
  run<F extends StepFunction>(fn: F, ...input: CallInput<F>): Operation<ResultOf<F>>
  beginRun<F extends StepFunction>(fn: F, ...input: CallInput<F>): Operation<Future<ResultOf<F>>>
  /**
   * A sub-workflow that no cancellation from around it reaches, nor a deadline, nor a lost race: it runs to its end,
   * then the cancellation is thrown here. What it registers with `compensate` counts for the workflow around it.
   */
  shield<F extends SectionFunction>(fn: F, ...input: CallInput<F>): Operation<ResultOf<F>>
  /**
   * Registers what undoes something: when this workflow or sub-workflow ends by an error, a cancel or its deadline,
   * everything registered is called once as a step, the latest first, with the values as they are now.
   */
  compensate<F extends StepFunction>(fn: F, ...input: CallInput<F>): Operation<void>
  /** A child run in an object of its own; waits for its end and gives its result, or throws what it threw. */
  rpc<F extends WorkflowFunction>(workflow: F, ...input: CallInput<F>): Operation<ResultOf<F>>
  rpc<T = unknown>(workflow: string, ...input: unknown[]): Operation<T>
  /** The same without waiting; the future's `id` is the child's run id. */
  beginRpc<F extends WorkflowFunction>(
    workflow: F,
    ...input: CallInput<F>
  ): Operation<Future<ResultOf<F>>>
  beginRpc<T = unknown>(workflow: string, ...input: unknown[]): Operation<Future<T>>
  /**
   * A run on its own: this one neither waits for it, nor cancels it, nor hands down its deadline. Waiting for the
   * future joins it all the same.
   */
  detached<F extends WorkflowFunction>(
    workflow: F,
    ...input: CallInput<F>
  ): Operation<Future<ResultOf<F>>>
  detached<T = unknown>(workflow: string, ...input: unknown[]): Operation<Future<T>>
  /**
   * A durable fold: each item is a step of its own, at a path under the fold's, that gets the accumulator so far. It
   * gives the next accumulator, or with `apply` a small change that is folded into it.
   */
  reduce<T, A, C>(
    items: readonly T[],
    step: FoldStep<T, A, C>,
    initial: A,
    options: FoldOptions<A> & ApplyOption<T, A, C>,
  ): Operation<A>
  reduce<T, A>(
    items: readonly T[],
    step: FoldStep<T, A, A>,
    initial: A,
    options?: FoldOptions<A>,
  ): Operation<A>
  sleep(duration: SleepDuration): Operation<void>
  signal<T = unknown>(name: string, options?: WaitOptions): Operation<T>
  receive<T = unknown>(name: string, options?: ReceiveOptions): Operation<Message<T>>
  promise<T = unknown>(options?: WaitOptions): Operation<Future<T>>
  race<const M extends ListOfOperations | RecordOfOperations>(
    members: M,
    options?: CompositeOptions,
  ): Operation<Winner<M>>
  any<const M extends ListOfOperations | RecordOfOperations>(
    members: M,
    options?: CompositeOptions,
  ): Operation<Winner<M>>
  all<const M extends ListOfOperations | RecordOfOperations>(
    members: M,
    options?: CompositeOptions,
  ): Operation<AllResults<M>>
  allSettled<const M extends ListOfOperations | RecordOfOperations>(
    members: M,
    options?: CompositeOptions,
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
  /**
   * Whether this run takes the path after a change of the code: true for one that gets here on this code first, which
   * its journal notes; false for one that was here before. The same for ever.
   */
  patched(name: string): Operation<boolean>
  /** When no run takes the old path any more: accepts what `patched` noted, and notes nothing. */
  deprecatePatch(name: string): Operation<void>
  getDependency<T>(name: string): T
  options(options: CallOptions): Options
}
