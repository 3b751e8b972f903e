// What can be read off the relay at any moment.
// Owns: the gauges. What has to be counted on the way is in `metrics.ts`.
import type { Registry } from "prom-client"
import type { Admission } from "../calls/admission.ts"
import type { Authenticator } from "../access/authenticator.ts"
import type { FirstReasons } from "../layers/first-reasons.ts"
import type { LedgerBackend } from "../ledger-backend.ts"
import { showGauge } from "./prometheus.ts"
import type { Pulse } from "../health/pulse.ts"
import type { Readiness } from "../health/readiness.ts"

export interface GaugeSources {
  readonly admission: Admission
  readonly authenticator: Authenticator
  readonly backend: LedgerBackend
  readonly pulse: Pulse
  readonly readiness: Readiness
  readonly reasons: FirstReasons
}

export function showGauges(registry: Registry, sources: GaugeSources): void {
  const { admission, authenticator, backend, pulse, readiness, reasons } = sources
  const now = () => performance.now()
  const show = (name: string, help: string, read: () => number | undefined) => {
    showGauge(registry, { name, help }, read)
  }
  show("ready", "1 when work is welcome.", () => Number(readiness.isReady(now())))
  show("stalled", "1 when the ledger settles nothing.", () => Number(pulse.isStalled(now())))
  show("draining", "1 when the relay is ending.", () => Number(admission.draining))
  show("calls_in_flight", "Calls handed to the ledger, not settled.", () => admission.calls)
  show("events_in_flight", "Their events, ids and records asked for.", () => admission.events)
  show("bytes_in_flight", "Their bodies.", () => admission.bytes)
  show("callers_waiting", "Callers that wait for the ledger.", () => admission.callers)
  show("oldest_call_seconds", "Age of the oldest call in flight.", () => {
    return admission.oldestMs(now()) / 1_000
  })
  show("answer_age_seconds", "Time since the ledger's last answer.", () => {
    const ageMs = pulse.answerAgeMs(now())
    return ageMs === undefined ? undefined : ageMs / 1_000
  })
  show("nonces", "Nonces held against replays.", () => authenticator.noncesHeld)
  show("first_reasons_held", "First reasons held for burned ids.", () => reasons.size)
  show("ledger_generation", "How many clients of the ledger there have been.", () => {
    return backend.generation
  })
}
