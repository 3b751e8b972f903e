// Result: a run's end waited for, however long it takes and however often the connection breaks.
// Owns: what an end becomes: a value or an error.

import { BelayClientError, BelayRunError, type Unfinished } from "./error.ts"
import { CLOCK_MS_MAX } from "./limit.ts"
import { paced } from "./pause.ts"
import type { Run } from "./run.ts"
import { object } from "./shape.ts"
import { RUN } from "./shapes.ts"
import type { Transport } from "./transport.ts"

export interface WaitOptions {
  /** For all of it together; no end unless given. */
  readonly timeoutMs?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/** One question; the server holds it open for so long. */
const QUESTION_MS = 25_000

/** What the answer of a halted run has with it. */
const HALTED = object({ run: RUN })

/** Of a network that was away for longer than one question's tries. */
const BREAKS_MAX = 10

/** @throws BelayRunError when it ends otherwise or is halted, BelayClientError `timeout`, the signal's reason */
export async function result<Result>(
  transport: Transport,
  id: string,
  { timeoutMs, signal }: WaitOptions,
): Promise<Result> {
  const untilMs = timeoutMs === undefined ? Infinity : Date.now() + timeoutMs
  const bound =
    timeoutMs === undefined ? undefined : AbortSignal.timeout(Math.min(timeoutMs, CLOCK_MS_MAX))
  const both = [signal, bound].filter((each) => each !== undefined)
  const whole = both.length === 0 ? undefined : AbortSignal.any(both)
  for (let breaks = 0; ;) {
    const askedAtMs = Date.now()
    try {
      const leftMs = Math.max(0, untilMs - askedAtMs)
      const run = await ask<Result>(transport, id, Math.min(QUESTION_MS, leftMs), whole)
      breaks = 0
      if (run.status === "completed") return run.result as Result
      if (isUnfinished(run.status)) throw new BelayRunError(run, run.status, 200)
      await paced(askedAtMs, whole)
    } catch (error) {
      signal?.throwIfAborted()
      if (bound?.aborted === true) throw timedOut(id, timeoutMs)
      const isBroken = error instanceof BelayClientError && error.code === "network"
      if (!isBroken || ++breaks >= BREAKS_MAX) throw error
    }
  }
}

/** The run as it is after this wait; halted is a run like any other here. */
async function ask<Result>(
  transport: Transport,
  id: string,
  waitMs: number,
  signal: AbortSignal | undefined,
): Promise<Run<Result>> {
  try {
    const { body } = await transport.json<Run<Result>>({
      path: ["v1", "runs", id, "result"],
      waitMs: Math.floor(waitMs),
      shape: RUN,
      isRepeatable: true,
      signal,
    })
    return body
  } catch (error) {
    const isHalted = error instanceof BelayClientError && error.code === "halted"
    if (!isHalted || HALTED(error.details, "") !== undefined) throw error
    const { run } = error.details as { readonly run: Run }
    throw new BelayRunError(run, "halted", error.status)
  }
}

function isUnfinished(status: string): status is Unfinished {
  return ["failed", "cancelled", "timed_out", "halted"].includes(status)
}

function timedOut(id: string, timeoutMs: number | undefined): BelayClientError {
  return new BelayClientError({
    code: "timeout",
    message: `Run "${id}" has not ended within ${timeoutMs ?? 0} ms; it goes on, and can be asked for again.`,
    status: 0,
  })
}
