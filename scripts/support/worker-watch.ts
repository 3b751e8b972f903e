// Worker watch: notices that the Worker answers no more because one of its processes was killed, and has it started again.
// `wrangler dev` starts the killed one again itself, and then waits for ever for what the one before knew.
// Owns: how often it looks, and when it believes it. Must not touch: how the Worker is started.
//   W1. A Worker that is only slow, or stopped by a debugger, is left alone: none of its processes is gone.

import { setTimeout as pause } from "node:timers/promises"

const LOOK_MS = 1_000
const ANSWER_MS_MAX = 2_000
const MISSES_MAX = 3
const REMEMBER_LOOKS = 5

export interface WorkerWatchParts {
  readonly url: string
  /** Ids of its processes as they are now. */
  readonly members: () => Promise<readonly number[]>
  /** Called once, when they cannot be told. */
  readonly onBlind: (error: unknown) => void
  /** Called when the Worker is lost; resolves when it answers again. */
  readonly restart: () => Promise<void>
}

export class WorkerWatch {
  readonly #parts: WorkerWatchParts
  /** Processes that were there when it last answered. */
  #members: readonly number[] = []
  #isBlind = false
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
    for (let looks = 1, misses = 0; !this.#isOver; looks++) {
      await pause(LOOK_MS, undefined, { ref: false })
      if (await this.#answers()) {
        // New code comes in a process of its own, and nothing is missed meanwhile.
        if (misses > 0 || looks % REMEMBER_LOOKS === 0) await this.#remember()
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
    this.#members = (await this.#present()) ?? this.#members
  }

  /** `undefined` where this machine cannot say: then nothing is believed to be lost. */
  async #present(): Promise<readonly number[] | undefined> {
    try {
      return await this.#parts.members()
    } catch (error) {
      if (!this.#isBlind) this.#parts.onBlind(error)
      this.#isBlind = true
      return undefined
    }
  }

  async #hasLost(): Promise<boolean> {
    if (this.#isOver) return false
    const now = await this.#present()
    return now !== undefined && this.#members.some((pid) => !now.includes(pid))
  }
}
