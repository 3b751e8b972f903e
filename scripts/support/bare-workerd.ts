// Bare workerd: the Workers runtime as a process of our own, with its objects on disk and an honest pid to kill.
// Owns: its configuration file and its life. Must not touch: what the Worker does.
//   W1. The unique keys of the namespaces name the folders on disk, so they stay the same over restarts.

import { mkdirSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { join } from "node:path"
import { COMPATIBILITY } from "./compatibility.ts"
import { type Ending, ProcessGroup } from "./process-group.ts"
import { waitUntil } from "./wait-until.ts"

export interface BareWorkerdOptions {
  /** Holds worker.js already; configuration and data are put beside it. */
  readonly folder: string
  readonly port: number
  /** Object classes by the name of their binding. */
  readonly objects: Readonly<Record<string, string>>
  /** Variables by the name of their binding. */
  readonly variables: Readonly<Record<string, string>>
  /** No file may grow beyond it: a write that would is refused, as on a disk that fails. */
  readonly fileBytesMax?: number
  /** Called for each line the Worker logs. */
  readonly onLine?: (line: string) => void
}

const READY_TIMEOUT_MS = 15_000

const STOP_GRACE_MS = 5_000

export class BareWorkerd {
  readonly #options: BareWorkerdOptions
  #group: ProcessGroup | undefined

  constructor(options: BareWorkerdOptions) {
    this.#options = options
  }

  get url(): string {
    return `http://127.0.0.1:${this.#options.port}`
  }

  get pid(): number | undefined {
    return this.#group?.pid
  }

  /**
   * Resolves when the port is open; no request reaches a run.
   * @param isSound without the limit of its files
   */
  async start(isSound = false): Promise<void> {
    const { folder, onLine, fileBytesMax } = this.#options
    mkdirSync(join(folder, "data"), { recursive: true })
    writeFileSync(join(folder, "config.capnp"), configuration(this.#options))
    const group = await ProcessGroup.start({
      ...command(isSound ? undefined : fileBytesMax),
      folder,
      ...(onLine === undefined ? {} : { onLine }),
    })
    this.#group = group
    try {
      await waitUntil(`workerd to open ${this.url}`, READY_TIMEOUT_MS, async () => {
        if (group.hasEnded) return true
        return (await isOpen(this.url)) ? true : undefined
      })
      if (group.hasEnded) throw new Error(`workerd ended before it opened ${this.url}.`)
    } catch (cause) {
      await group.kill()
      throw new Error(`workerd did not start. It said:\n${group.tail || "nothing"}`, { cause })
    }
  }

  /** How the process ended that lives now; never resolves before it does. */
  get ended(): Promise<Ending> | undefined {
    return this.#group?.ended
  }

  /** SIGTERM: it ends what it is about, as when a server is taken down for work. */
  async stop(): Promise<void> {
    await this.#group?.stop(STOP_GRACE_MS)
    this.#group = undefined
  }

  /** SIGKILL: nothing gets a chance to tidy up. */
  async kill(): Promise<void> {
    await this.#group?.kill()
    this.#group = undefined
  }
}

/** A shell's limit counts blocks of 512 bytes; the signal that goes with it would end the process. */
const LIMITED = `trap '' XFSZ; ulimit -S -f "$1"; shift; exec "$@"`
const BLOCK_BYTES = 512

function command(fileBytesMax: number | undefined): { command: string; args: string[] } {
  const [binary, ...args] = [workerdBinary(), "serve", "config.capnp"] as const
  if (fileBytesMax === undefined) return { command: binary, args }
  const blocks = String(Math.ceil(fileBytesMax / BLOCK_BYTES))
  return { command: "sh", args: ["-c", LIMITED, "sh", blocks, binary, ...args] }
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
  compatibilityDate = "${COMPATIBILITY.compatibilityDate}",
  compatibilityFlags = ${JSON.stringify(COMPATIBILITY.compatibilityFlags)},
  bindings = [${bindings.join(", ")}],
  durableObjectNamespaces = [${namespaces.join(", ")}],
  durableObjectStorage = (localDisk = "disk"),
);
`
}
