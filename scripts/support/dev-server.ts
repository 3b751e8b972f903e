// Development server: the relay, the migrations and `wrangler dev`, started in this order and ended in the reverse.
// Owns: what is started with which settings. Must not touch: signals and exit codes (start.ts).
//   S1. What is started is ended by `stop`, however far the start had come.
//   S2. Secrets go to the children by environment and by files of their owner alone, never by arguments.

import { join } from "node:path"
import type { DevFolder } from "./dev-folder.ts"
import { freePort, isFreePort } from "./free-port.ts"
import type { ProcessGroup } from "./process-group.ts"
import { RelayProcess, type TigerBeetleCluster } from "./relay-process.ts"
import { waitUntil } from "./wait-until.ts"
import { WorkerWatch } from "./worker-watch.ts"
import { readableLine, startWrangler } from "./wrangler.ts"

const HOST = "127.0.0.1"
const READY_TIMEOUT_MS = 90_000
const STOP_GRACE_MS = 4_000

/** What TigerBeetle's native client writes past the relay's log. */
const NATIVE_LINE = /^(?:debug|info|warning|error)\(/

export interface DevServerOptions {
  readonly folder: DevFolder
  readonly port: number
  /** The ledger; the embedded one, in the folder, unless given. */
  readonly tigerBeetle?: TigerBeetleCluster
  /** The Worker's variables and secrets, beside those that lead it to its relay. */
  readonly settings?: Readonly<Record<string, string>>
  /** Called for each line of the Worker and of the relay, once the server is ready. */
  readonly onLine: (line: string) => void
}

export class DevServer {
  readonly #options: DevServerOptions
  #relay: RelayProcess | undefined
  #wrangler: ProcessGroup | undefined
  #watch: WorkerWatch | undefined
  #restarting: Promise<void> | undefined
  readonly #noise = new Set<string>()
  #isReady = false
  #isStopped = false

  constructor(options: DevServerOptions) {
    this.#options = options
  }

  get url(): string {
    return `http://${HOST}:${this.#options.port}`
  }

  /** Resolves when requests are served. @throws Error saying what did not start, and why */
  async start(): Promise<void> {
    const { port } = this.#options
    if (!(await isFreePort(port))) {
      throw new Error(
        `Port ${port} is taken. Stop the program that listens there, or choose another: PORT=${port + 1} npm start`,
      )
    }
    const relay = await this.#startRelay()
    await this.#migrate()
    await this.#startWorker(relay)
    this.#isReady = true
    this.#watch = new WorkerWatch({
      url: this.url,
      members: () => this.#worker.members(),
      onBlind: (error) =>
        this.#options.onLine(`A Worker that is killed is not started again: ${String(error)}`),
      restart: () => (this.#restarting = this.#restart(relay)),
    })
  }

  /** Resolves with the reason when a part ends by itself. Only after the start. */
  async ended(): Promise<string> {
    const watched = this.#watch?.watch().then(() => "", String)
    for (;;) {
      const wrangler = this.#wrangler
      const name = await Promise.race([
        this.#relay?.ended.then(() => "The relay"),
        wrangler?.ended.then(() => "wrangler dev"),
        watched,
      ])
      if (name === "wrangler dev" && this.#restarting !== undefined) {
        await Promise.allSettled([this.#restarting])
        if (this.#wrangler !== wrangler) continue
      }
      if (name !== "wrangler dev" && name !== "The relay") return name ?? ""
      const tail = name === "The relay" ? this.#relay?.tail : wrangler?.tail
      return `${name} ended unexpectedly. It said last:\n${tail ?? ""}`
    }
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    this.#watch?.stop()
    await this.#wrangler?.stop(STOP_GRACE_MS)
    await this.#relay?.stop()
  }

  async #startRelay(): Promise<RelayProcess> {
    const { folder, tigerBeetle } = this.#options
    const { key, port: lastPort } = folder.readRelay()
    const isUsable = lastPort !== undefined && (await isFreePort(lastPort))
    const port = isUsable ? lastPort : await freePort()
    folder.saveRelay({ key, port })
    this.#requireGoing()
    const onLine = (line: string) => this.#tellRelay(line)
    this.#relay = await RelayProcess.start({
      ledgerFile: folder.ledgerFile,
      port,
      key,
      onLine,
      ...(tigerBeetle === undefined ? {} : { tigerBeetle }),
    })
    this.#requireGoing()
    return this.#relay
  }

  async #migrate(): Promise<void> {
    const { stateFolder } = this.#options.folder
    const args = ["d1", "migrations", "apply", "DB", "--local", "--persist-to", stateFolder]
    const wrangler = await this.#run(args)
    const { code } = await wrangler.ended
    this.#requireGoing()
    if (code !== 0) throw new Error(`The migrations were not applied:\n${wrangler.tail}`)
  }

  async #startWorker(relay: RelayProcess): Promise<void> {
    const { folder, port, settings = {} } = this.#options
    const variables = folder.writeVariables({ ...settings, ...relay.bindings() })
    const wrangler = await this.#run([
      "dev",
      `--ip=${HOST}`,
      `--port=${port}`,
      "--inspector-port=0",
      `--persist-to=${folder.stateFolder}`,
      `--env-file=${variables}`,
      "--var=BELAY_DEV:1",
      "--show-interactive-dev-session=false",
    ])
    try {
      await waitUntil(`${this.url} to answer`, READY_TIMEOUT_MS, async () => {
        if (wrangler.hasEnded || this.#isStopped || wrangler.tail.includes("[ERROR]")) return "over"
        return (await fetch(`${this.url}/healthz`)).ok ? "ready" : undefined
      })
      this.#requireGoing()
      if (wrangler.hasEnded || wrangler.tail.includes("[ERROR]")) throw new Error("It gave up.")
    } catch (cause) {
      this.#requireGoing()
      throw new Error(`wrangler dev does not serve the Worker:\n${wrangler.tail}`, { cause })
    }
  }

  /** The same Worker on the same port and state: what its runs waited for goes on by their alarms. */
  async #restart(relay: RelayProcess): Promise<void> {
    this.#options.onLine(
      "A process of the Worker was killed, and it answers no more: it is started again.",
    )
    this.#isReady = false
    await this.#worker.stop(STOP_GRACE_MS)
    await this.#startWorker(relay)
    this.#isReady = true
    this.#options.onLine(`It answers on ${this.url} again.`)
  }

  get #worker(): ProcessGroup {
    if (this.#wrangler === undefined) throw new Error("The Worker was not started.")
    return this.#wrangler
  }

  async #run(args: readonly string[]): Promise<ProcessGroup> {
    this.#requireGoing()
    const registry = join(this.#options.folder.path, "registry")
    this.#wrangler = await startWrangler(args, registry, (line) => this.#tell(line))
    this.#requireGoing()
    return this.#wrangler
  }

  #tell(line: string): void {
    const text = readableLine(line)
    if (this.#isReady && !this.#isStopped && text !== undefined) this.#options.onLine(text)
  }

  #tellRelay(line: string): void {
    if (!this.#isReady || this.#isStopped) return
    // TigerBeetle's client says the same several times a second while its cluster is away: once is enough here.
    const noise = NATIVE_LINE.test(line) ? line.replaceAll(/[0-9]+/g, "") : undefined
    if (noise !== undefined && this.#noise.has(noise)) return
    if (noise !== undefined) this.#noise.add(noise)
    this.#options.onLine(`relay: ${line}`)
  }

  #requireGoing(): void {
    if (this.#isStopped) throw new Error("The start was interrupted.")
  }
}
