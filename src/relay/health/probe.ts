// The relay's own question to the ledger: is anybody there?
// Owns: the one lookup that is under way for all who want to know.
//   P1. Probes do not pile up: a ledger that is away gives none of them back, so there is one at a time.
//   P2. A probe that was lost does not make the relay blind for ever: it is followed by another one, after ever
//       longer waits, so that even a year of silence leaves no more than some thousand of them behind.
import type { LedgerOperations } from "../../ledger/ledger.ts"
import { Deadlines } from "../calls/deadlines.ts"
import { Flight } from "../calls/flight.ts"

/** An id to look up; nothing needs to have it. */
const PROBE_ID = 1n

/** A probe that is not answered for this long is followed by another one, in ms; doubled each time. */
const LOST_AFTER_MS = 15_000
const LOST_AFTER_MS_MAX = 60 * 60_000

export class Probe {
  readonly #ledger: LedgerOperations
  readonly #deadlines = new Deadlines()
  #flight: Flight<undefined> | undefined
  #startedAtMs = 0
  #lostAfterMs = LOST_AFTER_MS

  /** @param ledger one that tells the pulse of each call. */
  constructor(ledger: LedgerOperations) {
    this.#ledger = ledger
  }

  /** How many wait for a probe. */
  get waiting(): number {
    return this.#deadlines.size
  }

  /** The probe under way, or a new one. `nowMs` is monotonic. */
  start(nowMs: number): Flight<undefined> {
    if (this.#flight !== undefined) {
      if (nowMs - this.#startedAtMs < this.#lostAfterMs) return this.#flight
      this.#lostAfterMs = Math.min(this.#lostAfterMs * 2, LOST_AFTER_MS_MAX)
    }
    const flight = new Flight<undefined>(this.#deadlines)
    this.#flight = flight
    this.#startedAtMs = nowMs
    const end = () => {
      flight.settle(undefined)
      this.#lostAfterMs = LOST_AFTER_MS
      if (this.#flight === flight) this.#flight = undefined
    }
    // A failure is not an answer, and the pulse knows.
    this.#ledger.lookupAccounts([PROBE_ID]).then(end, end)
    return flight
  }
}
