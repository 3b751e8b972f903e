// The session with a TigerBeetle cluster: one native client for the process, replaced when the cluster ended it.
// Owns: the client's life, and what an error of its says about the events that were sent.
//   S1. One client at a time: each new one costs the cluster a session and may evict somebody else's. So one is
//       made only for a call that needs it, after the last one ended, and less and less often when they end soon.
//   S2. A client that the cluster evicted is let go, never destroyed: `destroy` would abort the whole process.
//   S3. What the client refuses at once, it did not send. What fails later may have been executed, unless the
//       client says that it was too much to send.
import type * as TigerBeetle from "tigerbeetle-node"
import { LedgerError } from "../../ledger/errors.ts"

/** The part of `tigerbeetle-node` that is used. */
export type TigerBeetleModule = Pick<
  typeof TigerBeetle,
  "createClient" | "ErrorCodes" | "RequestError"
>

export interface TigerBeetleSessionOptions {
  readonly clusterId: bigint
  /** As `resolveReplicaAddresses` gives them. */
  readonly addresses: readonly string[]
  /** Milliseconds that only go forward; the default is the process's own. */
  readonly nowMs?: () => number
}

/** Whether a call that failed may have changed something. */
export type Effect = "reads" | "writes"

/** From the making of one client to that of the next, at least; doubled each time a client ends early. */
const RENEWAL_MS_MIN = 5_000
const RENEWAL_MS_MAX = 60_000

const HANDED_OVER = Promise.resolve()

export class TigerBeetleSession {
  readonly #module: TigerBeetleModule
  readonly #options: TigerBeetleSessionOptions
  readonly #nowMs: () => number
  #client: TigerBeetle.Client
  #madeAtMs: number
  #generation = 1
  #renewalMs = 0
  /** Why the client can do no more. */
  #endedBy: string | undefined
  #closed = false

  /** @throws Error when the native client cannot be made on this machine; a cluster out of reach is no error. */
  constructor(module: TigerBeetleModule, options: TigerBeetleSessionOptions) {
    this.#module = module
    this.#options = options
    this.#nowMs = options.nowMs ?? (() => performance.now())
    try {
      this.#client = this.#makeClient()
    } catch (cause) {
      throw new Error(
        `TigerBeetle's client could not be made: ${messageOf(cause)} On Linux it needs io_uring, which the default profile of many container runtimes forbids.`,
        { cause },
      )
    }
    this.#madeAtMs = this.#nowMs()
  }

  /** How many clients there were, this one included. */
  get generation(): number {
    return this.#generation
  }

  /**
   * One call of the client; `send` returns the client's own promise.
   * @throws LedgerError; for a call that reads never `ledger_unknown`.
   */
  async call<Result>(
    effect: Effect,
    send: (client: TigerBeetle.Client) => Promise<Result>,
  ): Promise<Result> {
    const client = this.#liveClient()
    let wasHandedOver = false
    try {
      const sent = send(client)
      // A refusal at once is there already and comes first; everything else takes another turn of the loop.
      await Promise.race([sent, HANDED_OVER])
      wasHandedOver = true
      return await sent
    } catch (error) {
      if (this.#endsTheClient(error) && client === this.#client && this.#endedBy === undefined) {
        this.#noteEnd(error.code)
      }
      throw this.#translate(error, effect, wasHandedOver)
    }
  }

  /**
   * Calls in flight fail once the client is gone. The process need not wait for that: it may exit at once. Where it
   * does not, the event loop is blocked for up to a second while the client looks for its cluster.
   */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    if (this.#endedBy !== undefined) return
    // The cluster may have evicted it without our having asked anything since (S2): it refuses at once then.
    const client = this.#client
    let isEvicted = false
    client.lookupAccounts([]).catch(() => {
      isEvicted = true
    })
    setImmediate(() => {
      if (!isEvicted) client.destroy()
    })
  }

  #liveClient(): TigerBeetle.Client {
    if (this.#closed) throw new LedgerError("ledger_unavailable", "The relay is shutting down.")
    if (this.#endedBy === undefined) return this.#client
    const waitMs = this.#madeAtMs + this.#renewalMs - this.#nowMs()
    if (waitMs > 0) {
      throw new LedgerError(
        "ledger_unavailable",
        `The cluster ended this relay's session (${this.#endedBy}); a new one may be opened in ${Math.ceil(waitMs)} ms.`,
      )
    }
    try {
      this.#client = this.#makeClient()
    } catch (cause) {
      this.#madeAtMs = this.#nowMs()
      this.#noteEnd(messageOf(cause))
      throw new LedgerError(
        "ledger_unavailable",
        `A new session with the cluster could not be opened: ${messageOf(cause)}`,
        { cause },
      )
    }
    this.#madeAtMs = this.#nowMs()
    this.#generation += 1
    this.#endedBy = undefined
    return this.#client
  }

  #makeClient(): TigerBeetle.Client {
    return this.#module.createClient({
      cluster_id: this.#options.clusterId,
      replica_addresses: [...this.#options.addresses],
    })
  }

  #noteEnd(reason: string): void {
    const livedMs = this.#nowMs() - this.#madeAtMs
    this.#endedBy = reason
    this.#renewalMs =
      livedMs >= RENEWAL_MS_MAX
        ? RENEWAL_MS_MIN
        : Math.min(Math.max(this.#renewalMs * 2, RENEWAL_MS_MIN), RENEWAL_MS_MAX)
  }

  #endsTheClient(error: unknown): error is TigerBeetle.RequestError {
    const { ErrorCodes, RequestError } = this.#module
    return error instanceof RequestError && error.code !== ErrorCodes.ERR_TOO_MUCH_DATA
  }

  #translate(error: unknown, effect: Effect, wasHandedOver: boolean): LedgerError {
    const options = { cause: error }
    const lost = wasHandedOver && effect === "writes" ? "ledger_unknown" : "ledger_unavailable"
    if (this.#endsTheClient(error)) {
      const message = `The session with the cluster has ended: ${this.#meaningOf(error.code)}`
      return new LedgerError(lost, message, options)
    }
    if (error instanceof this.#module.RequestError) {
      return new LedgerError(
        "ledger_invalid",
        "More events, or more results, than this cluster takes in one request. Its replicas may run in development mode, with about 253.",
        options,
      )
    }
    return wasHandedOver
      ? new LedgerError(lost, `The answer was lost: ${messageOf(error)}`, options)
      : new LedgerError(
          "ledger_invalid",
          `TigerBeetle's client refused: ${messageOf(error)}`,
          options,
        )
  }

  #meaningOf(code: TigerBeetle.ErrorCodes): string {
    const { ErrorCodes } = this.#module
    if (code === ErrorCodes.ERR_CLIENT_RELEASE_TOO_LOW) {
      return `this relay's client is too old for the cluster; upgrade the relay (${code}).`
    }
    if (code === ErrorCodes.ERR_CLIENT_RELEASE_TOO_HIGH) {
      return `this relay's client is newer than the cluster; upgrade the replicas first (${code}).`
    }
    return this.#closed ? "the relay is shutting down." : `the cluster evicted it (${code}).`
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
