// The ledger as a workflow's step sees it: a client of one or more relays.
// Owns: the operations and their bodies. Who is asked, and what is known at the end, is `relay-round.ts`'s.
import { LedgerError } from "./errors.ts"
import type { FenceOutcome } from "./fence.ts"
import {
  type AccountBalance,
  type AccountFilter,
  completeAccountFilter,
  completeQueryFilter,
  EMPTY_ACCOUNT_FILTER,
  EMPTY_QUERY_FILTER,
  type NewAccountFilter,
  type NewQueryFilter,
  type QueryFilter,
} from "./filters.ts"
import { requireKnownFields } from "./known-fields.ts"
import type { CallOptions, Ledger } from "./ledger.ts"
import { BODY_BYTES_MAX, CALL_TIMEOUT_MS, EVENTS_MAX } from "./limits.ts"
import {
  type Account,
  type AccountRequest,
  completeAccount,
  completeTransfer,
  EMPTY_ACCOUNT,
  EMPTY_TRANSFER,
  type NewAccount,
  type NewTransfer,
  type Transfer,
  type TransferRequest,
} from "./records.ts"
import type { Fetch } from "./relay-call.ts"
import { RelayMarks } from "./relay-choice.ts"
import { askRelays, type RelayParts } from "./relay-round.ts"
import { EdgeSigner, type RelayKey } from "./signature.ts"
import type { AccountOutcome, TransferOutcome } from "./status-outcome.ts"
import * as wire from "./wire.ts"
import { WireError } from "./wire-field.ts"
import * as wireQuery from "./wire-query.ts"

export interface RelayLedgerOptions {
  /** Base addresses; which one is asked first depends on the request. Plain http on loopback only. */
  readonly urls: readonly [string, ...string[]]
  readonly key: RelayKey
  /** Time for one call over all relays, in ms, unless the call says otherwise; default 4,000. */
  readonly timeoutMs?: number
  /** Shared by clients of the same relays, so that each of them knows which ones failed lately. */
  readonly marks?: RelayMarks
  readonly fetch?: Fetch
}

const WRITES: readonly wire.RelayOperation[] = [
  "create_accounts",
  "create_transfers",
  "fence_transfer",
]

export class RelayLedger implements Ledger {
  readonly #parts: RelayParts
  readonly #timeoutMs: number

