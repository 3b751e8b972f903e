// Worker watch: notices that the Worker answers no more because one of its processes was killed, and has it started again.
// `wrangler dev` starts the killed one again itself, and then waits for ever for what the one before knew.
// Owns: how often it looks, and when it believes it. Must not touch: how the Worker is started.
//   W1. A Worker that is only slow, or stopped by a debugger, is left alone: none of its processes is gone.

import { setTimeout as pause } from "node:timers/promises"
import type { ProcessGroup } from "./process-group.ts"

const LOOK_MS = 1_000
const ANSWER_MS_MAX = 2_000
const MISSES_MAX = 3

export interface WorkerWatchParts {
  readonly url: string
  /** As it is now. */
  readonly group: () => ProcessGroup
  /** Called when the Worker is lost; resolves when it answers again. */
  readonly restart: () => Promise<void>
}

export class WorkerWatch {
  readonly #parts: WorkerWatchParts
  /** Processes that were there when it last answered. */
  #members: ReadonlySet<number> = new Set()
  #isOver = false

  constructor(parts: WorkerWatchParts) {
    this.#parts = parts
  }

  stop(): void {
    this.#isOver = true
  }

  /** Until it is stopped. @throws Error when it could not be started again */
  async watch(): Promise<void> {
    await this.#remember()
    for (let misses = 0; !this.#isOver;) {
      await pause(LOOK_MS, undefined, { ref: false })
      if (await this.#answers()) {
        if (misses > 0) await this.#remember()
        misses = 0
      } else if (++misses >= MISSES_MAX && (await this.#hasLost())) {
        misses = 0
        await this.#parts.restart()
        await this.#remember()
      }
    }
  }

  async #answers(): Promise<boolean> {
    try {
      const signal = AbortSignal.timeout(ANSWER_MS_MAX)
      return (await fetch(`${this.#parts.url}/healthz`, { signal })).ok
    } catch {
      // Refused, broken off or late: that is what is asked here.
      return false
    }
  }

  async #remember(): Promise<void> {
    this.#members = new Set(await this.#present())
  }

  /** None where nobody can say: then nothing is ever believed to be lost. */
  async #present(): Promise<number[]> {
    try {
      return await this.#parts.group().members()
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return []
      throw error
    }
  }

  async #hasLost(): Promise<boolean> {
    const group = this.#parts.group()
    if (this.#isOver || group.hasEnded) return false
    const now = new Set(await this.#present())
    return [...this.#members].some((pid) => !now.has(pid))
  }
}
