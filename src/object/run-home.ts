// Run home: what every door of a run object stands on: its tables, its driver, and who waits at it.
// Owns: the order at a door: the run must be there, what fell due is seen to first, then the door does its work.
// Must not touch: RPC shapes beyond the run's record.

import { BelayError } from "../engine/errors.ts"
import type { Outcome } from "../engine/journal.ts"
import { INBOX_MESSAGES_MAX, WAIT_MS_MAX } from "../engine/limits.ts"
import type { Registry, WorkflowFunction } from "../engine/registry.ts"
import { isFinal, type RunRecord, type RunStatus } from "../engine/runs.ts"
import { ExportRows } from "./export-rows.ts"
import { FamilyCourier, type FamilyStub } from "./family/family-courier.ts"
import { Family } from "./family/family.ts"
import { FoldRows } from "./fold-rows.ts"
import { JournalRows } from "./journal-rows.ts"
import { MachineFactory } from "./machine-factory.ts"
import { Mailbox } from "./mailbox.ts"
import { Outbox } from "./outbox/outbox.ts"
import { OutboxRows } from "./outbox/outbox-rows.ts"
import { PromiseRows } from "./promise-rows.ts"
import { RunAlarm } from "./run-alarm.ts"
import { RunDriver } from "./run-driver.ts"
import { RunExport } from "./run-export.ts"
import { runRecord } from "./run-record.ts"
import { RunRows, type ParentLink, type RunRow } from "./run-row.ts"
import type { RunTables } from "./sqlite-run-store.ts"
import { StateRows } from "./state-rows.ts"
import { Tables } from "./tables.ts"
import { Waiters } from "./waiters.ts"
import { WaitRows } from "./wait-rows.ts"

/** What a home is given by the object it is in. */
export interface HomeParts {
  /** The object of another run. */
  readonly stub: (id: string) => FamilyStub
  /** A child could not even be started. */
  readonly childEnded: (link: ParentLink, outcome: Outcome) => void
}

export class RunHome {
  readonly tables: RunTables
  readonly driver: RunDriver
  readonly export: RunExport
  readonly waiters = new Waiters()
  readonly #registry: Registry
  readonly #env: unknown
  readonly #dependencies = new Map<string, unknown>()

  constructor(registry: Registry, ctx: DurableObjectState, env: unknown, parts: HomeParts) {
    this.#registry = registry
    this.#env = env
    const tables = new Tables(ctx.storage)
    const courier = new FamilyCourier({
      registry,
      stub: parts.stub,
      refused: (link, outcome) => parts.childEnded(link, outcome),
    })
    const outbox = new Outbox({
      rows: new OutboxRows(tables),
      courier: (message, payload) => courier.deliver(message, payload),
      changed: () => this.driver.sendOut(),
      nowMs: () => Date.now(),
    })
    this.tables = {
      family: new Family(tables, outbox),
      journal: new JournalRows(tables),
      folds: new FoldRows(tables),
      waits: new WaitRows(tables),
      mailbox: new Mailbox(tables, () => Date.now()),
      promises: new PromiseRows(tables),
      state: new StateRows(tables),
    }
    this.export = new RunExport(this.tables, new ExportRows(tables))
    this.driver = new RunDriver({
      machines: new MachineFactory(registry, this.tables),
      tables: this.tables,
      atomically: (work) => tables.atomically(work),
      rows: new RunRows(tables),
      alarm: new RunAlarm(ctx.storage, () => outbox.dueMs),
      outbox,
      dependency: (name) => this.#dependency(name),
      workflowName: (fn) => registry.nameOf(fn as WorkflowFunction),
      // What was written so far is made durable first: a fault comes after the call, not before its start record.
      crash: () =>
        void ctx.storage.sync().then(() => ctx.abort("A fault on purpose: the object is reset.")),
      changed: () => this.waiters.notify(),
    })
  }

  /** The run of this object, with what fell due seen to (promise 6). @throws run_unknown, having written nothing */
  enter(id: string): RunRow {
    this.row(id)
    this.driver.beginEvent()
    this.driver.wake()
    return this.row(id)
  }

  /** @throws run_unknown */
  row(id: string): RunRow {
    const { row } = this.driver
    if (row !== undefined) return row
    throw new BelayError(
      "run_unknown",
      `There is no run "${id}"; start it with POST /v1/runs/${encodeURIComponent(id)}.`,
    )
  }

  record(id: string): RunRecord {
    return runRecord(this.row(id), this.tables)
  }

  /** Waits at most `waitMs` for the run to end or halt. */
  async waitForEnd(waitMs: number): Promise<void> {
    await this.waiters.until(Math.min(waitMs, WAIT_MS_MAX), () => {
      const status = this.driver.row?.status
      return status === undefined || isFinal(status) || status === "halted" ? true : undefined
    })
  }

  /** @throws limit_reached */
  requireRoom(): void {
    if (this.tables.mailbox.size < INBOX_MESSAGES_MAX) return
    throw new BelayError(
      "limit_reached",
      `The run has ${INBOX_MESSAGES_MAX} messages it has not consumed yet; send more when it has taken some.`,
    )
  }

  #dependency(name: string): unknown {
    if (this.#dependencies.has(name)) return this.#dependencies.get(name)
    const value = this.#registry.dependency(name)?.(this.#env as never)
    this.#dependencies.set(name, value)
    return value
  }
}

/** @throws run_ended */
export function requireOpen(row: RunRow): void {
  if (!isFinal(row.status)) return
  throw new BelayError(
    "run_ended",
    `Run "${row.id}" has ended (${row.status}) and takes no messages.`,
    { status: row.status },
  )
}

/** @throws wrong_status */
export function requireStatus(row: RunRow, allowed: readonly RunStatus[], what: string): void {
  if (allowed.includes(row.status)) return
  throw new BelayError(
    "wrong_status",
    `Run "${row.id}" is ${row.status}; ${what} needs one that is ${allowed.join(" or ")}.`,
    { status: row.status },
  )
}
