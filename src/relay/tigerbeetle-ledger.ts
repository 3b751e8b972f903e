// TigerBeetle as a ledger behind the relay, through its own client.
// Owns: the client, its renewal, and the translation of its results and errors. The only file that loads it.
//   T1. One client for the process: each one costs the cluster a session.
//   T2. The client waits for ever while the cluster is away; deadlines are the caller's business.
//   T3. A call that fails after it was handed over may have been executed: its outcome is unknown.
import type * as TigerBeetle from "tigerbeetle-node"
import { LedgerError } from "../ledger/errors.ts"
import {
  type Account,
  completeAccount,
  completeTransfer,
  type NewAccount,
  type NewTransfer,
  type Transfer,
} from "../ledger/records.ts"
import {
  type AccountOutcome,
  accountOutcome,
  accountStatusByNumber,
  type TransferOutcome,
  transferOutcome,
  transferStatusByNumber,
} from "../ledger/status-outcome.ts"
import type { LedgerBackend, LedgerDescription } from "./ledger-backend.ts"

/** A client that was evicted is replaced, but not more often than this: each new one may evict another. */
const RENEWAL_INTERVAL_MS = 5_000

export interface TigerBeetleOptions {
  readonly clusterId: bigint
  /** As `resolveReplicaAddresses` gives them. */
  readonly addresses: readonly string[]
}

/** Loads the native client and makes one; succeeds with no cluster in reach. */
export async function openTigerBeetle(options: TigerBeetleOptions): Promise<LedgerBackend> {
  const module = await import("tigerbeetle-node")
  return new TigerBeetleLedger(module, options)
}

class TigerBeetleLedger implements LedgerBackend {
  readonly description: LedgerDescription
  readonly #module: typeof TigerBeetle
  readonly #options: TigerBeetleOptions
  #client: TigerBeetle.Client
  #clientMadeAtMs: number
  #clientEnded = false
  #closed = false

  constructor(module: typeof TigerBeetle, options: TigerBeetleOptions) {
    this.#module = module
    this.#options = options
    this.#client = this.#makeClient()
    this.#clientMadeAtMs = Date.now()
    this.description = {
      kind: "tigerbeetle",
      place: `cluster ${options.clusterId} at ${options.addresses.join(", ")}`,
      note: "silent until the cluster answers; a wrong cluster id or address shows as silence",
    }
  }

  async createAccounts(accounts: readonly NewAccount[]): Promise<AccountOutcome[]> {
    const events = accounts.map(completeAccount)
    const results = await this.#call((client) => client.createAccounts(events))
    return readResults(results, accounts.length, ({ status, timestamp }) => {
      const name = accountStatusByNumber(status)
      return name === undefined ? undefined : accountOutcome(name, timestamp)
    })
  }

  async createTransfers(transfers: readonly NewTransfer[]): Promise<TransferOutcome[]> {
    const events = transfers.map(completeTransfer)
    const results = await this.#call((client) => client.createTransfers(events))
    return readResults(results, transfers.length, ({ status, timestamp }) => {
      const name = transferStatusByNumber(status)
      return name === undefined ? undefined : transferOutcome(name, timestamp)
    })
  }

  async lookupAccounts(ids: readonly bigint[]): Promise<Account[]> {
    const accounts = await this.#call((client) => client.lookupAccounts([...ids]))
    return accounts.map(({ reserved: _reserved, ...account }) => account)
  }

  lookupTransfers(ids: readonly bigint[]): Promise<Transfer[]> {
    return this.#call((client) => client.lookupTransfers([...ids]))
  }

  /** Blocks for up to a second while the client looks for its cluster: the last thing a process does. */
  close(): void {
    this.#closed = true
    this.#client.destroy()
  }

  async #call<Result>(send: (client: TigerBeetle.Client) => Promise<Result>): Promise<Result> {
    const client = this.#liveClient()
    try {
      return await send(client)
    } catch (error) {
      if (client === this.#client && this.#endsTheClient(error)) this.#clientEnded = true
      throw this.#translate(error)
    }
  }

  #liveClient(): TigerBeetle.Client {
    if (this.#closed) throw new LedgerError("ledger_unavailable", "The relay is shutting down.")
    if (!this.#clientEnded) return this.#client
    const ageMs = Date.now() - this.#clientMadeAtMs
    if (ageMs < RENEWAL_INTERVAL_MS) {
      throw new LedgerError(
        "ledger_unavailable",
        "The cluster ended this relay's session; a new one is opened in a few seconds.",
      )
    }
    this.#client.destroy()
    this.#client = this.#makeClient()
    this.#clientMadeAtMs = Date.now()
    this.#clientEnded = false
    return this.#client
  }

  #makeClient(): TigerBeetle.Client {
    return this.#module.createClient({
      cluster_id: this.#options.clusterId,
      replica_addresses: [...this.#options.addresses],
    })
  }

  #endsTheClient(error: unknown): boolean {
    const { ErrorCodes, RequestError } = this.#module
    return (
      error instanceof RequestError &&
      (error.code === ErrorCodes.ERR_CLIENT_EVICTED || error.code === ErrorCodes.ERR_CLIENT_CLOSED)
    )
  }

  #translate(error: unknown): LedgerError {
    const { ErrorCodes, RequestError } = this.#module
    const message = error instanceof Error ? error.message : String(error)
    // Without a code it is a mistake in the arguments, found before anything was sent.
    if (!(error instanceof RequestError)) {
      return new LedgerError("ledger_invalid", `TigerBeetle's client refused: ${message}`, {
        cause: error,
      })
    }
    switch (error.code) {
      case ErrorCodes.ERR_TOO_MUCH_DATA:
        return new LedgerError("ledger_invalid", "More events than the cluster takes at once.", {
          cause: error,
        })
      case ErrorCodes.ERR_CLIENT_RELEASE_TOO_LOW:
      case ErrorCodes.ERR_CLIENT_RELEASE_TOO_HIGH:
        return new LedgerError(
          "ledger_unavailable",
          `Client and cluster do not fit together (${error.code}): upgrade the older one.`,
          { cause: error },
        )
      case ErrorCodes.ERR_CLIENT_CLOSED:
      case ErrorCodes.ERR_CLIENT_EVICTED:
        return new LedgerError("ledger_unknown", `The session ended meanwhile (${error.code}).`, {
          cause: error,
        })
    }
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
