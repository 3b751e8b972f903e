// TigerBeetle as a ledger behind the relay, through its own client.
// Owns: loading that client, and the translation of its events and results. Its life is `tigerbeetle-session.ts`.
//   T1. The client waits for ever while the cluster is away; deadlines are the caller's business.
//   T2. A write that fails after it was handed over may have been executed: `ledger_unknown`. A read changes
//       nothing: `ledger_unavailable`.
//   T3. Each call is one call of the client: callers' events are never put together.
import { createRequire } from "node:module"
import { LedgerError } from "../../ledger/errors.ts"
import {
  type AccountBalance,
  completeAccountFilter,
  completeQueryFilter,
  type NewAccountFilter,
  type NewQueryFilter,
} from "../../ledger/filters.ts"
import {
  type Account,
  completeAccount,
  completeTransfer,
  type NewAccount,
  type NewTransfer,
  type Transfer,
} from "../../ledger/records.ts"
import {
  type AccountOutcome,
  accountOutcome,
  accountStatusByNumber,
  type TransferOutcome,
  transferOutcome,
  transferStatusByNumber,
} from "../../ledger/status-outcome.ts"
import type { LedgerBackend, LedgerDescription } from "../ledger-backend.ts"
import {
  type TigerBeetleModule,
  TigerBeetleSession,
  type TigerBeetleSessionOptions,
} from "./tigerbeetle-session.ts"

/**
 * Loads the native client and makes one; succeeds with no cluster in reach.
 * @throws Error when the client does not run on this machine.
 */
export async function openTigerBeetle(
  options: TigerBeetleSessionOptions,
): Promise<TigerBeetleLedger> {
  return new TigerBeetleLedger(await loadClient(), options)
}

function clientVersion(): string {
  const { version } = createRequire(import.meta.url)("tigerbeetle-node/package.json") as {
    readonly version?: unknown
  }
  return String(version)
}

async function loadClient(): Promise<TigerBeetleModule> {
  try {
    return await import("tigerbeetle-node")
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new Error(
      `TigerBeetle's client cannot be loaded on ${process.platform} ${process.arch}: ${reason}`,
      { cause },
    )
  }
}

export class TigerBeetleLedger implements LedgerBackend {
  readonly description: LedgerDescription
  readonly #session: TigerBeetleSession

  constructor(module: TigerBeetleModule, options: TigerBeetleSessionOptions) {
    this.#session = new TigerBeetleSession(module, options)
    this.description = {
      kind: "tigerbeetle",
      place: `cluster ${options.clusterId} at ${options.addresses.join(", ")}`,
      note: `silent until the cluster answers; one that is not running, a wrong address and a wrong cluster id all show as silence. The cluster's release must be at least ${clientVersion()}, the client's`,
    }
  }

  /** How many sessions with the cluster there were, this one included. */
  get generation(): number {
    return this.#session.generation
  }

  async createAccounts(accounts: readonly NewAccount[]): Promise<AccountOutcome[]> {
    const events = accounts.map(completeAccount)
    const results = await this.#session.call("writes", (client) => client.createAccounts(events))
    return readResults(results, accounts.length, ({ status, timestamp }) => {
      const name = accountStatusByNumber(status)
      return name === undefined ? undefined : accountOutcome(name, timestamp)
    })
  }

  async createTransfers(transfers: readonly NewTransfer[]): Promise<TransferOutcome[]> {
    const events = transfers.map(completeTransfer)
    const results = await this.#session.call("writes", (client) => client.createTransfers(events))
    return readResults(results, transfers.length, ({ status, timestamp }) => {
      const name = transferStatusByNumber(status)
      return name === undefined ? undefined : transferOutcome(name, timestamp)
    })
  }

  async lookupAccounts(ids: readonly bigint[]): Promise<Account[]> {
    const accounts = await this.#session.call("reads", (client) => client.lookupAccounts([...ids]))
    return accounts.map(({ reserved: _reserved, ...account }) => account)
  }

  lookupTransfers(ids: readonly bigint[]): Promise<Transfer[]> {
    return this.#session.call("reads", (client) => client.lookupTransfers([...ids]))
  }

  getAccountTransfers(filter: NewAccountFilter): Promise<Transfer[]> {
    const complete = { ...completeAccountFilter(filter) }
    return this.#session.call("reads", (client) => client.getAccountTransfers(complete))
  }

  getAccountBalances(filter: NewAccountFilter): Promise<AccountBalance[]> {
    const complete = { ...completeAccountFilter(filter) }
    return this.#session.call("reads", (client) => client.getAccountBalances(complete))
  }

  async queryAccounts(filter: NewQueryFilter): Promise<Account[]> {
    const complete = { ...completeQueryFilter(filter) }
    const accounts = await this.#session.call("reads", (client) => client.queryAccounts(complete))
    return accounts.map(({ reserved: _reserved, ...account }) => account)
  }

  queryTransfers(filter: NewQueryFilter): Promise<Transfer[]> {
    const complete = { ...completeQueryFilter(filter) }
    return this.#session.call("reads", (client) => client.queryTransfers(complete))
  }

  /** The last thing a process does. What is in flight fails, later in the same process, as T2 says. */
  close(): void {
    this.#session.close()
  }
}

// One result for each event, each with a status we know: anything else is another version's answer.
function readResults<Result, Outcome>(
  results: readonly Result[],
  count: number,
  read: (result: Result) => Outcome | undefined,
): Outcome[] {
  const outcomes = results.map(read).filter((outcome) => outcome !== undefined)
  if (outcomes.length === count) return outcomes
  throw new LedgerError(
    "ledger_unknown",
    `TigerBeetle gave ${outcomes.length} results that this relay understands for ${count} events: check the versions.`,
  )
}
