// Whether the ledger is alive: when it answered last, and for how long it has said nothing while it was asked.
// Owns: the two times. All times are monotonic, in ms.
//   P1. Stalled is a ledger that settles nothing at all while it is asked something. One call that never settles,
//       among others that do, is that call's misfortune and nobody else's.

/** A ledger that settles nothing for this long is not given new work, in ms. */
const STALL_MS = 10_000

/** An answer this recent needs no other proof, in ms. */
const FRESH_MS = 5_000

export class Pulse {
  #pending = 0
  #silentSinceMs = 0
  #answeredAtMs: number | undefined

  get hasAnswered(): boolean {
    return this.#answeredAtMs !== undefined
  }

  /** To be told of every call handed to the ledger, probes too. */
  begin(nowMs: number): void {
    if (this.#pending === 0) this.#silentSinceMs = nowMs
    this.#pending += 1
  }

  /** To be told when that call is over; a failure is a sign of life, but no answer. */
  settle(nowMs: number, how: "answered" | "failed"): void {
    this.#pending -= 1
    this.#silentSinceMs = nowMs
    if (how === "answered") this.#answeredAtMs = nowMs
  }

  /** How long it has settled nothing although it was asked, in ms. */
  silentMs(nowMs: number): number {
    return this.#pending === 0 ? 0 : nowMs - this.#silentSinceMs
  }

  isStalled(nowMs: number): boolean {
    return this.#pending > 0 && nowMs - this.#silentSinceMs > STALL_MS
  }

  /** Age of the last answer, in ms; `undefined` before the first. */
  answerAgeMs(nowMs: number): number | undefined {
    return this.#answeredAtMs === undefined ? undefined : nowMs - this.#answeredAtMs
  }

  isFresh(nowMs: number): boolean {
    return this.#answeredAtMs !== undefined && nowMs - this.#answeredAtMs <= FRESH_MS
  }
}
