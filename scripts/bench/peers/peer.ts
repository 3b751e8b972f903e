// Peer: an engine that the bench measures beside Belay, as a process that is asked, killed and started again.
// Owns: the process, its port and its folder. Must not touch: what the answers mean; the servers' own packages, which
// this file does not import, so that the project is checked without them.
//   P1. Nothing outlives `stop`: no process, no folder that was made here.
//   P2. A peer that cannot be had here is skipped with the reason, never a failure.

import { existsSync, mkdtempSync, rmSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { lastingPort } from "../../support/lasting-port.ts"
import { ProcessGroup } from "../../support/process-group.ts"
import { pause, waitUntil } from "../../support/wait-until.ts"
import { Asker } from "./ask.ts"
import { groupBytes, isThere, isZombie, membersOf } from "./group.ts"
import { installPeers } from "./install.ts"
import type { Ready, Skipped } from "./protocol.ts"

const HERE = fileURLToPath(new URL(".", import.meta.url))

const START_MS_MAX = 120_000
const STOP_MS_MAX = 15_000
const GONE_MS_MAX = 30_000
/** After this, one that has ended will do, though nobody has asked about it: some containers never do. */
const REAPED_MS_MAX = 5_000

/** How often the sign of a resumed run is looked for. */
const LOOK_MS = 3

export type PeerName = (typeof Peer.names)[number]

export class Peer {
  static readonly names = [
    "cloudflare-workflows",
    "restate",
    "dbos",
    "resonate",
    "vercel-workflow",
  ] as const

  readonly name: PeerName
  readonly #port: number
  readonly #folder: string
  #process: ProcessGroup | undefined
  #asker: Asker | undefined
  #ready: Ready | undefined
  #startedAtMs = 0

  /** @throws Error when it neither gets ready nor says why not */
  static async start(name: PeerName): Promise<Peer | Skipped> {
    const fault = await installPeers(HERE)
    if (fault !== undefined) return { skipped: fault }
    const folder = mkdtempSync(join(tmpdir(), `belay-bench-${name}-`))
    const peer = new Peer(name, await lastingPort(), folder)
    try {
      const line = await peer.#begin()
      if ("ready" in line) return peer
      await peer.stop()
      return line
    } catch (error) {
      await peer.stop()
      throw error
    }
  }

  private constructor(name: PeerName, port: number, folder: string) {
    this.name = name
    this.#port = port
    this.#folder = folder
  }

  /** What the peer says about itself. */
  get ready(): Ready {
    if (this.#ready === undefined) throw new Error(`${this.name} is not ready.`)
    return this.#ready
  }

  /** Everything that the peer writes is below it. */
  get folder(): string {
    return this.#folder
  }

  /** @throws UnsupportedQuestion, or Error when the answer is none or comes too late */
  async ask<T>(path: string, body: unknown, timeoutMs: number): Promise<T> {
    if (this.#asker === undefined) throw new Error(`${this.name} is not running.`)
    return (await this.#asker.ask(path, body, timeoutMs)) as T
  }

  /**
   * SIGKILL to the peer and all that it started. Resolves when nothing of it is left, so that a restart is not charged for
   * what its predecessor still holds.
   */
  async kill(): Promise<void> {
    await this.#end((group) => group.kill())
  }

  /** Starts it again on what it has recorded; resolves when it says that it is ready. */
  async restart(): Promise<void> {
    await this.kill()
    const line = await this.#begin()
    if ("skipped" in line) throw new Error(`${this.name} did not start again: ${line.skipped}`)
  }

  /**
   * Milliseconds from the last start of the process to the end of the run that a kill had interrupted, by the file that
   * the run makes: nobody asks the peer. It may have ended before the peer is ready. `undefined` after `timeoutMs`.
   */
  async waitForResumed(timeoutMs: number): Promise<number | undefined> {
    const file = join(this.#folder, "resumed")
    const deadlineMs = Date.now() + timeoutMs
    while (Date.now() < deadlineMs) {
      if (existsSync(file)) return Math.max(0, statSync(file).mtimeMs - this.#startedAtMs)
      await pause(LOOK_MS)
    }
    return undefined
  }

  /** Ends the peer and removes its folder. */
  async stop(): Promise<void> {
    try {
      await this.#end((group) => group.stop(STOP_MS_MAX))
    } finally {
      rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
    }
  }

  /** Memory of all its processes; `undefined` where the system does not tell. */
  rssBytes(): number | undefined {
    return this.#process === undefined ? undefined : groupBytes(this.#process.pid)
  }

  async #end(how: (group: ProcessGroup) => Promise<void>): Promise<void> {
    const group = this.#process
    this.#process = undefined
    this.#asker?.close()
    this.#asker = undefined
    if (group === undefined) return
    const members = membersOf(group.pid)
    await how(group)
    const endedAtMs = Date.now()
    await waitUntil(`the processes of ${this.name} to be gone`, GONE_MS_MAX, () => {
      const left = [...members].filter(isThere)
      const isLate = Date.now() - endedAtMs > REAPED_MS_MAX
      return left.length === 0 || (isLate && left.every(isZombie)) || undefined
    })
  }

  async #begin(): Promise<Ready | Skipped> {
    let hear: (line: Ready | Skipped) => void = () => undefined
    const heard = new Promise<Ready | Skipped>((resolve) => (hear = resolve))
    this.#startedAtMs = Date.now()
    const group = await ProcessGroup.start({
      command: process.execPath,
      args: [join(HERE, this.name, "server.ts")],
      folder: HERE,
      env: { ...process.env, PORT: String(this.#port), FOLDER: this.#folder, DO_NOT_TRACK: "1" },
      onLine: (text) => {
        const line = readLine(text)
        if (line !== undefined) hear(line)
      },
    })
    this.#process = group
    const timer = setTimeout(() => group.signal("SIGKILL"), START_MS_MAX)
    const line = await Promise.race([heard, group.ended])
    clearTimeout(timer)
    if (!("ready" in line || "skipped" in line)) {
      throw new Error(`${this.name} ended before it was ready; it said last:\n${group.tail}`)
    }
    if ("ready" in line) {
      this.#ready = line
      this.#asker = new Asker(this.#port)
    }
    return line
  }
}

/** The one line that the protocol speaks of; everything else that a peer says is its own. */
function readLine(text: string): Ready | Skipped | undefined {
  if (!/^\{"(?:ready|skipped)":/.test(text)) return undefined
  return JSON.parse(text) as Ready | Skipped
}
