// The relay's life: it listens, it drains, it ends.
// Owns: the HTTP server and the order of the end. What it is made of is `relay-parts.ts`, the way of a request is
// `request-handler.ts`.
//   R1. After `drain` every request that was begun has an answer, and the ledger is closed.
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import type { LedgerDescription } from "./ledger-backend.ts"
import { DRAIN_GRACE_MS, makeParts, type RelayOptions, type RelayParts } from "./relay-parts.ts"
import { RequestHandler } from "./request-handler.ts"

export type { RelayOptions } from "./relay-parts.ts"

/** After the grace: the time for callers to take their answers before they are cut off, in ms. */
const CUT_MS = 1_000

/** Callers that dribble their requests are cut off, in ms: the longest body is sent within the time of one call. */
const REQUEST_TIMEOUT_MS = 10_000

/** Longer than a caller's pool keeps a connection idle, so that we are not the one to cut it, in ms. */
const KEEP_ALIVE_MS = 65_000

/** How often the server looks for callers that dribble, in ms. */
const TIMEOUT_CHECK_MS = 1_000

const CONNECTIONS_MAX = 4_096

export class Relay {
  readonly #server: Server
  readonly #parts: RelayParts
  readonly #graceMs: number
  #requests = 0
  #idle: (() => void) | undefined
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
    relay.#begin()
    return relay
  }

  private constructor(options: RelayOptions) {
    const parts = makeParts(options)
    this.#parts = parts
    this.#graceMs = options.drainGraceMs ?? DRAIN_GRACE_MS
    const handler = new RequestHandler(parts)
    const requestTimeout = options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS
    const timeouts = {
      requestTimeout,
      headersTimeout: requestTimeout,
      keepAliveTimeout: KEEP_ALIVE_MS,
      connectionsCheckingInterval: Math.min(TIMEOUT_CHECK_MS, requestTimeout),
    }
    this.#server = createServer(timeouts, (request, response) => {
      this.#requests += 1
      void handler.handle(request, response).then(() => {
        this.#requests -= 1
        if (this.#requests === 0) this.#idle?.()
      })
    })
    this.#server.maxConnections = CONNECTIONS_MAX
    this.#server.on("drop", () => (parts.metrics.connectionsDropped += 1))
  }

  get ledger(): LedgerDescription {
    return this.#parts.backend.description
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

  #begin(): void {
    const { authenticator, rules, keyIds, log, watch } = this.#parts
    authenticator.listensSince(Date.now())
    const { kind, place } = this.ledger
    const { eventsMax } = rules
    log({ event: "started", url: this.url, ledger: kind, place, keys: keyIds, eventsMax })
    watch.start()
  }

  async #drain(): Promise<void> {
    const { admission, backend, caller, log, throttle, watch } = this.#parts
    watch.stop()
    admission.drain()
    log({ event: "draining", inFlight: admission.calls })
    const closed = new Promise((resolve) => this.#server.close(resolve))
    this.#server.closeIdleConnections()
    const hurryTimer = setTimeout(() => caller.hurry(), this.#graceMs)
    // Whoever has not even sent the whole request by then is cut off.
    const cutTimer = setTimeout(() => this.#server.closeAllConnections(), this.#graceMs + CUT_MS)
    if (this.#requests > 0) await new Promise<void>((resolve) => (this.#idle = resolve))
    clearTimeout(hurryTimer)
    // The answers are written; their connections close by themselves once they are read.
    this.#server.closeIdleConnections()
    await closed
    clearTimeout(cutTimer)
    backend.close()
    throttle.flush()
    log({ event: "drained" })
  }
}
