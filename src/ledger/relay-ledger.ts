// The ledger as a workflow's step sees it: a client of one or more relays.
// Owns: the time one call may take, the order in which relays are asked, and what is known at the end.
// Sending the same events to several relays is harmless: their ids decide.
//   E1. A call ends within its time, whatever the relays do.
//   E2. `ledger_unavailable` only when no relay can have submitted the events; else `ledger_unknown`.
import { LedgerError } from "./errors.ts"
import type { CallOptions, Ledger } from "./ledger.ts"
import { BODY_BYTES_MAX, CALL_TIMEOUT_MS, EVENTS_MAX } from "./limits.ts"
import {
  type Account,
  completeAccount,
  completeTransfer,
  type NewAccount,
  type NewTransfer,
  type Transfer,
} from "./records.ts"
import { callRelay, type Fetch } from "./relay-call.ts"
import { EdgeSigner, type RelayKey } from "./signature.ts"
import type { AccountOutcome, TransferOutcome } from "./status-outcome.ts"
import * as wire from "./wire.ts"
import { WireError } from "./wire-field.ts"

export interface RelayLedgerOptions {
  /** Base addresses, asked in this order until one answers; plain http on loopback only. */
  readonly urls: readonly [string, ...string[]]
  readonly key: RelayKey
  /** Time for one call over all relays, in ms; default 4,000. */
  readonly timeoutMs?: number
  readonly fetch?: Fetch
}

/** Whether a call that got no answer may have changed something. */
type Effect = "writes" | "reads"

export class RelayLedger implements Ledger {
  readonly #urls: readonly string[]
  readonly #signer: EdgeSigner
  readonly #timeoutMs: number
  readonly #fetch: Fetch
  /** The relay that answered last: asked first, so that a dead one costs its share of the time only once. */
  #preferred = 0

  constructor(options: RelayLedgerOptions) {
    this.#urls = options.urls
    this.#signer = new EdgeSigner(options.key)
    this.#timeoutMs = options.timeoutMs ?? CALL_TIMEOUT_MS
    this.#fetch = options.fetch ?? ((url, init) => fetch(url, init))
  }

  createAccounts(
    accounts: readonly NewAccount[],
    options?: CallOptions,
  ): Promise<AccountOutcome[]> {
    return this.#call(
      "create_accounts",
      accounts.length,
      () => wire.writeAccountRequests(accounts.map(completeAccount)),
      (body) => wire.readAccountOutcomes(body, accounts.length),
      options,
    )
  }

  createTransfers(
    transfers: readonly NewTransfer[],
    options?: CallOptions,
  ): Promise<TransferOutcome[]> {
    return this.#call(
      "create_transfers",
      transfers.length,
      () => wire.writeTransferRequests(transfers.map(completeTransfer)),
      (body) => wire.readTransferOutcomes(body, transfers.length),
      options,
    )
  }

  lookupAccounts(ids: readonly bigint[], options?: CallOptions): Promise<Account[]> {
    return this.#call(
      "lookup_accounts",
      ids.length,
      () => wire.writeIds(ids),
      wire.readAccounts,
      options,
    )
  }

  lookupTransfers(ids: readonly bigint[], options?: CallOptions): Promise<Transfer[]> {
    return this.#call(
      "lookup_transfers",
      ids.length,
      () => wire.writeIds(ids),
      wire.readTransfers,
      options,
    )
  }

  async #call<Result>(
    operation: wire.RelayOperation,
    count: number,
    write: () => string,
    read: (body: unknown) => Result,
    options: CallOptions | undefined,
  ): Promise<Result> {
    const body = encodeBody(count, write)
    const deadlineMs = Date.now() + this.#timeoutMs
    const reasons: string[] = []
    let submitted = false
    for (const [asked, { url, index }] of this.#relaysInOrder().entries()) {
      // A relay that hangs must not eat the time of the others.
      const timeoutMs = Math.floor((deadlineMs - Date.now()) / (this.#urls.length - asked))
      if (timeoutMs <= 0 || options?.signal?.aborted === true) break
      const path = wire.operationPath(operation)
      const call = { url, path, body, timeoutMs, signal: options?.signal }
      const reply = await callRelay(this.#fetch, this.#signer, call)
      if (reply.kind === "answered") {
        this.#preferred = index
        return readAnswer(reply.body, read, url)
      }
      submitted ||= reply.kind === "unknown"
      reasons.push(`relay ${url} ${reply.reason}`)
    }
    const effect: Effect = operation.startsWith("create") ? "writes" : "reads"
    throw noAnswer(operation, effect, submitted, reasons)
  }

  #relaysInOrder(): { url: string; index: number }[] {
    const relays = this.#urls.map((url, index) => ({ url, index }))
    return [...relays.slice(this.#preferred), ...relays.slice(0, this.#preferred)]
  }
}

function encodeBody(count: number, write: () => string): Uint8Array {
  if (count > EVENTS_MAX) {
    throw new LedgerError(
      "ledger_invalid",
      `One ledger call takes at most ${EVENTS_MAX} events or ids, got ${count}; split it between chains.`,
    )
  }
  try {
    const body = new TextEncoder().encode(write())
    if (body.byteLength <= BODY_BYTES_MAX) return body
    throw new LedgerError(
      "ledger_invalid",
      `One ledger call takes at most ${BODY_BYTES_MAX} bytes, got ${body.byteLength}; split it between chains.`,
    )
  } catch (error) {
    if (!(error instanceof WireError)) throw error
    throw new LedgerError("ledger_invalid", error.message, { cause: error })
  }
}

// A verified answer that does not read well is an old or a broken relay: what it did is unknown.
function readAnswer<Result>(body: unknown, read: (body: unknown) => Result, url: string): Result {
  try {
    return read(body)
  } catch (error) {
    if (!(error instanceof WireError)) throw error
    const message = `relay ${url} answered something this version cannot read: ${error.message}`
    throw new LedgerError("ledger_unknown", message, { cause: error })
  }
}

function noAnswer(
  operation: string,
  effect: Effect,
  submitted: boolean,
  reasons: readonly string[],
): LedgerError {
  const why =
    reasons.length === 0
      ? "the caller had given up before"
      : reasons.map((reason) => reason.replace(/\.$/, "")).join("; ")
  return effect === "writes" && submitted
    ? new LedgerError(
        "ledger_unknown",
        `Whether ${operation} took effect is unknown: ${why}. Send the same events again.`,
      )
    : new LedgerError(
        "ledger_unavailable",
        `The ledger did not answer ${operation}: ${why}. Nothing was changed by this call.`,
      )
}
