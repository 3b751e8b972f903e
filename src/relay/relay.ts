// The relay's life: it listens, it drains, it ends.
// Owns: the HTTP server and the order of the end. The way of a request is `request-handler.ts`.
//   R1. After `drain` every request that was begun has an answer, and the ledger is closed.
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { ChainLedger } from "../ledger/chain-ledger.ts"
import { EVENTS_MAX } from "../ledger/limits.ts"
import { Admission } from "./admission.ts"
import { Authenticator } from "./authenticator.ts"
import type { LedgerBackend, LedgerDescription } from "./ledger-backend.ts"
import { LedgerCaller } from "./ledger-caller.ts"
import type { BodyRules } from "./operations.ts"
import { Readiness } from "./readiness.ts"
import type { RelayLog } from "./relay-log.ts"
import { RequestHandler } from "./request-handler.ts"

/** How long a drain waits for calls in flight before it answers them "unknown", in ms. */
const DRAIN_GRACE_MS = 5_000

/** After the grace: the time for callers to take their answers before they are cut off, in ms. */
const CUT_MS = 1_000

/** A ledger silent for this long after the start is worth a line in the log, in ms. */
const SILENCE_HINT_MS = 10_000

/** Callers that dribble their requests are cut off, in ms. */
const REQUEST_TIMEOUT_MS = 15_000

/** Longer than a caller's pool keeps a connection idle, so that we are not the one to cut it, in ms. */
const KEEP_ALIVE_MS = 65_000

const CONNECTIONS_MAX = 4_096

export interface RelayOptions {
  readonly ledger: LedgerBackend
  /** Secrets by key id. */
  readonly keys: ReadonlyMap<string, string>
  /** Default 127.0.0.1. */
  readonly host?: string
  /** Default 0: any free port. */
  readonly port?: number
  readonly log?: RelayLog
  readonly rules?: Partial<BodyRules>
  readonly drainGraceMs?: number
  readonly callsInFlightMax?: number
}

export class Relay {
  readonly #server: Server
  readonly #ledger: LedgerBackend
  readonly #admission: Admission
  readonly #hurry: AbortController
  readonly #log: RelayLog
  readonly #graceMs: number
  readonly #requests = new Set<Promise<void>>()
  readonly #silenceHint: NodeJS.Timeout
  #address: AddressInfo = { address: "", family: "", port: 0 }
  #drained: Promise<void> | undefined

  /** Starts listening. */
  static async start(options: RelayOptions): Promise<Relay> {
    const relay = new Relay(options)
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    relay.#server.once("error", reject)
    relay.#server.listen(options.port ?? 0, options.host ?? "127.0.0.1", resolve)
    await promise
    relay.#server.off("error", reject)
    relay.#address = relay.#server.address() as AddressInfo
    return relay
  }

  private constructor(options: RelayOptions) {
    const { ledger, log = () => undefined } = options
    this.#ledger = ledger
    this.#log = log
    this.#graceMs = options.drainGraceMs ?? DRAIN_GRACE_MS
    const admission = new Admission(options.callsInFlightMax)
    const readiness = new Readiness(ledger, admission)
    const hurry = new AbortController()
    const caller = new LedgerCaller({
      ledger: new ChainLedger(ledger),
      admission,
      readiness,
      log,
      hurry: hurry.signal,
    })
    const authenticator = new Authenticator(options.keys)
    const rules: BodyRules = { eventsMax: EVENTS_MAX, imported: "refused", ...options.rules }
    const parts = { authenticator, admission, caller, readiness, rules, log }
    const handler = new RequestHandler(parts)
    this.#admission = admission
    this.#hurry = hurry
    this.#server = createServer((request, response) => {
      const handled = handler.handle(request, response)
      this.#requests.add(handled)
      void handled.finally(() => this.#requests.delete(handled))
    })
    this.#server.requestTimeout = REQUEST_TIMEOUT_MS
    this.#server.keepAliveTimeout = KEEP_ALIVE_MS
    this.#server.maxConnections = CONNECTIONS_MAX
    this.#silenceHint = this.#watchForSilence(readiness)
  }

  get ledger(): LedgerDescription {
    return this.#ledger.description
  }

  get port(): number {
    return this.#address.port
  }

  get url(): string {
    const { address, family, port } = this.#address
    return `http://${family === "IPv6" ? `[${address}]` : address}:${port}`
  }

  /** Refuses new work, waits for what is in flight, answers the rest "unknown", ends. Again: the same end. */
  drain(): Promise<void> {
    this.#drained ??= this.#drain()
    return this.#drained
  }

  async #drain(): Promise<void> {
    clearTimeout(this.#silenceHint)
    this.#admission.drain()
    this.#log({ event: "draining", inFlight: this.#admission.inFlight })
    const closed = new Promise((resolve) => this.#server.close(resolve))
    this.#server.closeIdleConnections()
    const hurryTimer = setTimeout(() => this.#hurry.abort(), this.#graceMs)
    // Whoever has not even sent the whole request by then is cut off.
    const cutTimer = setTimeout(() => this.#server.closeAllConnections(), this.#graceMs + CUT_MS)
    while (this.#requests.size > 0) await Promise.all(this.#requests)
    clearTimeout(hurryTimer)
    // The answers are written; their connections close by themselves once they are read.
    this.#server.closeIdleConnections()
    await closed
    clearTimeout(cutTimer)
    this.#ledger.close()
    this.#log({ event: "drained" })
  }

  // A wrong cluster id or address looks like a slow start, for ever.
  #watchForSilence(readiness: Readiness): NodeJS.Timeout {
    void readiness.probe()
    const timer = setTimeout(() => {
      if (readiness.hasAnswered) return
      const { place, note } = this.#ledger.description
      this.#log({ event: "ledger_silent", ledger: place, hint: note })
    }, SILENCE_HINT_MS)
    return timer.unref()
  }
}
