// Relay process: a real relay, to be killed and started again; with the embedded ledger on a file unless told otherwise.
// Owns: its settings and its life. A client of it is at hand, to count what stands in the ledger.

import { randomBytes } from "node:crypto"
import { fileURLToPath } from "node:url"
import { RelayLedger } from "../../src/ledger/relay-ledger.ts"
import type { RelayKey } from "../../src/ledger/signature.ts"
import { freePort } from "./free-port.ts"
import { ProcessGroup, type Ending } from "./process-group.ts"

const SCRIPT = fileURLToPath(new URL("../relay.ts", import.meta.url))
const READY_TIMEOUT_MS = 15_000

/** Longer than the relay's own grace for what is in flight. */
const STOP_GRACE_MS = 7_000

/** A cluster as TB_ADDRESS and TB_CLUSTER_ID name it. */
export interface TigerBeetleCluster {
  readonly addresses: string
  /** 0 unless given. */
  readonly clusterId?: string
}

export interface RelayProcessOptions {
  /** Not used with `tigerBeetle`. */
  readonly ledgerFile: string
  /** The ledger instead of the embedded one. Never taken from this process's own environment. */
  readonly tigerBeetle?: TigerBeetleCluster
  /** A free one unless given; kept over restarts. */
  readonly port?: number
  /** A new one unless given. */
  readonly key?: RelayKey
  /** Further variables of its environment, over those it is given anyway. */
  readonly variables?: Readonly<Record<string, string>>
  readonly onLine?: (line: string) => void
}

export class RelayProcess {
  readonly key: RelayKey
  readonly url: string
  readonly #port: number
  readonly #options: RelayProcessOptions
  #group: ProcessGroup | undefined

  /** Resolves when the relay answers. */
  static async start(options: RelayProcessOptions): Promise<RelayProcess> {
    const relay = new RelayProcess(options, options.port ?? (await freePort()))
    await relay.start()
    return relay
  }

  private constructor(options: RelayProcessOptions, port: number) {
    this.#options = options
    this.#port = port
    this.key = options.key ?? { id: "local", secret: randomBytes(32).toString("hex") }
    this.url = `http://127.0.0.1:${port}`
  }

  /** The variables that lead a Worker to this relay, or to something in front of it. */
  bindings(url = this.url): { BELAY_RELAY_URL: string; BELAY_RELAY_KEY: string } {
    return { BELAY_RELAY_URL: url, BELAY_RELAY_KEY: JSON.stringify(this.key) }
  }

  get ledger(): RelayLedger {
    return new RelayLedger({ urls: [this.url], key: this.key })
  }

  /** How it ends; never, while it is not started. */
  get ended(): Promise<Ending> {
    return this.#group?.ended ?? new Promise(() => undefined)
  }

  /** @throws Error while it is not started */
  get pid(): number {
    if (this.#group === undefined) throw new Error("The relay is not started.")
    return this.#group.pid
  }

  /** What it said last. */
  get tail(): string {
    return this.#group?.tail ?? ""
  }

  async start(): Promise<void> {
    const { ledgerFile, tigerBeetle, variables, onLine } = this.#options
    const ready = Promise.withResolvers<void>()
    const group = await ProcessGroup.start({
      command: process.execPath,
      args: [SCRIPT],
      env: {
        ...process.env,
        BELAY_RELAY_HOST: "127.0.0.1",
        BELAY_RELAY_PORT: String(this.#port),
        BELAY_RELAY_KEYS: JSON.stringify({ [this.key.id]: this.key.secret }),
        BELAY_LEDGER_FILE: ledgerFile,
        TB_ADDRESS: tigerBeetle?.addresses ?? "",
        TB_CLUSTER_ID: tigerBeetle?.clusterId ?? "",
        BELAY_READY_JSON: "1",
        ...variables,
      },
      onLine: (line) => {
        if (line.includes('"ready":true')) ready.resolve()
        else onLine?.(line)
      },
    })
    this.#group = group
    const timer = setTimeout(
      () => ready.reject(new Error("it was not ready in time")),
      READY_TIMEOUT_MS,
    )
    void group.ended.then(() => ready.reject(new Error("it ended")))
    try {
      await ready.promise
    } catch (cause) {
      await group.kill()
      throw new Error(`The relay did not start. It said:\n${group.tail || "nothing"}`, { cause })
    } finally {
      clearTimeout(timer)
    }
  }

  signal(signal: NodeJS.Signals): void {
    this.#group?.signal(signal)
  }

  /** SIGKILL, as a crash would. */
  async kill(): Promise<void> {
    await this.#group?.kill()
  }

  /** Lets it answer what is in flight first. */
  async stop(): Promise<void> {
    await this.#group?.stop(STOP_GRACE_MS)
  }
}
