// One call of the ledger, with a deadline.
// Owns: the wait, and what is answered when the ledger fails or stays silent.
//   C1. Every call is answered by its deadline, whatever the ledger does.
//   C2. Silence is never a refusal: the call was submitted, its outcome is unknown.
import { LedgerError } from "../ledger/errors.ts"
import type { Ledger } from "../ledger/ledger.ts"
import type { Admission } from "./admission.ts"
import { type Answer, notNow, outcomeUnknown, refusal } from "./answer.ts"
import type { PreparedCall } from "./operations.ts"
import type { Readiness } from "./readiness.ts"
import type { RelayLog } from "./relay-log.ts"

export interface LedgerCallerParts {
  /** With the meaning of whole chains, see `ledger/chain.ts`. */
  readonly ledger: Ledger
  readonly admission: Admission
  readonly readiness: Readiness
  readonly log: RelayLog
  /** Ends all waiting: what is in flight is answered 504. */
  readonly hurry: AbortSignal
}

export class LedgerCaller {
  readonly #parts: LedgerCallerParts

  constructor(parts: LedgerCallerParts) {
    this.#parts = parts
  }

  /** Makes the call and waits for it, in ms; `path` is for the log. */
  async call(call: PreparedCall, path: string, waitMs: number): Promise<Answer> {
    const { ledger, admission, readiness, log, hurry } = this.#parts
    const startedAtMs = Date.now()
    const settled = call(ledger).then(
      (body): Answer => {
        readiness.noteAnswer(Date.now())
        return { status: 200, body }
      },
      (error: unknown): Answer => {
        const message = error instanceof Error ? error.message : String(error)
        log({ event: "call_failed", path, message })
        return answerToError(error)
      },
    )
    admission.track(settled, startedAtMs)
    const answer = await within(settled, waitMs, hurry)
    if (answer !== undefined) return answer
    const waitedMs = Date.now() - startedAtMs
    log({ event: "outcome_unknown", path, waitedMs })
    const message = `The ledger has not answered after ${waitedMs} ms. Send the same events again, with the same ids.`
    return outcomeUnknown(504, "ledger_unknown", message)
  }
}

/** The promise's value, or `undefined` when the time is up or there is a hurry. */
async function within<Value>(
  promise: Promise<Value>,
  waitMs: number,
  hurry: AbortSignal,
): Promise<Value | undefined> {
  const { promise: late, resolve } = Promise.withResolvers<undefined>()
  const giveUp = () => resolve(undefined)
  const timer = setTimeout(giveUp, waitMs)
  hurry.addEventListener("abort", giveUp)
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
    hurry.removeEventListener("abort", giveUp)
  }
}

function answerToError(error: unknown): Answer {
  if (!(error instanceof LedgerError)) {
    return outcomeUnknown(500, "internal", "The ledger failed in an unforeseen way.")
  }
  switch (error.code) {
    case "ledger_unknown":
      return outcomeUnknown(504, error.code, error.message)
    case "ledger_unavailable":
    case "ledger_not_configured":
      return notNow(503, "ledger_unavailable", error.message)
    case "ledger_invalid":
      return refusal(400, "invalid_request", error.message)
  }
}
