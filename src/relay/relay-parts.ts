// What a relay is made of.
// Owns: the options, and which part knows which. The order of the layers around the ledger, from the inside:
// watched (time, length of the reply), first reasons, whole chains, metered (what is told), as one key sees it.
import { ChainLedger } from "../ledger/chain-ledger.ts"
import type { Ledger } from "../ledger/ledger.ts"
import { EVENTS_MAX } from "../ledger/limits.ts"
import { Admission, IN_FLIGHT_LIMITS } from "./calls/admission.ts"
import { Authenticator } from "./access/authenticator.ts"
import { Deadlines } from "./calls/deadlines.ts"
import { FirstReasons } from "./layers/first-reasons.ts"
import { showGauges } from "./metrics/gauges.ts"
import { EVERY_RIGHT, type KeyGrant } from "./access/key-rights.ts"
import type { LedgerBackend } from "./ledger-backend.ts"
import { LedgerCaller } from "./calls/ledger-caller.ts"
import { LedgerView } from "./layers/ledger-view.ts"
import { LogThrottle } from "./log-throttle.ts"
import { MeteredLedger } from "./layers/metered-ledger.ts"
import { RelayMetrics } from "./metrics/metrics.ts"
import { Monitor } from "./monitor.ts"
import type { BodyRules } from "./operations.ts"
import { Probe } from "./health/probe.ts"
import { Pulse } from "./health/pulse.ts"
import { Readiness } from "./health/readiness.ts"
import type { RelayLog } from "./relay-log.ts"
import type { HandlerParts } from "./request-handler.ts"
import { Watch } from "./health/watch.ts"
import { WatchedLedger } from "./layers/watched-ledger.ts"

/** How long calls in flight have when the relay is told to end, in ms, unless said otherwise. */
export const DRAIN_GRACE_MS = 5_000

export interface RelayOptions {
  readonly ledger: LedgerBackend
  /** By key id; a secret alone stands for every right. Imports are up to `rules` as well. */
  readonly keys: ReadonlyMap<string, string | KeyGrant>
  /** The origins under which callers address this relay, as a URL's `origin` has them; default: not checked. */
  readonly audiences?: readonly string[] | undefined
  /** Default 127.0.0.1. */
  readonly host?: string
  /** Default 0: any free port. */
  readonly port?: number
  readonly log?: RelayLog
  /** Requests that have a line in the log; default `notable`: not answered 200, or slow. */
  readonly logged?: "notable" | "all"
  readonly rules?: Partial<BodyRules>
  /** Calls handed to the ledger and not settled; default 1,024. */
  readonly callsInFlightMax?: number
  /** Their events, ids and records asked for; default 100,000. */
  readonly eventsInFlightMax?: number
  /** Their bodies; default 64 MiB. */
  readonly bytesInFlightMax?: number
  /** Needed for `/metrics` where it is set; also opens what is otherwise shown on loopback only. */
  readonly metricsToken?: string | undefined
  /** Default without the process's own metrics. */
  readonly metrics?: RelayMetrics
  readonly drainGraceMs?: number
  /** The time a caller has to send a whole request. */
  readonly requestTimeoutMs?: number
}

export interface RelayParts extends HandlerParts {
  readonly backend: LedgerBackend
  readonly keyIds: readonly string[]
  readonly throttle: LogThrottle
  readonly watch: Watch
}

export function makeParts(options: RelayOptions): RelayParts {
  const { ledger: backend, logged = "notable", metrics = new RelayMetrics() } = options
  const { description } = backend
  const unbounded = logged === "all" ? (["request"] as const) : []
  const throttle = new LogThrottle(options.log ?? (() => undefined), unbounded)
  const log: RelayLog = (entry) => throttle.write(entry)
  const rules: BodyRules = { eventsMax: EVENTS_MAX, imported: "refused", ...options.rules }
  const grants = new Map([...options.keys].map(([id, key]) => [id, grantOf(key)] as const))
  const authenticator = new Authenticator(grants, options.audiences)

  const pulse = new Pulse()
  const deadlines = new Deadlines()
  const watched = new WatchedLedger(backend, pulse, metrics)
  const reasons = new FirstReasons(watched, { onHit: () => (metrics.firstReasons += 1) })
  const ledger = new MeteredLedger(new ChainLedger(reasons, rules.eventsMax), metrics)

  const probe = new Probe(watched)
  const admission = new Admission(pulse, deadlines, {
    callsMax: options.callsInFlightMax ?? IN_FLIGHT_LIMITS.callsMax,
    eventsMax: options.eventsInFlightMax ?? IN_FLIGHT_LIMITS.eventsMax,
    bytesMax: options.bytesInFlightMax ?? IN_FLIGHT_LIMITS.bytesMax,
    callersMax: IN_FLIGHT_LIMITS.callersMax,
  })
  const readiness = new Readiness({ description, admission, pulse, probe })
  const caller = new LedgerCaller({ ledgers: views(ledger, grants), admission, deadlines, log })
  const { registry } = metrics
  const monitor = new Monitor({ readiness, registry, token: options.metricsToken })
  const watch = new Watch({ description, pulse, probe, readiness, log }, performance.now())
  showGauges(registry, { admission, authenticator, backend, pulse, readiness, reasons })
  const handlerParts = { authenticator, admission, caller, monitor, metrics, rules, log, logged }
  return { ...handlerParts, backend, keyIds: [...grants.keys()], throttle, watch }
}

function grantOf(key: string | KeyGrant): KeyGrant {
  return typeof key === "string" ? { secret: key, rights: EVERY_RIGHT } : key
}

function views(ledger: Ledger, grants: ReadonlyMap<string, KeyGrant>): ReadonlyMap<string, Ledger> {
  return new Map(
    [...grants].map(([id, { rights }]) => {
      return [id, rights.ledgers === undefined ? ledger : new LedgerView(ledger, rights.ledgers)]
    }),
  )
}
