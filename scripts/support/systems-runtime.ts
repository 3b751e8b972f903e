// Systems runtime: everything the systems need, in a temporary folder, to be killed and started again: a relay with the
// embedded ledger, proxies before it that hold replies and make faults, and the Worker on Miniflare with D1.
// Owns: their order and their folder. What stands in the stores is read from their files, past the Worker.

import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { HoldingProxy } from "./holding-proxy.ts"
import { JsonClient } from "./json-client.ts"
import { lastingPort } from "./lasting-port.ts"
import { MiniflareProcess } from "./miniflare-process.ts"
import { RelayProcess } from "./relay-process.ts"
import { sqliteRows } from "./sqlite-rows.ts"
import { bundleSystems, d1File, SYSTEMS_WORKER } from "./systems-worker.ts"

interface Parts {
  readonly folder: string
  readonly relay: RelayProcess
  readonly proxies: readonly [HoldingProxy, ...HoldingProxy[]]
  readonly miniflare: MiniflareProcess
}

export interface SystemsOptions {
  /** Ways to the relay, which look to the Worker like so many relays; default 1. */
  readonly ways?: number
  /** Of the Worker, over those it is given anyway. */
  readonly variables?: Readonly<Record<string, string>>
}

export class SystemsRuntime {
  readonly client: JsonClient
  readonly relay: RelayProcess
  /** Between the Worker and the relay; the first of them, if there are several. */
  readonly proxy: HoldingProxy
  readonly proxies: readonly HoldingProxy[]
  readonly #parts: Parts

  /** @param onLine called for each line the Worker logs */
  static async start(
    onLine?: (line: string) => void,
    { ways = 1, variables = {} }: SystemsOptions = {},
  ): Promise<SystemsRuntime> {
    const folder = mkdtempSync(join(tmpdir(), "belay-systems-"))
    const script = join(folder, "worker.js")
    const [relay, port] = await Promise.all([
      lastingPort().then((relayPort) =>
        RelayProcess.start({ ledgerFile: join(folder, "ledger.sqlite"), port: relayPort }),
      ),
      lastingPort(),
      bundleSystems(script),
    ])
    const proxy = await HoldingProxy.start(relay.url)
    const others = Array.from({ length: ways - 1 }, () => HoldingProxy.start(relay.url))
    const proxies = [proxy, ...(await Promise.all(others))] as const
    const miniflare = new MiniflareProcess({
      script,
      stateFolder: join(folder, "state"),
      port,
      ...SYSTEMS_WORKER,
      variables: {
        BELAY_DEV: "1",
        ...relay.bindings(proxies.map(({ url }) => url).join()),
        ...variables,
      },
      ...(onLine === undefined ? {} : { onLine }),
    })
    const runtime = new SystemsRuntime({ folder, relay, proxies, miniflare })
    try {
      await miniflare.start()
    } catch (error) {
      await runtime.end().catch((endError: unknown) => {
        throw new AggregateError([error, endError], "The systems did not start, nor end.", {
          cause: error,
        })
      })
      throw error
    }
    return runtime
  }

  private constructor(parts: Parts) {
    this.#parts = parts
    this.client = new JsonClient(parts.miniflare.url)
    this.relay = parts.relay
    this.proxies = parts.proxies
    this.proxy = parts.proxies[0]
  }

  /** SIGKILL to the Worker's runtime; the relay lives on. */
  kill(): Promise<void> {
    return this.#parts.miniflare.kill()
  }

  /** Starts it on the same state. No request reaches a run. */
  restart(): Promise<void> {
    return this.#parts.miniflare.start()
  }

  /** Ends everything and deletes the folder. */
  async end(): Promise<void> {
    const { folder, relay, proxies, miniflare } = this.#parts
    await miniflare.kill()
    await Promise.all(proxies.map((proxy) => proxy.close()))
    await relay.stop()
    rmSync(folder, { recursive: true, force: true })
  }

  /** Rows of D1, read from its file without a request to the Worker. */
  d1(query: string, ...values: string[]): Record<string, unknown>[] {
    return sqliteRows(d1File(join(this.#parts.folder, "state")), query, ...values)
  }

  /** Rows of the embedded ledger, read from its file. */
  ledgerRows(query: string, ...values: string[]): Record<string, unknown>[] {
    return sqliteRows(join(this.#parts.folder, "ledger.sqlite"), query, ...values)
  }
}
