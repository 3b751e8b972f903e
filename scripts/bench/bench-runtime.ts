// Bench runtime: bare workerd on a temporary folder with the bench's Worker, started for one workload and ended after it.
// Owns: the process, the folder and what the Worker says. Must not touch: what is measured.

import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { BareWorkerd } from "../support/bare-workerd.ts"
import { bundleWorker } from "../support/bundle.ts"
import { freePort } from "../support/free-port.ts"
import { residentMebibytes } from "../support/resident-memory.ts"
import { BenchClient } from "./client.ts"

const ENTRY = fileURLToPath(new URL("worker/bench-worker.ts", import.meta.url))

export class BenchRuntime {
  readonly client: BenchClient
  readonly #folder: string
  readonly #workerd: BareWorkerd
  #heard: ((line: string) => void) | undefined

  static async start(): Promise<BenchRuntime> {
    const folder = mkdtempSync(join(tmpdir(), "belay-bench-"))
    const runtime = new BenchRuntime(folder, await freePort())
    try {
      await bundleWorker(ENTRY, join(folder, "worker.js"))
      await runtime.restart()
    } catch (error) {
      await runtime.end()
      throw error
    }
    return runtime
  }

  private constructor(folder: string, port: number) {
    this.#folder = folder
    this.#workerd = new BareWorkerd({
      folder,
      port,
      objects: {
        RUNS: "RunObject",
        PLAIN_RUNS: "PlainRunObject",
        INDEX: "IndexObject",
        FLOOR: "FloorObject",
      },
      variables: { BELAY_DEV: "1" },
      onLine: (line) => this.#heard?.(line),
    })
    this.client = new BenchClient(this.#workerd.url)
  }

  /** Starts it on what it has written. */
  restart(): Promise<void> {
    return this.#workerd.start()
  }

  /** SIGKILL. */
  kill(): Promise<void> {
    return this.#workerd.kill()
  }

  /** Resolves with what follows the text in the next line that holds it. @throws Error after the time */
  hear(text: string, timeoutMs: number): Promise<string> {
    const { promise, resolve, reject } = Promise.withResolvers<string>()
    const timer = setTimeout(() => {
      reject(new Error(`The Worker did not say "${text}" within ${timeoutMs} ms.`))
    }, timeoutMs)
    this.#heard = (line) => {
      const at = line.indexOf(text)
      if (at >= 0) resolve(line.slice(at + text.length).trim())
    }
    return promise.finally(() => {
      clearTimeout(timer)
      this.#heard = undefined
    })
  }

  get residentMebibytes(): number {
    return residentMebibytes(this.#workerd.pid ?? 0)
  }

  /** Where the objects of a class keep their files. */
  dataFolder(className: string): string {
    return join(this.#folder, "data", `belay-${className}`)
  }

  /** Nothing is left. */
  async end(): Promise<void> {
    await this.#workerd.kill()
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

export async function onBenchRuntime<T>(work: (runtime: BenchRuntime) => Promise<T>): Promise<T> {
  const runtime = await BenchRuntime.start()
  try {
    return await work(runtime)
  } finally {
    await runtime.end()
  }
}
