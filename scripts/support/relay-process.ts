// Relay process: a real relay with the embedded ledger on a file, to be killed and started again.
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

export interface RelayProcessOptions {
  readonly ledgerFile: string
  /** A free one unless given; kept over restarts. */
  readonly port?: number
  /** A new one unless given. */
  readonly key?: RelayKey
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

  /** What it said last. */
  get tail(): string {
    return this.#group?.tail ?? ""
  }

  async start(): Promise<void> {
    const { ledgerFile, onLine } = this.#options
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
        TB_ADDRESS: "",
        BELAY_READY_JSON: "1",
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

  /** SIGKILL, as a crash would. */
  async kill(): Promise<void> {
    await this.#group?.kill()
  }

  /** Lets it answer what is in flight first. */
  async stop(): Promise<void> {
    await this.#group?.stop(STOP_GRACE_MS)
  }
}
