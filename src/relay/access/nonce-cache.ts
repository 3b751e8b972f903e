// The nonces of one key's accepted requests, for as long as a replay would still be in time.
// Owns: the memory of them, bounded. Grouped by the second of the signed time: a replay carries the same time,
// so it meets its original there, and a whole group is forgotten at once when its time is out.

export type NonceAnswer = "fresh" | "seen" | "full"

export class NonceCache {
  readonly #groups = new Map<number, Set<string>>()
  readonly #lifetimeMs: number
  readonly #max: number
  #size = 0
  #sweptAtMs = 0

  /** @param lifetimeMs how long after its signed time a request is accepted. */
  constructor(lifetimeMs: number, max: number) {
    this.#lifetimeMs = lifetimeMs
    this.#max = max
  }

  /** How many are held. */
  get size(): number {
    return this.#size
  }

  /** Remembers the nonce unless it is known or there is no room; then the request must be refused. */
  add(nonce: string, timeMs: number, nowMs: number): NonceAnswer {
    this.#forgetBefore(nowMs)
    const second = Math.floor(timeMs / 1_000)
    const group = this.#groups.get(second)
    if (group?.has(nonce) === true) return "seen"
    if (this.#size >= this.#max) return "full"
    if (group === undefined) this.#groups.set(second, new Set([nonce]))
    else group.add(nonce)
    this.#size += 1
    return "fresh"
  }

  #forgetBefore(nowMs: number): void {
    if (nowMs - this.#sweptAtMs < 1_000) return
    this.#sweptAtMs = nowMs
    // One second more than the lifetime: a group is as young as its youngest member.
    const oldest = Math.floor((nowMs - this.#lifetimeMs) / 1_000) - 1
    for (const [second, group] of this.#groups) {
      if (second >= oldest) continue
      this.#size -= group.size
      this.#groups.delete(second)
    }
  }
}
