// Whether work is welcome, for load balancers, operators and the log.
// Owns: the verdict out of pulse and admission, and its forms: short for everybody, long for those at home.
import type { Admission } from "../calls/admission.ts"
import type { Answer } from "../answer.ts"
import type { LedgerDescription } from "../ledger-backend.ts"
import type { Probe } from "./probe.ts"
import type { Pulse } from "./pulse.ts"

/** How long `/readyz` waits for a probe, in ms. */
const PROBE_WAIT_MS = 1_000

export interface ReadinessParts {
  readonly description: LedgerDescription
  readonly admission: Admission
  readonly pulse: Pulse
  readonly probe: Probe
}

export class Readiness {
  readonly #parts: ReadinessParts

  constructor(parts: ReadinessParts) {
    this.#parts = parts
  }

  /** `nowMs` is monotonic. False before the ledger's first answer. */
  isReady(nowMs: number): boolean {
    const { admission, pulse } = this.#parts
    return pulse.isFresh(nowMs) && !admission.draining && !pulse.isStalled(nowMs)
  }

  /** 200 when work is welcome, else 503; the long form says which ledger it is and how it is doing. */
  async answer(form: "short" | "long"): Promise<Answer> {
    const { description, admission, pulse, probe } = this.#parts
    if (!pulse.isFresh(performance.now())) {
      await probe.start(performance.now()).wait(PROBE_WAIT_MS)
    }
    const nowMs = performance.now()
    const ready = this.isReady(nowMs)
    const status = ready ? 200 : 503
    if (form === "short") return { status, body: JSON.stringify({ ready }) }
    const answerAgeMs = pulse.answerAgeMs(nowMs)
    const body = {
      ready,
      ledger: description,
      draining: admission.draining,
      stalled: pulse.isStalled(nowMs),
      inFlight: admission.calls,
      oldestMs: Math.round(admission.oldestMs(nowMs)),
      lastAnswerAgeMs: answerAgeMs === undefined ? null : Math.round(answerAgeMs),
    }
    return { status, body: JSON.stringify(body) }
  }
}
