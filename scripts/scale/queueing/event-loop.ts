// Event loop: simulated time, and what happens when in it.
// Owns: the order of events: by time, and at the same instant by who was planned first. Knows nothing of queues.

export class EventLoop {
  /** A heap: no event is before its parent, at (index - 1) / 2. */
  readonly #times: number[] = []
  readonly #orders: number[] = []
  readonly #actions: (() => void)[] = []
  #planned = 0
  #nowMs = 0

  get nowMs(): number {
    return this.#nowMs
  }

  after(delayMs: number, action: () => void): void {
    this.#insert(this.#nowMs + delayMs, this.#planned++, action)
  }

  /** Plays what happens until then; what is planned for later stays planned. */
  playUntil(untilMs: number): void {
    for (;;) {
      const atMs = this.#times[0]
      if (atMs === undefined || atMs > untilMs) break
      this.#nowMs = atMs
      this.#takeFirst()?.()
    }
    if (untilMs !== Infinity) this.#nowMs = untilMs
  }

  #insert(atMs: number, order: number, action: () => void): void {
    let at = this.#times.length
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!this.#isBefore(atMs, order, parent)) break
      this.#copy(parent, at)
      at = parent
    }
    this.#put(at, atMs, order, action)
  }

  #takeFirst(): (() => void) | undefined {
    const first = this.#actions[0]
    const atMs = this.#times.pop()
    const order = this.#orders.pop()
    const action = this.#actions.pop()
    const length = this.#times.length
    if (length === 0 || atMs === undefined || order === undefined || action === undefined)
      return first
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= length) break
      const right = child + 1
      if (
        right < length &&
        this.#isBefore(this.#times[right] ?? 0, this.#orders[right] ?? 0, child)
      )
        child = right
      if (this.#isBefore(atMs, order, child)) break
      this.#copy(child, at)
      at = child
    }
    this.#put(at, atMs, order, action)
    return first
  }

  #isBefore(atMs: number, order: number, index: number): boolean {
    const other = this.#times[index] ?? 0
    return atMs < other || (atMs === other && order < (this.#orders[index] ?? 0))
  }

  #copy(from: number, to: number): void {
    this.#times[to] = this.#times[from] ?? 0
    this.#orders[to] = this.#orders[from] ?? 0
    this.#actions[to] = this.#actions[from] ?? nothing
  }

  #put(at: number, atMs: number, order: number, action: () => void): void {
    this.#times[at] = atMs
    this.#orders[at] = order
    this.#actions[at] = action
  }
}

function nothing(): void {}
