// Retry policies as tables: the delay before each retry, and when to give up (promise 15).

import { describe, expect, test } from "vitest"
import {
  Constant,
  DEFAULT_STEP_POLICY,
  DEFAULT_WORKFLOW_POLICY,
  Exponential,
  Linear,
  Never,
  retryDelayMs,
  type RetryPolicy,
} from "../../src/engine/steps/retry.ts"

function delays(policy: RetryPolicy, retries = 7): (number | null)[] {
  return Array.from({ length: retries }, (_, index) => retryDelayMs(policy, index + 1))
}

describe("promise 15: delays before each retry", () => {
  const tables: readonly (readonly [string, RetryPolicy, readonly (number | null)[]])[] = [
    [
      "the default of steps",
      DEFAULT_STEP_POLICY,
      [2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000],
    ],
    ["the default of workflows", DEFAULT_WORKFLOW_POLICY, [null, null]],
    ["Exponential", Exponential(), [2_000, 4_000, 8_000, 16_000, 30_000, 30_000]],
    ["Linear", Linear(), [1_000, 2_000, 3_000, 4_000]],
    ["Constant", Constant(), [1_000, 1_000, 1_000]],
    ["Never", Never(), [null]],
    [
      "Exponential with all its options",
      Exponential({ delayMs: 10, factor: 3, maxDelayMs: 100, maxRetries: 4 }),
      [30, 90, 100, 100, null],
    ],
    ["Linear with an end", Linear({ delayMs: 5, maxRetries: 2 }), [5, 10, null]],
    ["Constant without a delay", Constant({ delayMs: 0, maxRetries: 2 }), [0, 0, null]],
    ["no retries at all", Exponential({ maxRetries: 0 }), [null]],
  ]
  test.each(tables)("%s", (_, policy, expected) => {
    expect(delays(policy, expected.length)).toEqual(expected)
  })

  test("have no end unless maxRetries says so", () => {
    expect(retryDelayMs(Exponential(), 1_000_000)).toBe(30_000)
    expect(retryDelayMs(Linear(), 1_000_000)).toBe(1_000_000_000)
  })

  test("a policy can be made with and without new, as in the seeds", () => {
    expect(new Never()).toEqual(Never())
    expect(new Exponential({ delayMs: 5 })).toEqual(Exponential({ delayMs: 5 }))
  })

  test("nonsense is refused where it is written", () => {
    expect(() => Exponential({ delayMs: -1 })).toThrow(RangeError)
    expect(() => Exponential({ factor: 0.5 })).toThrow(RangeError)
    expect(() => Constant({ maxRetries: NaN })).toThrow(RangeError)
    expect(() => Linear({ delayMs: "5" as unknown as number })).toThrow("delayMs")
    expect(() => retryDelayMs(Constant(), 0)).toThrow(RangeError)
  })
})
