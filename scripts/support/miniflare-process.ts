// Miniflare process: the Worker on Miniflare's runtime, with D1, as a process group to be killed and started again.
// Miniflare itself starts a runtime that died anew; here both die together, as a machine does.
// Owns: its settings and its life. Must not touch: what the Worker does.

import { connect } from "node:net"
import { dirname } from "node:path"
import { fileURLToPath } from "node:url"
import type { HostMessage, HostOrder, HostSettings } from "./miniflare-host.ts"
import { ProcessGroup, type Ending } from "./process-group.ts"
import { waitUntil } from "./wait-until.ts"

const HOST = fileURLToPath(new URL("miniflare-host.ts", import.meta.url))
const READY_TIMEOUT_MS = 30_000
const SILENT_TIMEOUT_MS = 5_000
const STOP_GRACE_MS = 5_000

export interface MiniflareProcessOptions extends HostSettings {
  readonly onLine?: (line: string) => void
  /** Further variables of its environment. */
  readonly environment?: Readonly<Record<string, string>>
}

export class MiniflareProcess {
  readonly url: string
  readonly #options: MiniflareProcessOptions
  #group: ProcessGroup | undefined
  #isMigrated = false

  constructor(options: MiniflareProcessOptions) {
    this.#options = options
    this.url = `http://127.0.0.1:${options.port}`
  }

  /** How it ends; never, while it is not started. */
  get ended(): Promise<Ending> {
    return this.#group?.ended ?? new Promise(() => undefined)
  }

  /** The host's; the runtime is a child of it. */
  get pid(): number | undefined {
    return this.#group?.pid
  }

  /** Resolves when the port is open, the first time with migrations applied; no request reaches the Worker. */
  async start(): Promise<void> {
    const { onLine, environment, ...settings } = this.#options
    const order: HostOrder = { ...settings, migrate: !this.#isMigrated }
    const ready = Promise.withResolvers<void>()
    const group = await ProcessGroup.start({
      command: process.execPath,
      args: ["--no-warnings", HOST],
      env: {
        ...process.env,
        CLOUDFLARE_CF_FETCH_ENABLED: "false",
        WRANGLER_SEND_METRICS: "false",
        // What a killed Miniflare leaves behind goes with the Worker's folder.
        TMPDIR: dirname(settings.script),
        ...environment,
      },
      ...(onLine === undefined ? {} : { onLine }),
      onMessage: (message) => {
        if ((message as HostMessage).type === "ready") ready.resolve()
      },
    })
    this.#group = group
    group.send(order)
    const timer = setTimeout(
      () => ready.reject(new Error("it was not ready in time")),
      READY_TIMEOUT_MS,
    )
    void group.ended.then(() => ready.reject(new Error("it ended")))
    try {
      await ready.promise
      this.#isMigrated = true
    } catch (cause) {
      await group.kill()
      throw new Error(`Miniflare did not start. It said:\n${group.tail || "nothing"}`, { cause })
    } finally {
      clearTimeout(timer)
    }
  }

  /** To the runtime and its host. */
  signal(signal: NodeJS.Signals): void {
    this.#group?.signal(signal)
  }

  /** What it said last. */
  get tail(): string {
    return this.#group?.tail ?? ""
  }

  /** SIGKILL to the runtime and its host; resolves when the runtime is dead, too. */
  async kill(): Promise<void> {
    await this.#group?.kill()
    await this.#silence()
  }

  async stop(): Promise<void> {
    await this.#group?.stop(STOP_GRACE_MS)
    await this.#silence()
  }

  // The runtime is our grandchild, whose end nobody tells us: a dead process has closed its port and its files.
  async #silence(): Promise<void> {
    if (this.#group === undefined) return
    await waitUntil("the killed runtime to close its port", SILENT_TIMEOUT_MS, async () =>
      (await isOpen(this.#options.port)) ? undefined : true,
    )
  }
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1")
    const end = (open: boolean) => {
      socket.destroy()
      resolve(open)
    }
    socket.once("connect", () => end(true))
    socket.once("error", () => end(false))
  })
}
