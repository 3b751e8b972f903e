// Retry policies: how long to wait before the next attempt, and when to give up.
// Pure: no clock, no random. The first retry of the default policy comes after 2 s, then 4, 8, 16, 30, 30 …

export interface RetryPolicy {
  readonly type: "exponential" | "linear" | "constant" | "never"
  readonly delayMs: number
  readonly factor: number
  readonly maxDelayMs: number
  /** Retries after the first attempt; `Infinity` for no end. */
  readonly maxRetries: number
}

/** Made before the policies below, which are checked by it. */
const TYPES = new Set<unknown>(["exponential", "linear", "constant", "never"])

export interface RetryOptions {
  delayMs?: number
  maxRetries?: number
}

export interface ExponentialOptions extends RetryOptions {
  factor?: number
  maxDelayMs?: number
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
  }),
)

/** One attempt; its failure is final. */
export const Never = policyFactory<Record<string, never>>(() => ({
  type: "never",
  delayMs: 0,
  factor: 1,
  maxDelayMs: 0,
  maxRetries: 0,
}))

/** The policy of steps (promise 15). */
export const DEFAULT_STEP_POLICY: RetryPolicy = Exponential()

/** The policy of workflows and sub-workflows. */
export const DEFAULT_WORKFLOW_POLICY: RetryPolicy = Never()

/**
 * Delay in ms before retry number `retry` (1-based), or `null` when the policy gives up.
 * @throws RangeError if `retry` is below 1 (a bug in the caller).
 */
export function retryDelayMs(policy: RetryPolicy, retry: number): number | null {
  if (retry < 1) throw new RangeError(`retry must be at least 1, got ${retry}`)
  if (retry > policy.maxRetries) return null
  switch (policy.type) {
    case "never":
      return null
    case "constant":
      return policy.delayMs
    case "linear":
      return policy.delayMs * retry
    case "exponential":
      return Math.min(policy.delayMs * policy.factor ** retry, policy.maxDelayMs)
  }
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
  return policy
}

function requireNumber(name: string, value: unknown, least: number): void {
  if (typeof value !== "number" || Number.isNaN(value) || value < least) {
    throw new RangeError(
      `${name} of a retry policy must be a number of at least ${least}, got ${String(value)}`,
    )
  }
}
