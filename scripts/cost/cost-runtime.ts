// Cost runtime: bare workerd on a temporary folder with the cost Worker, started for one measuring and ended after it.
// Owns: the process, the folder, and the questions that the Worker takes. Must not touch: what is measured.

import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { BareWorkerd } from "../support/bare-workerd.ts"
import { bundleWorker } from "../support/bundle.ts"
import { freePort } from "../support/free-port.ts"
import { JsonClient, type Answer } from "../support/json-client.ts"

/** What one object has used; the Worker's own words (worker/tally.ts). */
export interface Tally {
  readonly kind: "run" | "shard" | "account"
  readonly name: string
  readonly rowsWritten: number
  readonly alarmsSet: number
  readonly rowsRead: number
  readonly calls: number
  readonly alarms: number
  readonly looks: number
  readonly activeMs: number
  readonly databaseBytes: number
  readonly lives: number
}

export class CostRuntime {
  readonly url: string
  readonly #client: JsonClient

  constructor(url: string) {
    this.url = url
    this.#client = new JsonClient(url)
  }

  async tallies(): Promise<readonly Tally[]> {
    return (await this.#ask("/tallies")) as readonly Tally[]
  }

  async forget(): Promise<void> {
    await this.#ask("/forget")
  }

  /** Opens a bank account with money in it. */
  async deposit(account: string): Promise<void> {
    await this.#ask(`/deposit/${account}`)
  }

  /** Takes the run's object out of memory. */
  async evict(id: string): Promise<void> {
    await this.#ask(`/evict/${id}`)
  }

  async start(id: string, workflow: string, input: readonly unknown[]): Promise<unknown> {
    const path = `/v1/runs/${id}?wait=30000`
    return this.#asked(path, await this.#client.post(path, { workflow, input }))
  }

  /** Starts it and does not wait. */
  async begin(id: string, workflow: string, input: readonly unknown[]): Promise<void> {
    const path = `/v1/runs/${id}`
    this.#asked(path, await this.#client.post(path, { workflow, input }))
  }

  async signal(id: string, name: string): Promise<void> {
    const path = `/v1/runs/${id}/signals/${name}`
    this.#asked(path, await this.#client.post(path, 1))
  }

  /** The run as it is shown. */
  run(id: string): Promise<unknown> {
    return this.#ask(`/v1/runs/${id}`)
  }

  async #ask(path: string): Promise<unknown> {
    return this.#asked(path, await this.#client.get(path))
  }

  #asked(path: string, { status, body }: Answer): unknown {
    if (status < 300) return body
    throw new Error(`${path} was answered ${status}: ${JSON.stringify(body)}`)
  }
}

export async function onCostRuntime<T>(work: (runtime: CostRuntime) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "belay-cost-"))
  const runtime = new BareWorkerd({
    folder,
    port: await freePort(),
    objects: { RUNS: "RunObject", INDEX: "IndexObject", ACCOUNTS: "BankAccountObject" },
    variables: { BELAY_DEV: "1" },
  })
  try {
    await bundleWorker(
      fileURLToPath(new URL("worker/cost-worker.ts", import.meta.url)),
      join(folder, "worker.js"),
    )
    await runtime.start()
    return await work(new CostRuntime(runtime.url))
  } finally {
    await runtime.kill()
    rmSync(folder, { recursive: true, force: true })
  }
}
