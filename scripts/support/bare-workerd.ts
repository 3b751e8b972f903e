// Bare workerd: the Workers runtime as a process of our own, with its objects on disk and an honest pid to kill.
// Owns: its configuration file and its life. Must not touch: what the Worker does.
//   W1. The unique keys of the namespaces name the folders on disk, so they stay the same over restarts.

import { spawn, type ChildProcess } from "node:child_process"
import { mkdirSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { join } from "node:path"

export interface BareWorkerdOptions {
  /** Holds worker.js already; configuration and data are put beside it. */
  readonly folder: string
  readonly port: number
  /** Object classes by the name of their binding. */
  readonly objects: Readonly<Record<string, string>>
  /** Variables by the name of their binding. */
  readonly variables: Readonly<Record<string, string>>
}

const READY_TIMEOUT_MS = 15_000

export class BareWorkerd {
  readonly #options: BareWorkerdOptions
  #child: ChildProcess | undefined

  constructor(options: BareWorkerdOptions) {
    this.#options = options
  }

  get url(): string {
    return `http://127.0.0.1:${this.#options.port}`
  }

  get pid(): number | undefined {
    return this.#child?.pid
  }

  /** Resolves when the port is open; no request reaches a run. */
  async start(): Promise<void> {
    const { folder } = this.#options
    mkdirSync(join(folder, "data"), { recursive: true })
    writeFileSync(join(folder, "config.capnp"), configuration(this.#options))
    const child = spawn(workerdBinary(), ["serve", "config.capnp"], {
      cwd: folder,
      stdio: ["ignore", "ignore", "pipe"],
    })
    this.#child = child
    let complaints = ""
    child.stderr.on(
      "data",
      (chunk: Buffer) => (complaints = (complaints + chunk.toString()).slice(-4_000)),
    )
    const deadlineMs = Date.now() + READY_TIMEOUT_MS
    while (!(await isOpen(this.url))) {
      if (child.exitCode !== null || Date.now() > deadlineMs) {
        throw new Error(`workerd did not open ${this.url}. It said: ${complaints || "nothing"}`)
      }
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }

  /** SIGKILL: nothing gets a chance to tidy up. */
  async kill(): Promise<void> {
    const child = this.#child
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()))
    child.kill("SIGKILL")
    await exited
    this.#child = undefined
  }
}

async function isOpen(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/healthz`)
    await response.body?.cancel()
    return true
  } catch {
    // Refused: it is not listening yet.
    return false
  }
}

function workerdBinary(): string {
  const require = createRequire(import.meta.url)
  const { default: binary } = require("workerd") as { default: string }
  return binary
}

function configuration({ port, objects, variables }: BareWorkerdOptions): string {
  const namespaces = Object.values(objects).map(
    (name) => `(className = "${name}", uniqueKey = "belay-${name}", enableSql = true)`,
  )
  const bindings = [
    ...Object.entries(objects).map(
      ([name, object]) => `(name = "${name}", durableObjectNamespace = "${object}")`,
    ),
    ...Object.entries(variables).map(
      ([name, value]) => `(name = "${name}", text = ${JSON.stringify(value)})`,
    ),
  ]
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .worker),
    (name = "disk", disk = (path = "data", writable = true)),
    (name = "internet", network = (allow = ["public", "private"], tlsOptions = (trustBrowserCas = true))),
  ],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")],
);
const worker :Workerd.Worker = (
  modules = [(name = "worker.js", esModule = embed "worker.js")],
  compatibilityDate = "2026-08-01",
  compatibilityFlags = ["nodejs_compat"],
  bindings = [${bindings.join(", ")}],
  durableObjectNamespaces = [${namespaces.join(", ")}],
  durableObjectStorage = (localDisk = "disk"),
);
`
}
