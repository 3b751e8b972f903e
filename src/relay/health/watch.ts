// The relay's own look at its ledger, once a second, whether or not anybody asks.
// Owns: the timer, the probes of an idle relay, and the log's entries about what changed.
// Without it a relay that has no traffic would learn of its ledger's end from its first caller, and one that
// stalled would never learn of its return.
import type { LedgerDescription } from "../ledger-backend.ts"
import type { Probe } from "./probe.ts"
import type { Pulse } from "./pulse.ts"
import type { Readiness } from "./readiness.ts"
import type { RelayLog } from "../relay-log.ts"

const LOOK_INTERVAL_MS = 1_000

/** An answer older than this is renewed, well before it makes the relay unready, in ms. */
const RENEW_AFTER_MS = 2_500

/** A ledger silent for this long after the start is worth a line in the log, in ms. */
const SILENCE_HINT_MS = 10_000

export interface WatchParts {
  readonly description: LedgerDescription
  readonly pulse: Pulse
  readonly probe: Probe
  readonly readiness: Readiness
  readonly log: RelayLog
}

export class Watch {
  readonly #parts: WatchParts
  readonly #startedAtMs: number
  #timer: NodeJS.Timeout | undefined
  #ready = false
  #stalledSinceMs: number | undefined
  #hinted = false
  #stopped = false

  constructor(parts: WatchParts, nowMs: number) {
    this.#parts = parts
    this.#startedAtMs = nowMs
  }

  /** Looks now, when the ledger has answered, and every second; keeps no process alive. */
  start(): void {
    const look = () => this.look(performance.now())
    look()
    void this.#parts.probe.start(performance.now()).wait(LOOK_INTERVAL_MS).then(look)
    this.#timer = setInterval(look, LOOK_INTERVAL_MS).unref()
  }

  /** From now on it neither looks nor asks. */
  stop(): void {
    this.#stopped = true
    clearInterval(this.#timer)
  }

  /** One look; `nowMs` is monotonic. */
  look(nowMs: number): void {
    if (this.#stopped) return
    const { pulse, probe } = this.#parts
    if ((pulse.answerAgeMs(nowMs) ?? Infinity) > RENEW_AFTER_MS) probe.start(nowMs)
    this.#tellStall(nowMs)
    this.#tellReadiness(nowMs)
    this.#tellSilence(nowMs)
  }

  #tellStall(nowMs: number): void {
    const { pulse, log } = this.#parts
    if (pulse.isStalled(nowMs)) {
      if (this.#stalledSinceMs !== undefined) return
      const silentMs = Math.round(pulse.silentMs(nowMs))
      this.#stalledSinceMs = nowMs - silentMs
      log({ event: "stalled", silentMs })
    } else if (this.#stalledSinceMs !== undefined) {
      log({ event: "recovered", silentMs: Math.round(nowMs - this.#stalledSinceMs) })
      this.#stalledSinceMs = undefined
    }
  }

  #tellReadiness(nowMs: number): void {
    const { readiness, log } = this.#parts
    const ready = readiness.isReady(nowMs)
    if (ready === this.#ready) return
    this.#ready = ready
    log({ event: ready ? "ready" : "not_ready" })
  }

  // A wrong cluster id or address looks like a slow start, for ever.
  #tellSilence(nowMs: number): void {
    const { description, pulse, log } = this.#parts
    if (this.#hinted || pulse.hasAnswered || nowMs - this.#startedAtMs < SILENCE_HINT_MS) return
    this.#hinted = true
    log({ event: "ledger_silent", ledger: description.place, hint: description.note })
  }
}
