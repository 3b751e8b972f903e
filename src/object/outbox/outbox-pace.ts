// Outbox pace: how fast messages may leave one object.
// Owns: the allowance, a bucket that fills with time. Must not touch: which messages are sent.
// Why there is one: every message wakes an object, and an object that has rested stays in memory for ten seconds more, a
// third of a megabyte each. A fan-out to thousands would hold them all at once; paced, it holds those of ten seconds.

/** Sent at once after a quiet time: an ordinary fan-out never meets the pace. */
const BURST_MESSAGES = 256

const MESSAGES_PER_SECOND = 200

export class OutboxPace {
  #allowance = BURST_MESSAGES
  #atMs = 0

  /** Takes one message out of the allowance, if there is one. */
  take(nowMs: number): boolean {
    const gained = ((nowMs - this.#atMs) * MESSAGES_PER_SECOND) / 1_000
    this.#allowance = Math.min(BURST_MESSAGES, this.#allowance + Math.max(0, gained))
    this.#atMs = nowMs
    if (this.#allowance < 1) return false
    this.#allowance--
    return true
  }

  /** After `take` has said no: how long until it says yes. */
  get waitMs(): number {
    return Math.ceil(((1 - this.#allowance) * 1_000) / MESSAGES_PER_SECOND)
  }
}
