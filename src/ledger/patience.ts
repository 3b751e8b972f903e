// How long a step waits for the ledger.
// Owns: the growth from attempt to attempt. A step's attempt timeout must be longer than the longest of these waits.
//   P1. The first attempt gives up soon: most often something is lost, and another relay or another try helps.
//   P2. Later ones wait longer, so that a relay that needs 10 s for each of its answers is heard in the end, also where
//       there are several: one that is overtaken keeps the whole time, and silent ones are asked last the next time.
import type { CallOptions } from "./ledger.ts"
import { CALL_TIMEOUT_MS, PATIENT_TIMEOUT_MS } from "./limits.ts"

/** The part of a step's context that says how long to wait. */
export interface WaitingStep {
  readonly attempt: number
  readonly signal: AbortSignal
  readonly traceparent?: string | undefined
  readonly tracestate?: string | undefined
}

/** Options for the ledger calls of one attempt: 4 s for the first, then 8 s, then 16 s; ended with the attempt. */
export function patience(step: WaitingStep): CallOptions {
  const { attempt, signal, traceparent, tracestate } = step
  const timeoutMs = Math.min(CALL_TIMEOUT_MS * 2 ** (attempt - 1), PATIENT_TIMEOUT_MS)
  if (traceparent === undefined) return { signal, timeoutMs }
  return { signal, timeoutMs, trace: { traceparent, tracestate } }
}
