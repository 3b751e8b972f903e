// Operation: what a workflow yields. A value: building one does nothing, `yield*` performs it, race and all compose it.
// Owns: the union of everything a workflow may ask for. Must not touch: how it is performed (machine and its parts).
//   O1. An operation holds no state of a run, so it may be performed again, each time at its own path.

import type { RetryPolicy } from "../steps/retry.ts"

/** A function executed through `ctx.run`: plain, async or a generator (a local sub-workflow). */
export type AnyFunction = (...input: never[]) => unknown

type ErrorClass = abstract new (...input: never[]) => unknown

export interface StepOptions {
  /** Name in the journal; the function's own name unless given. */
  readonly name?: string | undefined
  /** For all attempts together, from the first creation; absolute once recorded. No end unless given. */
  readonly timeoutMs?: number | undefined
  /**
   * For one attempt, from the moment it gets its slot. 5 minutes unless given. A list has one for each attempt, the
   * last of them for all that follow: soon at first, when most often something is lost, and patient later.
   */
  readonly attemptTimeoutMs?: number | readonly number[] | undefined
  readonly retryPolicy?: RetryPolicy | undefined
  /** Errors of these classes stop the retries at once. */
  readonly nonRetryableErrors?: readonly ErrorClass[] | undefined
  /**
   * Whether an error is worth another attempt; it answers at once. An error may ask for a delay of its own with a
   * number `retryAfterMs`.
   */
  readonly retryIf?: ((error: unknown) => boolean | PromiseLike<boolean>) | undefined
}

/** What undoes something, with the values it had when it was registered. */
export interface Compensation {
  readonly fn: AnyFunction
  readonly input: readonly unknown[]
  readonly options: StepOptions
}

/** What becomes of a child when the run that started it is unwound before the child has ended. */
export type ParentClose = "cancel" | "abandon" | "wait"

/** What only a child run can be told; step options hold for it as well, without `attemptTimeoutMs`. */
export interface ChildOptions {
  /** The child's run id; made of the parent's and the place unless given. A run of that id is joined. */
  readonly id?: string | undefined
  /** Version of the child's workflow; the newest unless given. */
  readonly version?: number | undefined
  readonly tags?: Readonly<Record<string, string>> | undefined
  /** It begins so much later than it is asked for; the instant is fixed then. */
  readonly delayMs?: number | undefined
  /**
   * - `cancel` (unless given): it is cancelled, and the parent ends after it
   * - `abandon`: it goes on alone, and the parent does not wait for it
   * - `wait`: it goes on, and the parent ends after it
   */
  readonly parentClose?: ParentClose | undefined
}

export type CallOptions = StepOptions & ChildOptions

/** A durable fold; see `Context.reduce`. */
export interface FoldSpec {
  readonly items: readonly unknown[]
  readonly fn: AnyFunction
  readonly stepName: string
  readonly initial: unknown
  readonly options: StepOptions
  readonly apply: FoldApply | undefined
  readonly snapshotEvery: number
  readonly progress: string | undefined
  readonly publish: FoldPublish | undefined
}

export type FoldApply = (
  accumulator: unknown,
  change: unknown,
  item: unknown,
  index: number,
) => unknown

export interface FoldPublish {
  readonly name: string
  readonly of?: ((accumulator: unknown, count: number) => unknown) | undefined
}

/** What accepts or refuses a message: a predicate, a function that throws, or a Standard Schema. */
export type Validate = ((value: unknown) => unknown) | StandardSchema

/** The part of the Standard Schema contract the engine uses. */
export interface StandardSchema {
  readonly "~standard": {
    readonly validate: (value: unknown) => SchemaResult | PromiseLike<SchemaResult>
  }
}

type SchemaResult =
  | { readonly value: unknown; readonly issues?: undefined }
  | { readonly issues: ReadonlyArray<SchemaIssue> }

export interface SchemaIssue {
  readonly message: string
  readonly path?: ReadonlyArray<PropertyKey | { readonly key: PropertyKey }> | undefined
}

