// Announcer: tells the index of a run that is being started, beside the start.
// Owns: how long a start waits for it, and what follows where the index does not answer. Must not touch: the start.
//   N1. A start is answered when the run's home has it on disk, which tells the other place a moment later; or when the
//       run itself knows that it has to tell both. One commit for a start, and not two, because it is waited for.
//   N2. An index that does not answer is left alone for a while: starts go on without it, and the runs tell it later.

import { logFailure } from "../run-log.ts"
import type { Shards } from "./shards.ts"

/** How long a start may be on its way and still rely on its announcement: shards look for it longer than that. */
export const ANNOUNCED_MS = 30_000

/** How much longer than the start itself the announcement may take. */
const PATIENCE_MS = 50

/** For so long starts do not try again. */
const LEFT_ALONE_MS = 2_000

export class Announcer {
  readonly #shards: Shards
  readonly #nowMs: () => number
  #leftAloneUntilMs = 0

  constructor(shards: Shards, nowMs: () => number) {
    this.#shards = shards
    this.#nowMs = nowMs
  }

  /** Whether starts should announce themselves now. */
  get isOpen(): boolean {
    return this.#nowMs() >= this.#leftAloneUntilMs
  }

  /** Resolves to whether its home knows of it. Never rejects. */
  async announce(id: string): Promise<boolean> {
    try {
      await this.#shards.tellHome(id, (door, to) => door.announce({ ids: [id], ...to }))
      return true
    } catch (error) {
      this.#leaveAlone(error)
      return false
    }
  }

  /** After the start was answered: whether the announcement was, in time. */
  async inTime(announced: Promise<boolean>): Promise<boolean> {
    // As a rule it is known by now, and then it needs no timer.
    const known = await Promise.race([announced, Promise.resolve(undefined)])
    if (known !== undefined) return known
    const late = Promise.withResolvers<boolean>()
    const timer = setTimeout(() => {
      this.#leaveAlone(new Error(`It took ${PATIENCE_MS} ms longer than the start.`))
      late.resolve(false)
    }, PATIENCE_MS)
    try {
      return await Promise.race([announced, late.promise])
    } finally {
      clearTimeout(timer)
    }
  }

  #leaveAlone(error: unknown): void {
    const isFirst = this.isOpen
    this.#leftAloneUntilMs = this.#nowMs() + LEFT_ALONE_MS
    if (!isFirst) return
    logFailure("The index does not answer; runs tell it of themselves.", error, {
      pauseMs: LEFT_ALONE_MS,
    })
  }
}
