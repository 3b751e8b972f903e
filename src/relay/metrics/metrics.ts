// What the relay counts and measures on the way of a request.
// Owns: these metrics and their labels. What can be read off at any moment is in `gauges.ts`.
//   M1. Labels come from closed sets: operations, statuses, classes, codes. No ids, amounts or secrets, ever.
//   M2. A count is an addition to a number; the metrics library sees it when somebody asks for the page.
import { collectDefaultMetrics, Registry } from "prom-client"
import { ACCOUNT_STATUSES } from "../../ledger/account-status.ts"
import type { LedgerErrorCode } from "../../ledger/errors.ts"
import type { FenceResult } from "../../ledger/fence.ts"
import type { LedgerOperations } from "../../ledger/ledger.ts"
import type { Outcome, OutcomeClass } from "../../ledger/outcome.ts"
import { TRANSFER_STATUSES } from "../../ledger/transfer-status.ts"
import { RELAY_OPERATIONS, type RelayOperation } from "../../ledger/wire.ts"
import type { AuthRefusal } from "../access/authenticator.ts"
import { showCount, showCounts, showHistogram, showTally } from "./prometheus.ts"
import { Tally } from "./tally.ts"

/** What was asked for; `none` is a path that is no operation. */
export type RequestKind = RelayOperation | "none"

export type LedgerMethod = keyof LedgerOperations

type CreatingOperation = "create_accounts" | "create_transfers"

const LEDGER_METHODS: readonly LedgerMethod[] = [
  "createAccounts",
  "createTransfers",
  "lookupAccounts",
  "lookupTransfers",
  "getAccountTransfers",
  "getAccountBalances",
  "queryAccounts",
  "queryTransfers",
]

const SECONDS = [0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
const EVENTS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000]

export class RelayMetrics {
  readonly registry = new Registry()

  /** Requests that shared a call in flight. */
  joined = 0
  firstReasons = 0
  replyMismatches = 0
  connectionsDropped = 0
  /** Mistakes of the relay itself. */
  failures = 0
  readonly fences: Record<FenceResult, number> = { fenced: 0, already_failed: 0, committed: 0 }
  readonly authRefusals: Record<AuthRefusal, number> = {
    headers: 0,
    key: 0,
    signature: 0,
    audience: 0,
    time: 0,
    replay: 0,
    nonces_full: 0,
  }
  readonly ledgerErrors: Record<LedgerErrorCode | "unforeseen", number> = {
    ledger_unknown: 0,
    ledger_unavailable: 0,
    ledger_invalid: 0,
    ledger_not_configured: 0,
    unforeseen: 0,
  }
  readonly #statuses: Readonly<Record<CreatingOperation, Record<string, number>>> = {
    create_accounts: zeros(ACCOUNT_STATUSES),
    create_transfers: zeros(TRANSFER_STATUSES),
  }
  readonly #classes = new Tally<CreatingOperation, OutcomeClass>()
  readonly #requests = new Tally<RequestKind, string>()
  readonly #unknown = new Tally<RelayOperation, string>()

  readonly #requestSeconds = showHistogram(
    this.registry,
    { name: "request_seconds", help: "From a request's head to its answer." },
    SECONDS,
    "operation",
    RELAY_OPERATIONS,
  )
  readonly #requestEvents = showHistogram(
    this.registry,
    { name: "request_events", help: "Events, ids or records asked for in one request." },
    EVENTS,
    "operation",
    RELAY_OPERATIONS,
  )
  readonly #ledgerSeconds = showHistogram(
    this.registry,
    { name: "ledger_seconds", help: "One call of the ledger, until it was settled." },
    SECONDS,
    "method",
    LEDGER_METHODS,
  )

  constructor() {
    const { registry } = this
    const operationAndStatus = ["operation", "status"] as const
    let help = "Answers by operation and status code."
    showTally(registry, { name: "requests", help }, operationAndStatus, this.#requests)
    help = "Answers that could not tell the outcome."
    showTally(registry, { name: "outcomes_unknown", help }, operationAndStatus, this.#unknown)
    help = "Outcomes of events by class, once for each call of the ledger."
    showTally(registry, { name: "events", help }, ["operation", "class"], this.#classes)
    const { create_accounts, create_transfers } = this.#statuses
    help = "Outcomes of accounts' events by status."
    showCounts(registry, { name: "account_statuses", help }, "status", create_accounts)
    help =
      "Outcomes of transfers' events by status. The three ..._not_found burn an id and mostly mean steps in a wrong order."
    showCounts(registry, { name: "transfer_statuses", help }, "status", create_transfers)
    help = "Fences by result."
    showCounts(registry, { name: "fences", help }, "result", this.fences)
    help = "Requests that were not accepted, by reason."
    showCounts(registry, { name: "auth_refusals", help }, "reason", this.authRefusals)
    help = "Calls of the ledger that failed, by code."
    showCounts(registry, { name: "ledger_errors", help }, "code", this.ledgerErrors)
    help = "Requests that shared a call in flight."
    showCount(registry, { name: "single_flight_hits", help }, () => this.joined)
    help = "First reasons given back for a burned id."
    showCount(registry, { name: "first_reasons", help }, () => this.firstReasons)
    help = "Replies of the ledger that did not have one outcome for each event."
    showCount(registry, { name: "reply_mismatches", help }, () => this.replyMismatches)
    help = "Connections dropped because there were too many."
    showCount(registry, { name: "connections_dropped", help }, () => this.connectionsDropped)
    help = "Requests that failed by the relay's own mistake."
    showCount(registry, { name: "failures", help }, () => this.failures)
  }

  /** Adds what Node tells about its process; once in a process. */
  addProcess(): this {
    collectDefaultMetrics({ register: this.registry })
    return this
  }

  countRequest(kind: RequestKind, status: number): void {
    this.#requests.add(kind, String(status), 1)
  }

  countUnknown(operation: RelayOperation, status: number): void {
    this.#unknown.add(operation, String(status), 1)
  }

  observeRequest(operation: RelayOperation, seconds: number): void {
    this.#requestSeconds.get(operation)?.observe(seconds)
  }

  observeEvents(operation: RelayOperation, events: number): void {
    this.#requestEvents.get(operation)?.observe(events)
  }

  observeLedger(method: LedgerMethod, seconds: number): void {
    this.#ledgerSeconds.get(method)?.observe(seconds)
  }

  countOutcomes(operation: CreatingOperation, outcomes: readonly Outcome<string>[]): void {
    const statuses = this.#statuses[operation]
    // Most batches have one outcome throughout: they are counted by the stretch.
    let first = 0
    for (let next = 1; next <= outcomes.length; next += 1) {
      const outcome = outcomes[first]
      const other = outcomes[next]
      if (outcome === undefined) return
      if (other?.status === outcome.status && other.class === outcome.class) continue
      this.#classes.add(operation, outcome.class, next - first)
      statuses[outcome.status] = (statuses[outcome.status] ?? 0) + next - first
      first = next
    }
  }
}

function zeros(table: Readonly<Record<string, unknown>>): Record<string, number> {
  return Object.fromEntries(Object.keys(table).map((name) => [name, 0]))
}
