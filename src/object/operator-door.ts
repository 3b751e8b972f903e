// Operator door: cancel, kill, retry and skip as they arrive at a run object.
// Owns: which status each verb needs. Must not touch: how the journal is cut (operator-actions.ts).

import { encodeThrown } from "../engine/codec.ts"
import { CancelledError } from "../engine/errors.ts"
import type { OperatorAction, RunRecord } from "../engine/runs.ts"
import { cutForRetry, cutForSkip } from "./operator-actions.ts"
import { requireStatus, type RunHome } from "./run-home.ts"
import type { RunRow } from "./run-row.ts"

export type RetryAction = OperatorAction & { readonly from?: string | undefined }
export type SkipAction = OperatorAction & { readonly path: string; readonly valueText: string }

export class OperatorDoor {
  readonly #home: RunHome

  constructor(home: RunHome) {
    this.#home = home
  }

  /** Asked for twice it is still one cancellation. */
  cancel(id: string, action: OperatorAction): RunRecord {
    const row = this.#home.enter(id)
    if (row.cancel === undefined || row.status === "halted") {
      requireStatus(row, ["running", "suspended", "paused"], "cancel")
      this.#home.driver.control.cancel(action.reason ?? "The run was cancelled.")
    }
    return this.#home.record(id)
  }

  kill(id: string, action: OperatorAction): RunRecord {
    const row = this.#home.row(id)
    requireStatus(row, ["running", "suspended", "paused", "halted"], "kill")
    const error = new CancelledError(action.reason ?? "The run was killed.")
    Object.defineProperty(error, "stack", { value: undefined })
    this.#home.driver.control.kill({
      state: "cancelled",
      text: encodeThrown(Object.assign(error, { code: "killed" })),
    })
    return this.#home.record(id)
  }

  retry(id: string, action: RetryAction): RunRecord {
    return this.#operate(id, "retry", (row) =>
      cutForRetry(row, this.#home.tables, action, Date.now()),
    )
  }

  skip(id: string, action: SkipAction): RunRecord {
    return this.#operate(id, "skip", (row) =>
      cutForSkip(row, this.#home.tables, action, Date.now()),
    )
  }

  #operate(id: string, what: string, cut: (row: RunRow) => void): RunRecord {
    const row = this.#home.row(id)
    requireStatus(row, ["halted", "failed"], what)
    this.#home.driver.control.restart(() => cut(row))
    return this.#home.record(id)
  }
}
