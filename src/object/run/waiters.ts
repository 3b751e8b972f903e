// Waiters: callers who hold an open request until something changes. In memory only: a caller whose object is reset
// asks again.
// Owns: the list and the time limit of each wait.

export class Waiters {
  readonly #waiting = new Set<() => void>()

  /** Something changed: everybody looks again. */
  notify(): void {
    for (const look of this.#waiting) look()
  }

  /** Calls `look` after every change, for as long as this list lives. */
  watch(look: () => void): void {
    this.#waiting.add(look)
  }

  /**
   * Waits until `read` gives a value, at most `waitMs`; `undefined` when the time is over.
   * `read` is called at once and after every change.
   */
  async until<T>(waitMs: number, read: () => T | undefined): Promise<T | undefined> {
    const now = read()
    if (now !== undefined || waitMs <= 0) return now
    return new Promise<T | undefined>((resolve, reject) => {
      const leave = () => {
        clearTimeout(timer)
        this.#waiting.delete(look)
      }
      const look = () => {
        try {
          const value = read()
          if (value === undefined) return
          leave()
          resolve(value)
        } catch (error) {
          leave()
          reject(error instanceof Error ? error : new Error(String(error)))
        }
      }
      // The caller's patience, not a timer of the run.
      const timer = setTimeout(() => {
        leave()
        resolve(undefined)
      }, waitMs)
      this.#waiting.add(look)
    })
  }
}