/** What a future stands for; the engine's own entry behind a narrow face. */
export interface Pending {
  readonly path: string
  readonly outcome: unknown
}

export type CompositeKind = "race" | "all" | "any" | "allSettled"

/** Members by key: a list has the keys "0", "1", … */
export interface Members {
  readonly isList: boolean
  readonly keys: readonly string[]
  readonly operations: readonly Operation<unknown>[]
}

export type OperationSpec =
  | {
      readonly kind: "run" | "begin"
      readonly fn: AnyFunction
      readonly input: readonly unknown[]
      readonly options: StepOptions
      /** A section that a cancellation from around it does not reach. */
      readonly isShielded?: boolean
    }
  | ({ readonly kind: "compensate" } & Compensation)
  | {
      readonly kind: "rpc" | "beginRpc" | "detached"
      /** Name of the child's workflow. */
      readonly workflow: string
      readonly input: readonly unknown[]
      readonly options: CallOptions
    }
  | ({ readonly kind: "reduce" } & FoldSpec)
  | { readonly kind: "patched" | "deprecatePatch"; readonly name: string }
  | { readonly kind: "value"; readonly name: "date.now" | "math.random" | "uuid" }
  | { readonly kind: "sleep"; readonly forMs?: number; readonly untilMs?: number }
  | { readonly kind: "signal"; readonly name: string; readonly timeoutMs: number | undefined }
  | {
      readonly kind: "receive"
      readonly name: string
      readonly timeoutMs: number | undefined
      readonly validate: Validate | undefined
    }
  | { readonly kind: "promise"; readonly timeoutMs: number | undefined }
  | { readonly kind: "await"; readonly entry: Pending }
  | {
      readonly kind: "composite"
      readonly composite: CompositeKind
      readonly members: Members
      readonly concurrency: number | undefined
    }
  | { readonly kind: "publish"; readonly name: string; readonly value: unknown }
  | { readonly kind: "panic"; readonly holds: boolean; readonly message: string }
  | { readonly kind: "continueAsNew"; readonly input: readonly unknown[] }
  | { readonly kind: "nothing" }

export class Operation<T> implements Iterable<Operation<unknown>, T, unknown> {
  readonly spec: OperationSpec
  #yielded = false

  constructor(spec: OperationSpec) {
    this.spec = spec
  }

  /** Whether it was made here: nothing else passes, and looking does not touch the value. */
  static isOperation(value: unknown): value is Operation<unknown> {
    return typeof value === "object" && value !== null && #yielded in value
  }

  /**
   * The operation is its own iterator: it yields itself once and returns what the engine sends back. One object can
   * serve several generators, because asking for the iterator and its first `next` always follow each other at once.
   */
  [Symbol.iterator](): Iterator<Operation<unknown>, T, unknown> {
    this.#yielded = false
    return this as unknown as Iterator<Operation<unknown>, T, unknown>
  }

  /** Called by `yield*` only. */
  next(sent: unknown): IteratorResult<Operation<unknown>, unknown> {
    if (this.#yielded) return { done: true, value: sent }
    this.#yielded = true
    return { done: false, value: this }
  }

  /** Called by `yield*` only: what the engine throws, the workflow catches. */
  throw(error: unknown): never {
    throw error
  }

  /** Called by `yield*` only, when the generator is closed. */
  return(value: unknown): IteratorResult<Operation<unknown>, unknown> {
    return { done: true, value }
  }
}

/**
 * Something begun and not yet awaited. `yield*` waits for it; race and all take it as a member.
 * A promise's `token` lets anybody who holds it settle the promise from outside. A child's `id` is the id of its run.
 */
export class Future<T> extends Operation<T> {
  readonly #entry: Pending
  readonly id: string
  readonly token: string

  constructor(entry: Pending, id: string, token: string) {
    super({ kind: "await", entry })
    this.#entry = entry
    this.id = id
    this.token = token
  }

  /** Whether the outcome is recorded. The same on every replay. */
  get state(): "pending" | "settled" {
    return this.#entry.outcome === undefined ? "pending" : "settled"
  }
}
