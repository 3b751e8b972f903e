// Whether the ledger answers, for load balancers and operators.
// Owns: the time of the last answer and the one probe that is shared by all who ask.
// A call to a ledger that is away is never given back, so probes must not pile up: there is one at a time.
import type { Admission } from "./admission.ts"
import type { Answer } from "./answer.ts"
import type { LedgerBackend } from "./ledger-backend.ts"

/** An answer this recent needs no probe, in ms. */
const FRESH_MS = 5_000

/** How long `/readyz` waits for the probe, in ms. */
const PROBE_WAIT_MS = 1_000

/** An id to look up; nothing needs to have it. */
const PROBE_ID = 1n

export class Readiness {
  readonly #ledger: LedgerBackend
  readonly #admission: Admission
  #lastAnswerAtMs: number | undefined
  #probe: Promise<void> | undefined

  constructor(ledger: LedgerBackend, admission: Admission) {
    this.#ledger = ledger
    this.#admission = admission
  }

  get hasAnswered(): boolean {
    return this.#lastAnswerAtMs !== undefined
  }

  /** To be told whenever the ledger has answered anything. */
  noteAnswer(nowMs: number): void {
    this.#lastAnswerAtMs = nowMs
  }

  /** 200 when work is welcome, else 503; the body says which ledger it is and how it is doing. */
  async answer(): Promise<Answer> {
    if (!this.#isFresh(Date.now())) await this.probe()
    const nowMs = Date.now()
    const draining = this.#admission.draining
    const stalled = this.#admission.isStalled(nowMs)
    const ready = this.#isFresh(nowMs) && !draining && !stalled
    const lastAnswerAgeMs = this.#lastAnswerAtMs === undefined ? null : nowMs - this.#lastAnswerAtMs
    const body = {
      ready,
      ledger: this.#ledger.description,
      draining,
      stalled,
      inFlight: this.#admission.inFlight,
      oldestMs: this.#admission.oldestMs(nowMs),
      lastAnswerAgeMs,
    }
    return { status: ready ? 200 : 503, body: JSON.stringify(body) }
  }

  /** Asks the ledger once, and waits a moment for it. */
  async probe(): Promise<void> {
    this.#probe ??= this.#ask().finally(() => {
      this.#probe = undefined
    })
    const wait = new AbortController()
    const waited = new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, PROBE_WAIT_MS)
      wait.signal.addEventListener("abort", () => clearTimeout(timer))
    })
    await Promise.race([this.#probe, waited])
    wait.abort()
  }

  async #ask(): Promise<void> {
    try {
      await this.#ledger.lookupAccounts([PROBE_ID])
      this.noteAnswer(Date.now())
    } catch {
      // Not ready, and the answer says so by the age of the last good one.
    }
  }

  #isFresh(nowMs: number): boolean {
    return this.#lastAnswerAtMs !== undefined && nowMs - this.#lastAnswerAtMs <= FRESH_MS
  }
}
