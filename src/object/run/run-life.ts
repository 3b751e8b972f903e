// Run life: everything an object holds in memory of one life of its run, from its first row to its deletion.
// Owns: the wiring. A deleted run's life is thrown away whole, so that nothing of it can reach the next one.

import { textOfThrown } from "../../engine/values/bare-error.ts"
import type { Registry, WorkflowFunction } from "../../engine/workflow/registry.ts"
import { eraseRest } from "./erase.ts"
import { ExportRows } from "../export/export-rows.ts"
import { Family } from "../family/family.ts"
import { FoldRows } from "../store/fold-rows.ts"
import type { HaltAlert } from "../driver/halt-alert.ts"
import { JournalRows } from "../store/journal-rows.ts"
import { RunSlot } from "../limiter/run-slot.ts"
import { MachineFactory } from "../driver/machine-factory.ts"
import { Mailbox } from "../store/mailbox.ts"
import type { Outbox } from "../outbox/outbox.ts"
import type { IndexNews } from "../run-index/index-news.ts"
import { PromiseRows } from "../store/promise-rows.ts"
import type { RunAlarm } from "../run-alarm.ts"
import { RunDriver } from "../driver/run-driver.ts"
import { RunExport } from "../export/run-export.ts"
import { RunRows } from "../store/run-row.ts"
import type { RunTables } from "../store/sqlite-run-store.ts"
import { StateRows } from "../store/state-rows.ts"
import type { StoreRoom } from "../driver/store-room.ts"
import { RunTelemetry } from "../telemetry/run-telemetry.ts"
import { TraceRows } from "../telemetry/trace-rows.ts"
import type { TraceSettings } from "../telemetry/trace-settings.ts"
import type { Tracing } from "../telemetry/tracing.ts"
import type { Tables } from "../store/tables.ts"
import { WaitRows } from "../store/wait-rows.ts"

/** What outlives it. */
interface Surroundings {
  readonly registry: Registry
  readonly storage: DurableObjectStorage
  readonly database: Tables
  readonly room: StoreRoom
  readonly outbox: Outbox
  readonly alarm: RunAlarm
  readonly alert: HaltAlert
  readonly news: IndexNews
  readonly tracing: Tracing
  readonly traceSettings: TraceSettings | undefined
  readonly dependency: (name: string) => unknown
  readonly abort: (reason: string) => void
  readonly changed: () => void
  readonly expired: () => void
}

export interface RunLife {
  readonly tables: RunTables
  readonly driver: RunDriver
  readonly export: RunExport
  /** `undefined` where no spans are exported. */
  readonly telemetry: RunTelemetry | undefined
}

export function newLife({ registry, storage, database, outbox, ...others }: Surroundings): RunLife {
  const { tracing, traceSettings, alarm } = others
  const rows = new RunRows(database, (row, before) => others.news.noticed(row, before))
  const tables: RunTables = {
    family: new Family(database, outbox, tracing),
    journal: new JournalRows(database),
    folds: new FoldRows(database),
    waits: new WaitRows(database),
    mailbox: new Mailbox(database, () => Date.now()),
    promises: new PromiseRows(database),
    state: new StateRows(database),
    slot: new RunSlot(rows, outbox),
  }
  const driver = new RunDriver({
    machines: new MachineFactory(registry, tables, tracing),
    tables,
    atomically: (work) => database.atomically(work),
    rows,
    room: others.room,
    alarm,
    outbox,
    alert: others.alert,
    news: others.news,
    telemetry: () => telemetry,
    about: () => {
      const { row } = driver
      if (row === undefined) return {}
      const { id: run, workflow, version } = row
      return { run, workflow, version, trace: tracing.traceIdOf(row) }
    },
    dependency: others.dependency,
    workflowName: (fn) => registry.nameOf(fn as WorkflowFunction),
    // What was written so far is made durable first: a fault comes after the call, not before its start record.
    crash: () =>
      void storage.sync().then(() => others.abort("A fault on purpose: the object is reset.")),
    undoStretch: (error) =>
      others.abort(
        `The object is reset, since its journal could not be written: ${textOfThrown(error)}`,
      ),
    changed: () => {
      telemetry?.changed()
      others.changed()
    },
    expired: others.expired,
    gone: () => eraseRest(storage, database, Date.now()),
  })
  const telemetry =
    traceSettings &&
    new RunTelemetry({
      settings: traceSettings,
      tracing,
      journal: tables.journal,
      rows: new TraceRows(database, tables.journal),
      outbox,
      alarm,
      row: () => driver.row,
    })
  return { tables, driver, telemetry, export: new RunExport(tables, new ExportRows(database)) }
}
