// Calls of the ledger: begun once, waited for by whoever asks the same, each with a deadline.
// Owns: the calls in flight, and what is answered when the ledger fails or stays silent.
//   C1. Every caller is answered by its deadline, whatever the ledger does.
//   C2. Silence is never a refusal: the call was submitted, its outcome is unknown.
//   C3. The same creating body from the same key, while it is in flight, is one call: a storm of retries costs
//       nothing. Never a read: one begun before a caller's own last write would not see it.
//   C4. A caller that was answered leaves nothing behind; a call leaves when the ledger settles it.
import { LedgerError } from "../../ledger/errors.ts"
import type { Ledger } from "../../ledger/ledger.ts"
import type { RelayOperation } from "../../ledger/wire.ts"
import type { Admission, Place } from "./admission.ts"
import { type Answer, notNow, outcomeUnknown, refusal } from "../answer.ts"
import type { Deadlines } from "./deadlines.ts"
import { Flight } from "./flight.ts"
import type { PreparedCall } from "../operations.ts"
import type { RelayLog } from "../relay-log.ts"
import { ReplyLengthError } from "../layers/watched-ledger.ts"

/** Whose request it is, and which. */
export interface Origin {
  readonly operation: RelayOperation
  readonly keyId: string
  /** SHA-256 in hex. */
  readonly bodyHash: string
  readonly bytes: number
}

/** A call handed to the ledger and not settled. */
export interface CallInFlight extends Place {
  readonly flight: Flight<Answer>
}

export interface LedgerCallerParts {
  /** The ledger as each key sees it, by key id. */
  readonly ledgers: ReadonlyMap<string, Ledger>
  readonly admission: Admission
  readonly deadlines: Deadlines
  readonly log: RelayLog
}

export class LedgerCaller {
  readonly #parts: LedgerCallerParts
  /** By origin, see `nameOf`. */
  readonly #shared = new Map<string, CallInFlight>()

  constructor(parts: LedgerCallerParts) {
    this.#parts = parts
  }

  /** The call in flight that will answer this request as well, if there is one. */
  find(origin: Origin): CallInFlight | undefined {
    return this.#shared.get(nameOf(origin))
  }

  /** Hands a call to the ledger. */
  begin(origin: Origin, { events, run }: PreparedCall): CallInFlight {
    const { ledgers, admission, deadlines } = this.#parts
    const ledger = ledgers.get(origin.keyId)
    if (ledger === undefined) throw new Error(`Key "${origin.keyId}" sees no ledger.`)
    const flight = new Flight<Answer>(deadlines)
    const call: CallInFlight = { events, bytes: origin.bytes, sinceMs: performance.now(), flight }
    const name = nameOf(origin)
    if (isShared(origin)) this.#shared.set(name, call)
    admission.enter(call)
    const settle = (answer: Answer) => {
      admission.leave(call)
      this.#shared.delete(name)
      flight.settle(answer)
    }
    run(ledger).then(
      (body) => settle({ status: 200, body }),
      (error: unknown) => settle(this.#answerToError(error, origin.operation)),
    )
    return call
  }

  /** The call's answer, or within `waitMs` that it is unknown. */
  async answer({ flight }: CallInFlight, waitMs: number): Promise<Answer> {
    const startedAtMs = performance.now()
    const settled = await flight.wait(waitMs)
    if (settled !== undefined) return settled.value
    const waitedMs = Math.round(performance.now() - startedAtMs)
    const message = `The ledger has not answered after ${waitedMs} ms. Send the same events again, with the same ids.`
    return outcomeUnknown(504, "ledger_unknown", message)
  }

  /** Ends all waiting: who waits hears that the outcome is unknown. */
  hurry(): void {
    this.#parts.deadlines.expireAll()
  }

  #answerToError(error: unknown, operation: RelayOperation): Answer {
    const code = error instanceof LedgerError ? error.code : "unforeseen"
    const message = error instanceof Error ? error.message : String(error)
    this.#parts.log({ event: "call_failed", operation, code, message })
    if (error instanceof ReplyLengthError) return outcomeUnknown(502, "ledger_unknown", message)
    switch (code) {
      case "unforeseen":
        return outcomeUnknown(500, "internal", "The ledger failed in an unforeseen way.")
      case "ledger_unknown":
        return outcomeUnknown(504, code, message)
      case "ledger_unavailable":
      case "ledger_not_configured":
        return notNow(503, "ledger_unavailable", message)
      case "ledger_invalid":
        return refusal(400, "invalid_request", message)
    }
  }
}

function isShared({ operation }: Origin): boolean {
  return operation === "create_accounts" || operation === "create_transfers"
}

/** The same for the same request of the same key. Neither a key's id nor a hash holds a colon. */
function nameOf({ operation, keyId, bodyHash }: Origin): string {
  return `${operation}:${keyId}:${bodyHash}`
}
