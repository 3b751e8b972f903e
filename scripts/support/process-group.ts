// Process group: a child process with all that it starts, ended together and never left behind.
// Owns: its life and the last lines it said. Must not touch: what those lines mean.
//   P1. The child leads a group of its own, so that Ctrl-C reaches only us and we decide in which order things end.
//   P2. Whatever ends us, SIGKILL included, ends the groups that still live.

import { execFile, spawn, type ChildProcess, type Serializable } from "node:child_process"
import { Socket } from "node:net"
import { createInterface } from "node:readline"
import { promisify } from "node:util"

export interface ProcessGroupOptions {
  readonly command: string
  readonly args: readonly string[]
  readonly folder?: string
  readonly env?: NodeJS.ProcessEnv
  /** Called for each line the child writes, to either stream. */
  readonly onLine?: (line: string) => void
  /** Opens a channel for messages; the child sees it close when we end. */
  readonly onMessage?: (message: Serializable) => void
}

/** How a child ended: one of the two is not null. */
export interface Ending {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** Lines kept for the message about an unexpected end. */
const TAIL_LINES = 40

/**
 * Becomes the command, in the same process. Left behind in its group is a reader of the pipe that we hold open: when
 * we are gone, in whatever way, the reader comes to the pipe's end and kills the group.
 */
const TETHERED = '( exec >/dev/null 2>&1; read -r _ <&3; kill -s KILL 0 ) & exec "$@" 3<&-'

export class ProcessGroup {
  readonly pid: number
  /** Resolves when the leader has ended and all it said was read. */
  readonly ended: Promise<Ending>
  readonly #child: ChildProcess
  readonly #tail: string[] = []

  /** @throws Error when the command cannot be started at all */
  static async start(options: ProcessGroupOptions): Promise<ProcessGroup> {
    const { command, args, folder, env = process.env, onMessage } = options
    const child = spawn("sh", ["-c", TETHERED, "sh", command, ...args], {
      ...(folder === undefined ? {} : { cwd: folder }),
      env,
      detached: true,
      stdio: [
        "ignore",
        "pipe",
        "pipe",
        "pipe",
        ...(onMessage === undefined ? [] : (["ipc"] as const)),
      ],
    })
    // Held open as long as we live, which it must not prolong.
    const tether = child.stdio[3]
    if (tether instanceof Socket) tether.unref()
    await new Promise<void>((resolve, reject) => {
      child.once("spawn", resolve)
      child.once("error", reject)
    })
    return new ProcessGroup(child, options)
  }

  private constructor(child: ChildProcess, { onLine, onMessage }: ProcessGroupOptions) {
    this.#child = child
    this.pid = child.pid ?? 0
    for (const stream of [child.stdout, child.stderr]) {
      if (stream === null) continue
      createInterface({ input: stream }).on("line", (line) => {
        this.#tail.push(line)
        if (this.#tail.length > TAIL_LINES) this.#tail.shift()
        onLine?.(line)
      })
    }
    if (onMessage !== undefined) child.on("message", onMessage)
    this.ended = new Promise((resolve) => {
      // Not "close": something the leader left behind may hold the pipes open.
      child.once("exit", (code, signal) => {
        // What it started ends with it.
        this.signal("SIGKILL")
        // What it said last may still be in the pipes.
        setImmediate(() => resolve({ code, signal }))
      })
    })
  }

  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null
  }

  /** What the child said last. */
  get tail(): string {
    return this.#tail.join("\n")
  }

  /** Ids of all processes in the group. */
  async members(): Promise<number[]> {
    const { stdout } = await promisify(execFile)("ps", ["-A", "-o", "pid=,pgid="])
    return stdout.split("\n").flatMap((line) => {
      const [pid, group] = line.trim().split(/\s+/).map(Number)
      return pid !== undefined && group === this.pid ? [pid] : []
    })
  }

  send(message: Serializable): void {
    this.#child.send(message)
  }

  /** To everybody in the group. */
  signal(signal: NodeJS.Signals): void {
    try {
      process.kill(-this.pid, signal)
    } catch (error) {
      // Nobody is left: that is what a signal to end is for.
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error
    }
  }

  /** SIGKILL to everybody: nothing gets a chance to tidy up. */
  async kill(): Promise<void> {
    this.signal("SIGKILL")
    await this.ended
  }

  /** Asks the leader to end and gives it `graceMs`; whoever is left after that is killed. */
  async stop(graceMs: number): Promise<void> {
    if (!this.hasEnded) this.#child.kill("SIGTERM")
    const timer = setTimeout(() => this.signal("SIGKILL"), graceMs)
    await this.ended
    clearTimeout(timer)
    await this.kill()
  }
}
