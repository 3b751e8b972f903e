// Runs runtime: a Worker with workflows made to be looked at, on a folder of its own; for pictures and browser tests.
// Owns: its life, and another deploy of it on the same state.

import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { bundleWorker } from "../support/bundle.ts"
import { JsonClient } from "../support/json-client.ts"
import { lastingPort } from "../support/lasting-port.ts"
import { MiniflareProcess } from "../support/miniflare-process.ts"
import { SYSTEMS_WORKER } from "../support/systems-worker.ts"

const ENTRY = fileURLToPath(new URL("worker/main.ts", import.meta.url))

const OBJECTS = {
  RUNS: "RunObject",
  SCHEDULES: "ScheduleObject",
  LIMITS: "LimiterObject",
  INDEX: "IndexObject",
}

export class RunsRuntime {
  readonly client: JsonClient
  readonly #folder: string
  readonly #port: number
  #miniflare: MiniflareProcess

  static async start(variables: Readonly<Record<string, string>> = {}): Promise<RunsRuntime> {
    const folder = mkdtempSync(join(tmpdir(), "belay-runs-"))
    await bundleWorker(ENTRY, join(folder, "worker.js"))
    const runtime = new RunsRuntime(folder, await lastingPort(), variables)
    await runtime.#miniflare.start()
    return runtime
  }

  private constructor(folder: string, port: number, variables: Readonly<Record<string, string>>) {
    this.#folder = folder
    this.#port = port
    this.#miniflare = this.#process(variables)
    this.client = new JsonClient(this.#miniflare.url)
  }

  #process(variables: Readonly<Record<string, string>>): MiniflareProcess {
    return new MiniflareProcess({
      script: join(this.#folder, "worker.js"),
      stateFolder: join(this.#folder, "state"),
      port: this.#port,
      objects: OBJECTS,
      migrationsFolder: SYSTEMS_WORKER.migrationsFolder,
      variables: { BELAY_DEV: "1", ...variables },
    })
  }

  /** SIGKILL, and then the Worker with other variables on the same state. */
  async redeploy(variables: Readonly<Record<string, string>> = {}): Promise<void> {
    await this.#miniflare.kill()
    this.#miniflare = this.#process(variables)
    await this.#miniflare.start()
  }

  /** Starts a run of one of the workflows. */
  async run(id: string, workflow: string, ...input: unknown[]): Promise<void> {
    const answer = await this.client.post(`/v1/runs/${encodeURIComponent(id)}`, { workflow, input })
    if (answer.status !== 201) throw new Error(`${id} was not started: ${answer.status}`)
  }

  async end(): Promise<void> {
    await this.#miniflare.kill()
    rmSync(this.#folder, { recursive: true, force: true })
  }
}
