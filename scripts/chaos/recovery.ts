// Recovery: how long it takes after a fault until a request that was sent after it is answered.
// Owns: the longest time, and after which fault it was.

export class Recovery {
  longestMs = 0
  longestAfter = "no fault"
  readonly #open = new Map<string, number>()

  /** The fault is over. */
  begin(fault: string): void {
    if (!this.#open.has(fault)) this.#open.set(fault, Date.now())
  }

  answered(sentAtMs: number): void {
    for (const [fault, sinceMs] of this.#open) {
      if (sentAtMs < sinceMs) continue
      this.#open.delete(fault)
      const ms = Date.now() - sinceMs
      if (ms <= this.longestMs) continue
      this.longestMs = ms
      this.longestAfter = fault
    }
  }
}
