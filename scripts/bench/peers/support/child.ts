// Child: a server that an engine needs beside this process, in the same process group, so that the bench's SIGKILL
// reaches it too.
// Owns: its life. What it says goes to our stderr.

import { spawn, type ChildProcess } from "node:child_process"

export interface ChildOptions {
  readonly folder: string
  readonly env?: NodeJS.ProcessEnv
  /** The user and group to run as; ours where there are none. */
  readonly owner?: { readonly uid: number; readonly gid: number } | undefined
  /** What asks it to end in order. */
  readonly endSignal?: NodeJS.Signals
}

const GRACE_MS = 8_000

export class Child {
  readonly #child: ChildProcess
  readonly #ended: Promise<void>
  readonly #endSignal: NodeJS.Signals

  constructor(command: string, args: readonly string[], options: ChildOptions) {
    const { folder, env = process.env, owner, endSignal = "SIGTERM" } = options
    this.#endSignal = endSignal
    this.#child = spawn(command, args, {
      cwd: folder,
      env,
      ...owner,
      stdio: ["ignore", 2, 2],
    })
    this.#ended = new Promise((resolve, reject) => {
      this.#child.once("exit", () => resolve())
      this.#child.once("error", reject)
    })
    // Whoever waits for the end hears of it; nobody has to.
    this.#ended.catch(() => undefined)
    process.once("exit", () => this.#child.kill("SIGKILL"))
  }

  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null
  }

  /** Resolves when it has ended by itself. @throws Error when it could not be started */
  get ended(): Promise<void> {
    return this.#ended
  }

  async stop(): Promise<void> {
    this.#child.kill(this.#endSignal)
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), GRACE_MS)
    await this.#ended
    clearTimeout(timer)
  }
}
