// Retry policies: how long to wait before the next attempt, and when to give up.
// Pure: no clock, no random. The first retry of the default policy comes after 2 s, then 4, 8, 16, 30, 30 …

import { disown } from "./step-result.ts"

export interface RetryPolicy {
  readonly type: "exponential" | "linear" | "constant" | "custom" | "never"
  readonly delayMs: number
  readonly factor: number
  readonly maxDelayMs: number
  /** Retries after the first attempt; `Infinity` for no end. */
  readonly maxRetries: number
  readonly onExhausted: OnExhausted
  /** Of a custom policy: the delay before retry n, from 1, after this error. */
  readonly delayOf?: DelayOf
}

/**
 * What follows when the retries are used up: the step fails, or the run halts (`retries_exhausted`) until a person
 * asks for another go or skips the step with a value. A deadline, or an error that is not tried again, fails it in
 * any case.
 */
export type OnExhausted = "fail" | "pause"

type DelayOf = (retry: number, error: unknown) => number

/** Made before the policies below, which are checked by it. */
const TYPES = new Set<unknown>(["exponential", "linear", "constant", "custom", "never"])

const ON_EXHAUSTED = new Set<unknown>(["fail", "pause"])

export interface RetryOptions {
  delayMs?: number
  maxRetries?: number
  onExhausted?: OnExhausted
}

export interface ExponentialOptions extends RetryOptions {
  factor?: number
  maxDelayMs?: number
}

export interface CustomOptions {
  /** ms before retry n, from 1, after this error. Pure; when it throws, or gives no such number, the step fails. */
  delayMs: DelayOf
  maxRetries?: number
  onExhausted?: OnExhausted
}

/** A policy factory can be called with and without `new`. */
interface PolicyFactory<Options> {
  (options?: Options): RetryPolicy
  new (options?: Options): RetryPolicy
}

function policyFactory<Options>(build: (options: Options | undefined) => RetryPolicy) {
  // A plain function that returns an object serves both call forms; only its type must be told.
  return function policy(options?: Options) {
    return build(options)
  } as PolicyFactory<Options>
}

/** Delay before retry n is `delayMs · factor^n`, at most `maxDelayMs`. Defaults: 1,000 ms, 2, 30,000 ms, no end. */
export const Exponential = policyFactory<ExponentialOptions>((options = {}) =>
  checked({
    type: "exponential",
    delayMs: options.delayMs ?? 1_000,
    factor: options.factor ?? 2,
    maxDelayMs: options.maxDelayMs ?? 30_000,
    maxRetries: options.maxRetries ?? Infinity,
    onExhausted: options.onExhausted ?? "fail",
  }),
)

/** Delay before retry n is `n · delayMs`. Defaults: 1,000 ms, no end. */
export const Linear = policyFactory<RetryOptions>((options = {}) =>
  checked({
    type: "linear",
    delayMs: options.delayMs ?? 1_000,
    factor: 1,
    maxDelayMs: Infinity,
    maxRetries: options.maxRetries ?? Infinity,
    onExhausted: options.onExhausted ?? "fail",
  }),
)

/** Delay before every retry is `delayMs`. Defaults: 1,000 ms, no end. */
export const Constant = policyFactory<RetryOptions>((options = {}) =>
  checked({
    type: "constant",
    delayMs: options.delayMs ?? 1_000,
    factor: 1,
    maxDelayMs: Infinity,
    maxRetries: options.maxRetries ?? Infinity,
    onExhausted: options.onExhausted ?? "fail",
  }),
)

/** The delay before every retry is what a function says. Default: no end. */
export const Custom = policyFactory<CustomOptions>((options) =>
  checked({
    type: "custom",
    delayMs: 0,
    factor: 1,
    maxDelayMs: Infinity,
    maxRetries: options?.maxRetries ?? Infinity,
    onExhausted: options?.onExhausted ?? "fail",
    ...(options === undefined ? {} : { delayOf: options.delayMs }),
  }),
)

/** One attempt; its failure is final. */
export const Never = policyFactory<{ onExhausted?: OnExhausted }>((options = {}) =>
  checked({
    type: "never",
    delayMs: 0,
    factor: 1,
    maxDelayMs: 0,
    maxRetries: 0,
    onExhausted: options.onExhausted ?? "fail",
  }),
)

/** The policy of steps (promise 15). */
export const DEFAULT_STEP_POLICY: RetryPolicy = Exponential()

/** The policy of workflows and sub-workflows. */
export const DEFAULT_WORKFLOW_POLICY: RetryPolicy = Never()

/**
 * Delay in ms before retry number `retry` (1-based), or `null` when the policy gives up.
 * @throws RangeError if `retry` is below 1 (a bug in the caller), or what a custom policy throws or gives is no delay.
 */
export function retryDelayMs(policy: RetryPolicy, retry: number, error?: unknown): number | null {
  if (retry < 1) throw new RangeError(`retry must be at least 1, got ${retry}`)
  if (retry > policy.maxRetries) return null
  switch (policy.type) {
    case "never":
      return null
    case "custom":
      return customDelayMs(policy, retry, error)
    case "constant":
      return policy.delayMs
    case "linear":
      return policy.delayMs * retry
    case "exponential":
      return Math.min(policy.delayMs * policy.factor ** retry, policy.maxDelayMs)
  }
}

function customDelayMs({ delayOf }: RetryPolicy, retry: number, error: unknown): number {
  const delayMs: unknown = delayOf?.(retry, error)
  disown(delayMs)
  return requireNumber("The delay", delayMs, 0)
}

/**
 * The policy itself, if it can be obeyed.
 * @throws RangeError saying what is wrong with it.
 */
export function checked(policy: RetryPolicy): RetryPolicy {
  if (!TYPES.has((policy as { type?: unknown } | null)?.type)) {
    throw new RangeError("A retry policy is made by Exponential, Linear, Constant or Never.")
  }
  requireNumber("delayMs", policy.delayMs, 0)
  requireNumber("factor", policy.factor, 1)
  requireNumber("maxDelayMs", policy.maxDelayMs, 0)
  requireNumber("maxRetries", policy.maxRetries, 0)
  if (policy.type === "custom" && typeof policy.delayOf !== "function") {
    throw new RangeError("Custom takes its delayMs as a function of the retry and the error.")
  }
  if (!ON_EXHAUSTED.has(policy.onExhausted)) {
    throw new RangeError(
      `onExhausted of a retry policy is "fail" or "pause", got ${policy.onExhausted}.`,
    )
  }
  return policy
}

function requireNumber(name: string, value: unknown, least: number): number {
  if (typeof value === "number" && value >= least) return value
  const got = typeof value === "number" || typeof value === "string" ? value : typeof value
  throw new RangeError(
    `${name} of a retry policy must be a number of at least ${least}, got ${got}`,
  )
}
