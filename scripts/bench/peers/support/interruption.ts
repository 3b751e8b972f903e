// Interruption: the last step of W3's run, which hangs until the process is killed, and the sign that the run has ended.
// Owns: two files in the peer's folder, so that a new process knows what the old one did.

import { existsSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import type { Interrupted } from "../protocol.ts"

export class Interruption {
  readonly #begun: string
  readonly #resumed: string
  #hangs: (() => void) | undefined

  constructor(folder: string) {
    this.#begun = join(folder, "interrupted")
    this.#resumed = join(folder, "resumed")
  }

  /** Resolves when the run that `start` begins hangs. */
  async of(start: () => PromiseLike<unknown>): Promise<Interrupted> {
    rmSync(this.#begun, { force: true })
    rmSync(this.#resumed, { force: true })
    const hangs = new Promise<void>((resolve) => (this.#hangs = resolve))
    await start()
    await hangs
    return { hangs: true }
  }

  /** The step that hangs in its first attempt. */
  async hangOnce(): Promise<void> {
    if (existsSync(this.#begun)) return
    writeFileSync(this.#begun, "")
    this.#hangs?.()
    await new Promise(() => undefined)
  }

  /** What the run does after its last step. */
  ended(): void {
    writeFileSync(this.#resumed, "")
  }
}
