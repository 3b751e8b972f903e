// Which relay is asked first.
// Owns: the order, and the memory of relays that failed. Must not touch: requests and answers.
//   C1. The same key leads to the same relay, so that a retry meets the one that remembers the events; a relay more
//       or less moves only its own share of the keys.
//   C2. A relay that failed is asked last until it answers, never left out: it may be the only one. Of several, the
//       one whose failure is the oldest comes before the others: where all failed, each comes first in its turn.
//   C3. When its time has passed, one call tries it first again; until that call has an answer, others go elsewhere.
//   C4. No timers: time passes when somebody asks.

/** How long a failure counts, in ms: a restart takes about as long, and a call lost to a try is one in this time. */
export const FAILED_MS = 5_000

/** A relay in its place; `failed` when it failed and has not answered since. */
export interface ChosenRelay {
  readonly url: string
  readonly failed: boolean
}

/** Which relays failed: plain data, to be shared by every client of the same relays. */
export class RelayMarks {
  readonly #now: () => number
  /** By address, the oldest failure first. Kept beyond its end until the relay answers again, see C3. */
  readonly #failedUntilMs = new Map<string, number>()

  /** @param now ms since 1970 */
  constructor(now: () => number = () => Date.now()) {
    this.#now = now
  }

  noteAnswer(url: string): void {
    this.#failedUntilMs.delete(url)
  }

  noteFailure(url: string): void {
    // Deleted first, so that it goes to the end of the order.
    this.#failedUntilMs.delete(url)
    this.#failedUntilMs.set(url, this.#now() + FAILED_MS)
  }

  /** All relays, in the order in which a request with this key should ask them. */
  order(urls: readonly string[], key: string): ChosenRelay[] {
    const ranked = urls.toSorted((left, right) => rank(right, key) - rank(left, key))
    const answering = ranked.filter((url) => !this.#failedUntilMs.has(url))
    // With nobody to go to meanwhile, there is no need for a try: the oldest failure comes first anyway.
    const tried = answering.length === 0 ? undefined : this.#triedAgain(ranked)
    const failed = [...this.#failedUntilMs.keys()].filter(
      (url) => url !== tried && urls.includes(url),
    )
    return [
      ...(tried === undefined ? [] : [{ url: tried, failed: true }]),
      ...answering.map((url) => ({ url, failed: false })),
      ...failed.map((url) => ({ url, failed: true })),
    ]
  }

  /** The relay to be tried again by this request, if it is its turn and the relay's time has passed. */
  #triedAgain(ranked: readonly string[]): string | undefined {
    const nowMs = this.#now()
    const first = ranked.find((url) => (this.#failedUntilMs.get(url) ?? 0) <= nowMs)
    if (first === undefined || !this.#failedUntilMs.has(first)) return undefined
    this.noteFailure(first)
    return first
  }
}

/** The relay with the highest rank for a key is its own ("rendezvous hashing"). 32 bits. */
function rank(url: string, key: string): number {
  let hash = 0x811c9dc5
  for (const character of `${key} ${url}`) {
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193)
  }
  // The loop mixes upwards only, so that addresses which differ at the end would all rank alike for every key.
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
