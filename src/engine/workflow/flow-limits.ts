// Flow limits: how many runs of a workflow may go on at once, and how many may start in a window, per key.
// Owns: the option, its validation, and what it says of one run. Must not touch: who keeps to it (object/limiter).
//   F1. The key is the user's code: it is called once, when the run is made, and what it throws makes no run.

import { utf8Bytes } from "../values/codec.ts"
import { BelayError, InvalidOperationError } from "../errors.ts"
import { DURATION_MS_MAX, LIMIT_KEY_BYTES_MAX, RATE_STARTS_MAX } from "../limits.ts"

/** At most so many starts in any window of that length. */
export interface Rate {
  readonly starts: number
  readonly perMs: number
}

/** At least one of the two. Runs of the same workflow and key share them, whatever their version. */
export interface LimitNumbers {
  /** Runs that go on at once. */
  readonly concurrency?: number | undefined
  readonly rate?: Rate | undefined
}

export interface FlowLimits<Input extends readonly unknown[] = never[]> extends LimitNumbers {
  /** Names the group of runs that share the limits: a text of 1 to 256 bytes, from the run's input. */
  readonly key: (...input: Input) => string
}

/** @throws InvalidOperationError */
export function requireFlowLimits(workflow: string, limits: FlowLimits): void {
  const refuse = (what: string) =>
    new InvalidOperationError(`The limits of workflow "${workflow}" ${what}.`)
  const { key, concurrency, rate } = limits
  if (typeof key !== "function") throw refuse("need a function as key, from the input to a text")
  if (concurrency === undefined && rate === undefined)
    throw refuse("name neither concurrency nor rate; give at least one")
  if (concurrency !== undefined && !isCount(concurrency, Number.MAX_SAFE_INTEGER))
    throw refuse(`have concurrency ${String(concurrency)}; it is a whole number from 1`)
  if (rate === undefined) return
  if (!isCount(rate.starts, RATE_STARTS_MAX))
    throw refuse(
      `have rate.starts ${String(rate.starts)}; it is a whole number from 1 to ${RATE_STARTS_MAX}`,
    )
  if (!isCount(rate.perMs, DURATION_MS_MAX))
    throw refuse(
      `have rate.perMs ${String(rate.perMs)}; it is a whole number from 1 to ${DURATION_MS_MAX}`,
    )
}

/** The key of a run with this input. @throws BelayError invalid_request */
export function limitKeyOf(workflow: string, { key }: FlowLimits, input: unknown[]): string {
  const named = called(workflow, () => key(...(input as never[])))
  const isKey = typeof named === "string" && named !== "" && utf8Bytes(named) <= LIMIT_KEY_BYTES_MAX
  if (isKey) return named
  const got = typeof named === "string" ? `a text of ${utf8Bytes(named)} bytes` : typeof named
  throw new BelayError(
    "invalid_request",
    `The limits of workflow "${workflow}" need a key of 1 to ${LIMIT_KEY_BYTES_MAX} bytes and got ${got} for this input.`,
  )
}

function called(workflow: string, key: () => unknown): unknown {
  try {
    return key()
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new BelayError(
      "invalid_request",
      `The limit key of workflow "${workflow}" threw for this input: ${why}`,
    )
  }
}

function isCount(value: unknown, max: number): boolean {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= max
}
