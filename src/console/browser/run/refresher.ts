// Refresher: asks again for what changes: soon after it is told to, and until it is answered.
// Owns: when. Must not touch: what is asked.
//   F1. Changes that come together are looked at together; it asks once at a time.
//   F2. What fails is asked again by itself, more and more seldom, until it goes well or the signal is aborted.

import { pause } from "../pause.ts"

const SOON_MS = 150
const FAILED_MS_MAX = 5_000

interface RefresherParts {
  /** Resolves with when it is to be done again whether anybody asks or not. */
  readonly work: () => Promise<number | undefined>
  /** @returns whether it is worth asking again */
  readonly onFail: (error: unknown) => boolean
  readonly signal: AbortSignal
}

export class Refresher {
  readonly #parts: RefresherParts
  #isWanted = false
  #isAtWork = false

  constructor(parts: RefresherParts) {
    this.#parts = parts
  }

  soon(): void {
    this.#isWanted = true
    if (!this.#isAtWork) void this.#run()
  }

  async #run(): Promise<void> {
    const { work, onFail, signal } = this.#parts
    this.#isAtWork = true
    let failures = 0
    let againMs: number | undefined
    while ((this.#isWanted || againMs !== undefined) && !signal.aborted) {
      await pause(againMs ?? SOON_MS, signal)
      if (signal.aborted) break
      this.#isWanted = false
      try {
        againMs = await work()
        failures = 0
      } catch (error) {
        if (signal.aborted) break
        againMs = onFail(error) ? Math.min(SOON_MS * 2 ** ++failures, FAILED_MS_MAX) : undefined
      }
    }
    this.#isAtWork = false
  }
}