  constructor(options: RelayLedgerOptions) {
    this.#parts = {
      urls: options.urls,
      marks: options.marks ?? new RelayMarks(),
      signer: new EdgeSigner(options.key),
      fetch: options.fetch ?? ((url, init) => fetch(url, init)),
    }
    this.#timeoutMs = options.timeoutMs ?? CALL_TIMEOUT_MS
  }

  createAccounts(
    accounts: readonly NewAccount[],
    options?: CallOptions,
  ): Promise<AccountOutcome[]> {
    const call: LedgerCall<AccountOutcome[]> = {
      operation: "create_accounts",
      key: accounts[0]?.id,
      count: accounts.length,
      write: () => wire.writeAccountRequests(accounts.map(knownAccount)),
      read: (body) => wire.readAccountOutcomes(body, accounts.length),
    }
    return this.#call(call, options)
  }

  createTransfers(
    transfers: readonly NewTransfer[],
    options?: CallOptions,
  ): Promise<TransferOutcome[]> {
    const call: LedgerCall<TransferOutcome[]> = {
      operation: "create_transfers",
      key: transfers[0]?.id,
      count: transfers.length,
      write: () => wire.writeTransferRequests(transfers.map(knownTransfer)),
      read: (body) => wire.readTransferOutcomes(body, transfers.length),
    }
    return this.#call(call, options)
  }

  lookupAccounts(ids: readonly bigint[], options?: CallOptions): Promise<Account[]> {
    const write = () => wire.writeIds(ids)
    const ask = { operation: "lookup_accounts", key: ids[0], count: ids.length } as const
    return this.#call({ ...ask, write, read: wire.readAccounts }, options)
  }

  lookupTransfers(ids: readonly bigint[], options?: CallOptions): Promise<Transfer[]> {
    const write = () => wire.writeIds(ids)
    const ask = { operation: "lookup_transfers", key: ids[0], count: ids.length } as const
    return this.#call({ ...ask, write, read: wire.readTransfers }, options)
  }

  getAccountTransfers(filter: NewAccountFilter, options?: CallOptions): Promise<Transfer[]> {
    const write = () => wireQuery.writeAccountFilter(knownAccountFilter(filter))
    const ask = { operation: "get_account_transfers", key: filter.account_id } as const
    return this.#call({ ...ask, write, read: wire.readTransfers }, options)
  }

  getAccountBalances(filter: NewAccountFilter, options?: CallOptions): Promise<AccountBalance[]> {
    const write = () => wireQuery.writeAccountFilter(knownAccountFilter(filter))
    const ask = { operation: "get_account_balances", key: filter.account_id } as const
    return this.#call({ ...ask, write, read: wireQuery.readBalances }, options)
  }

  queryAccounts(filter: NewQueryFilter, options?: CallOptions): Promise<Account[]> {
    const write = () => wireQuery.writeQueryFilter(knownQueryFilter(filter))
    const ask = { operation: "query_accounts", key: filter.user_data_128 } as const
    return this.#call({ ...ask, write, read: wire.readAccounts }, options)
  }

  queryTransfers(filter: NewQueryFilter, options?: CallOptions): Promise<Transfer[]> {
    const write = () => wireQuery.writeQueryFilter(knownQueryFilter(filter))
    const ask = { operation: "query_transfers", key: filter.user_data_128 } as const
    return this.#call({ ...ask, write, read: wire.readTransfers }, options)
  }

  fenceTransfer(id: bigint, options?: CallOptions): Promise<FenceOutcome> {
    const write = () => wireQuery.writeFenceId(id)
    const ask = { operation: "fence_transfer", key: id } as const
    return this.#call({ ...ask, write, read: wireQuery.readFenceOutcome }, options)
  }

  async #call<Result>(call: LedgerCall<Result>, options: CallOptions | undefined): Promise<Result> {
    const { operation, key, count = 1, write, read } = call
    return askRelays(this.#parts, {
      operation,
      path: wire.operationPath(operation),
      effect: WRITES.includes(operation) ? "writes" : "reads",
      key: String(key ?? 0n),
      body: encodeBody(count, write),
      read,
      timeoutMs: options?.timeoutMs ?? this.#timeoutMs,
      signal: options?.signal,
      trace: options?.trace,
    })
  }
}

interface LedgerCall<Result> {
  readonly operation: wire.RelayOperation
  /** The first id of the request: a retry finds the relay that remembers the events, a fence the one it fences. */
  readonly key: bigint | undefined
  /** Events or ids; 1 unless given. */
  readonly count?: number
  readonly write: () => string
  readonly read: (body: unknown) => Result
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

function knownAccount(account: NewAccount, index: number): AccountRequest {
  requireKnownFields(account, `accounts[${index}]`, EMPTY_ACCOUNT)
  return completeAccount(account)
}

function knownTransfer(transfer: NewTransfer, index: number): TransferRequest {
  requireKnownFields(transfer, `transfers[${index}]`, EMPTY_TRANSFER)
  return completeTransfer(transfer)
}

function knownAccountFilter(filter: NewAccountFilter): AccountFilter {
  requireKnownFields(filter, "filter", EMPTY_ACCOUNT_FILTER)
  return completeAccountFilter(filter)
}

function knownQueryFilter(filter: NewQueryFilter): QueryFilter {
  requireKnownFields(filter, "filter", EMPTY_QUERY_FILTER)
  return completeQueryFilter(filter)
}
