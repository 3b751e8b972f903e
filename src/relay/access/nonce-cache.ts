// The nonces of one key's accepted requests, for as long as a replay would still be in time.
// Owns: the memory of them, bounded: which there are, and by the second of their signed time, so that all of a second
// are forgotten at once when its time is out.

export type NonceAnswer = "fresh" | "seen" | "full"

export class NonceCache {
  readonly #nonces = new Set<string>()
  readonly #bySecond = new Map<number, string[]>()
  readonly #lifetimeMs: number
  readonly #max: number
  #sweptAtMs = 0

  /** @param lifetimeMs how long after its signed time a request is accepted. */
  constructor(lifetimeMs: number, max: number) {
    this.#lifetimeMs = lifetimeMs
    this.#max = max
  }

  /** How many are held. */
  get size(): number {
    return this.#nonces.size
  }

  /** Remembers the nonce unless it is known or there is no room; then the request must be refused. */
  add(nonce: string, timeMs: number, nowMs: number): NonceAnswer {
    this.#forgetBefore(nowMs)
    if (this.#nonces.has(nonce)) return "seen"
    if (this.#nonces.size >= this.#max) return "full"
    this.#nonces.add(nonce)
    const second = Math.floor(timeMs / 1_000)
    const group = this.#bySecond.get(second)
    if (group === undefined) this.#bySecond.set(second, [nonce])
    else group.push(nonce)
    return "fresh"
  }

  #forgetBefore(nowMs: number): void {
    // A clock that was set back must not end the sweeping until it has caught up.
    if (Math.abs(nowMs - this.#sweptAtMs) < 1_000) return
    this.#sweptAtMs = nowMs
    // One second more than the lifetime: a group is as young as its youngest member.
    const oldest = Math.floor((nowMs - this.#lifetimeMs) / 1_000) - 1
    for (const [second, group] of this.#bySecond) {
      if (second >= oldest) continue
      for (const nonce of group) this.#nonces.delete(nonce)
      this.#bySecond.delete(second)
    }
  }
}
