// Policies: the retry policies of programs, and the delays they ought to lead to, told without the engine's help.

import {
  Constant,
  Exponential,
  Linear,
  Never,
  type RetryPolicy,
} from "../../../src/engine/steps/retry.ts"
import type { Policy } from "./program.ts"

/** The delays of promise 15: 2, 4, 8, 16, 30, 30 … s. */
const DEFAULT_DELAYS_MS = [2_000, 4_000, 8_000, 16_000, 30_000]

/** More retries than a step makes until its world ends. */
const DELAYS_TOLD = 400
const DELAY_MS_MAX = 30_000

export function retryPolicyOf(policy: Policy | undefined): RetryPolicy | undefined {
  if (policy === undefined) return undefined
  const { type, delayMs, maxRetries, onExhausted } = policy
  const options = {
    delayMs,
    ...(maxRetries === undefined ? {} : { maxRetries }),
    ...(onExhausted === undefined ? {} : { onExhausted }),
  }
  switch (type) {
    case "exponential":
      return Exponential(options)
    case "linear":
      return Linear(options)
    case "constant":
      return Constant(options)
    case "never":
      return Never(onExhausted === undefined ? {} : { onExhausted })
  }
}

/** The delay before each retry in ms; `undefined` where there is none. */
export function delaysOf(policy: Policy | undefined): readonly number[] | undefined {
  if (policy === undefined) return DEFAULT_DELAYS_MS
  const { type, delayMs } = policy
  if (type === "never") return undefined
  if (type === "constant") return [delayMs]
  const retries = Array.from({ length: DELAYS_TOLD }, (_, index) => index + 1)
  if (type === "linear") return retries.map((retry) => retry * delayMs)
  return retries.map((retry) => Math.min(delayMs * 2 ** retry, DELAY_MS_MAX))
}
