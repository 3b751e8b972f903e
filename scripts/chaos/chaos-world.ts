// Chaos world: the processes of the systems, each with a clock, a disk and a way of its own where these can be had.
// Owns: what is started in which order, and that all of it is ended, whatever has become of it.
//   client ─▶ proxy ─▶ runtime (Miniflare: objects and D1, on the state's disk) ─▶ proxy ─▶ relay (on the ledger's disk)

import { appendFileSync, mkdirSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { JsonClient } from "../support/json-client.ts"
import { lastingPort } from "../support/lasting-port.ts"
import { MiniflareProcess } from "../support/miniflare-process.ts"
import { RelayProcess, type TigerBeetleCluster } from "../support/relay-process.ts"
import { sqliteRows } from "../support/sqlite-rows.ts"
import { bundleSystems, d1File, SYSTEMS_WORKER } from "../support/systems-worker.ts"
import { TcpProxy } from "../support/tcp-proxy.ts"
import type { Disk, Victim, Way } from "./fault-plan.ts"
import { ClockLibrary, ShiftedClock } from "./shifted-clock.ts"
import { SmallDisk } from "./small-disk.ts"
import { Supervised } from "./supervised.ts"

const NO_ROOM = /disk is full|SQLITE_FULL|No space left|ENOSPC/i

export interface WorldOptions {
  /** `undefined` where disks can be mounted, otherwise why not. */
  readonly noDisks: string | undefined
  /** The ledger; the embedded one unless given. */
  readonly tigerBeetle: TigerBeetleCluster | undefined
  readonly say: (line: string) => void
}

export class ChaosWorld {
  readonly folder = mkdtempSync(join(tmpdir(), "belay-chaos-"))
  /** Kinds of faults that cannot be made here, with the reason. */
  readonly notTried = new Map<string, string>()
  readonly disks = new Map<Disk, SmallDisk>()
  readonly clocks = new Map<Victim, ShiftedClock>()
  readonly ways = new Map<Way, TcpProxy>()
  readonly processes = new Map<Victim, Supervised>()
  /** Lines in which somebody complained of a full disk. */
  linesOfNoRoom = 0
  readonly #options: WorldOptions
  #relay: RelayProcess | undefined
  #runtime: MiniflareProcess | undefined

  constructor(options: WorldOptions) {
    this.#options = options
  }

  /** Resolves when requests are served. What was begun is ended by `end`, however far this came. */
  async start(): Promise<void> {
    const { tigerBeetle, say } = this.#options
    const script = join(this.folder, "worker.js")
    await Promise.all([bundleSystems(script), this.#makeClocks()])
    await this.#makeDisks()
    const [relayPort, runtimePort] = [await lastingPort(), await lastingPort()]
    const relay = await RelayProcess.start({
      ledgerFile: join(this.#diskFolder("ledger"), "ledger.sqlite"),
      port: relayPort,
      variables: this.#environmentOf("relay"),
      onLine: this.#logOf("relay"),
      ...(tigerBeetle === undefined ? {} : { tigerBeetle }),
    })
    this.#relay = relay
    const toRelay = await TcpProxy.start(relay.url)
    this.ways.set("relay", toRelay)
    const runtime = new MiniflareProcess({
      script,
      stateFolder: this.stateFolder,
      port: runtimePort,
      ...SYSTEMS_WORKER,
      variables: { BELAY_DEV: "1", ...relay.bindings(toRelay.url) },
      environment: this.#environmentOf("runtime"),
      onLine: this.#logOf("runtime"),
    })
    this.#runtime = runtime
    await runtime.start()
    this.ways.set("client", await TcpProxy.start(runtime.url))
    this.processes.set("relay", new Supervised("relay", relay, say))
    this.processes.set("runtime", new Supervised("runtime", runtime, say))
  }

  /** Through the proxy. */
  get client(): JsonClient {
    return new JsonClient(this.ways.get("client")?.url ?? "")
  }

  /** Straight to the relay. */
  get ledger() {
    if (this.#relay === undefined) throw new Error("The relay was not started.")
    return this.#relay.ledger
  }

  /** Holds the objects and D1. */
  get stateFolder(): string {
    return join(this.#diskFolder("state"), "state")
  }

  /** Rows of D1, read from its file without a request to the Worker. */
  d1(query: string, ...values: string[]): Record<string, unknown>[] {
    return sqliteRows(d1File(this.stateFolder), query, ...values)
  }

  /** Both processes are dead for good; what they wrote is still there. */
  async endProcesses(): Promise<void> {
    for (const process of this.processes.values()) process.end()
    await this.#runtime?.kill()
    await this.#relay?.kill()
    for (const way of this.ways.values()) await way.close()
  }

  /** Nothing is left. */
  async end(): Promise<void> {
    await this.endProcesses()
    for (const clock of this.clocks.values()) clock.close()
    for (const disk of this.disks.values()) await disk.unmount()
    this.disks.clear()
    rmSync(this.folder, { recursive: true, force: true })
  }

  #diskFolder(disk: Disk): string {
    const folder = join(this.folder, disk)
    mkdirSync(folder, { recursive: true })
    return folder
  }

  #environmentOf(victim: Victim): Readonly<Record<string, string>> {
    return this.clocks.get(victim)?.environment ?? {}
  }

  /** What a process says stands beside its data, for whoever looks for the reason of a finding. */
  #logOf(victim: Victim): (line: string) => void {
    const file = join(this.folder, `${victim}.log`)
    return (line) => {
      if (NO_ROOM.test(line)) this.linesOfNoRoom += 1
      appendFileSync(file, `${new Date().toISOString()} ${line}\n`)
    }
  }

  async #makeDisks(): Promise<void> {
    const { noDisks, tigerBeetle } = this.#options
    if (noDisks !== undefined) {
      this.notTried.set("full disks", noDisks)
      return
    }
    this.disks.set("state", await SmallDisk.mount(this.#diskFolder("state")))
    if (tigerBeetle === undefined) {
      this.disks.set("ledger", await SmallDisk.mount(this.#diskFolder("ledger")))
    } else this.notTried.set("a full disk of the ledger", "TigerBeetle has one of its own")
  }

  async #makeClocks(): Promise<void> {
    try {
      const library = await ClockLibrary.make(this.folder)
      for (const victim of ["runtime", "relay"] as const) {
        this.clocks.set(victim, new ShiftedClock(library, join(this.folder, `clock-${victim}`)))
      }
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code
      const why = code === "ENOENT" ? "there is no C compiler (cc)" : String(error)
      this.notTried.set("clock steps", `a process's clock cannot be moved here: ${why}`)
    }
  }
}
