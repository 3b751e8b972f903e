// Run ends: what is written when a run has ended or stands still until a person looks.
// Owns: the rows and the alarm of that moment. Must not touch: the machine (the driver has let go of it before).
//   N1. An ended run owes nothing but its last messages and its own deletion: no wait, no open promise.
//   N2. It is written as a whole: a run that has ended and told nobody would be waited for, for ever.
//   N3. A halted run has no alarm, unless deploying code can help it: then it looks for that, slowly.

import type { Halt } from "../../engine/errors.ts"
import type { Outcome } from "../../engine/ports/journal.ts"
import { cancelledOutcome } from "../../engine/machine/outcomes.ts"
import type { DriverParts } from "./driver-parts.ts"
import type { HaltAlert } from "./halt-alert.ts"
import type { MachineFactory } from "./machine-factory.ts"
import type { RunAlarm } from "../run-alarm.ts"
import type { IndexNews } from "../run-index/index-news.ts"
import { logLine } from "../run-log.ts"
import { deletionMs } from "./run-rest.ts"
import type { RunRows } from "../store/run-row.ts"
import type { RunRow } from "../store/stored-run.ts"
import type { RunTables } from "../store/sqlite-run-store.ts"

/** How often a run whose workflow or version is missing looks for it again. */
const MISSING_CODE_PROBE_MS = 60_000

type EndParts = Pick<
  DriverParts,
  "tables" | "rows" | "alarm" | "machines" | "alert" | "news" | "atomically" | "telemetry" | "about"
>

export class RunEnds {
  readonly #tables: RunTables
  readonly #rows: RunRows
  readonly #alarm: RunAlarm
  readonly #machines: MachineFactory
  readonly #alert: HaltAlert
  readonly #news: IndexNews
  readonly #atomically: DriverParts["atomically"]
  readonly #telemetry: DriverParts["telemetry"]
  readonly #about: DriverParts["about"]

  constructor(parts: EndParts) {
    this.#tables = parts.tables
    this.#rows = parts.rows
    this.#alarm = parts.alarm
    this.#machines = parts.machines
    this.#alert = parts.alert
    this.#news = parts.news
    this.#atomically = parts.atomically
    this.#telemetry = parts.telemetry
    this.#about = parts.about
  }

  finish(row: RunRow, outcome: Outcome): void {
    const { family, mailbox, promises, slot, waits } = this.#tables
    const endedAtMs = Date.now()
    const deleteAtMs = endedAtMs + this.#machines.retentionMs(row)
    this.#atomically(() => {
      waits.clear()
      promises.settleOpen(cancelledOutcome({ state: "cancelled", message: "The run has ended." }))
      this.#rows.finish(row, outcome, {
        endedAtMs,
        deleteAtMs: deleteAtMs === Infinity ? undefined : deleteAtMs,
        unconsumedSignals: mailbox.signalCount(),
      })
      family.ended(row.id, outcome)
      slot.release(row)
    })
    this.#alarm.setTo(deletionMs(row, this.#news.isSwept))
  }

  halt(row: RunRow, halt: Halt): void {
    this.#atomically(() => {
      this.#rows.halt(row, halt)
      this.#tables.family.status("halted")
      this.#alert.raise(row, halt, Date.now())
      this.#telemetry()?.halted(row, halt, Date.now())
      // Who stands still until a person looks keeps nobody else from going on.
      this.#tables.slot.release(row)
    })
    if (isForMissingCode(halt)) this.#probeLater()
    else this.#alarm.setTo(undefined)
    const { code, details } = halt
    const place = (details ?? {}) as { readonly path?: unknown; readonly attempts?: unknown }
    const { path, attempts: attempt } = place
    logLine("error", `The run is halted: ${halt.message}`, {
      ...this.#about(),
      code,
      path,
      attempt,
    })
  }

  /** Whether a halted run goes on by itself now; otherwise it looks again later, where that can help it. */
  isCodeBack(row: RunRow): boolean {
    if (!isForMissingCode(row.halt)) return false
    if (this.#machines.missingCode(row) !== undefined) {
      this.#probeLater()
      return false
    }
    this.#rows.reopen(row, row.cancel)
    this.#tables.family.status("running")
    return true
  }

  #probeLater(): void {
    this.#alarm.setTo(Date.now() + MISSING_CODE_PROBE_MS)
  }
}

/** Whether the run goes on by itself once its code is deployed. */
export function isForMissingCode(halt: Halt | undefined): boolean {
  return halt?.code === "workflow_unknown" || halt?.code === "version_unknown"
}
