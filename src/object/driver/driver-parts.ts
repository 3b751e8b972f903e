// Driver parts: what a run driver is given by the object it works in.
// Owns: the shape.

import type { HaltAlert } from "./halt-alert.ts"
import type { LogFields } from "../run-log.ts"
import type { MachineFactory } from "./machine-factory.ts"
import type { Outbox } from "../outbox/outbox.ts"
import type { RunAlarm } from "../run-alarm.ts"
import type { IndexNews } from "../run-index/index-news.ts"
import type { RunRows } from "../store/run-row.ts"
import type { RunTables } from "../store/sqlite-run-store.ts"
import type { StoreRoom } from "./store-room.ts"
import type { RunTelemetry } from "../telemetry/run-telemetry.ts"

export interface DriverParts {
  readonly machines: MachineFactory
  readonly tables: RunTables
  /** Runs a piece of our own code whose rows belong together. */
  readonly atomically: (work: () => void) => void
  readonly rows: RunRows
  readonly room: StoreRoom
  readonly alarm: RunAlarm
  readonly outbox: Outbox
  readonly alert: HaltAlert
  readonly news: IndexNews
  /** `undefined` where no spans are exported. */
  readonly telemetry: () => RunTelemetry | undefined
  /** What every line of the log says of the run. */
  readonly about: () => LogFields
  readonly dependency: (name: string) => unknown
  readonly workflowName: (fn: unknown) => string | undefined
  /** The object dies at once; what was written before is kept (development only). */
  readonly crash: () => void
  /** The object dies at once, and nothing of the stretch is kept. */
  readonly undoStretch: (error: unknown) => void
  /** The run has ended and was kept as long as it had to be. */
  readonly expired: () => void
  /** There is no run, and perhaps nothing left to tell of a former one. @returns when to look again, beside the outbox */
  readonly gone: () => number | undefined
  /** The run's status or an update's answer may have changed. */
  readonly changed: () => void
}
