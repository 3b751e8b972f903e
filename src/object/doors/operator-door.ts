// Operator door: cancel, kill, pause, resume, crash, retry and skip as they arrive at a run object.
// Owns: which status each verb needs. Must not touch: how the journal is cut (operator-actions.ts).

import { encodeThrown } from "../../engine/values/codec.ts"
import { BelayError, CancelledError } from "../../engine/errors.ts"
import { FINAL_STATUSES } from "../../engine/ports/run-status.ts"
import type { OperatorAction, RunRecord } from "../../engine/ports/runs.ts"
import { cutForRetry, cutForSkip } from "./operator-actions.ts"
import { requireStatus } from "./required-status.ts"
import type { RunHome } from "../run/run-home.ts"
import { hasBegun } from "../driver/run-begin.ts"
import { logLine } from "../run-log.ts"
import type { RunRow } from "../store/stored-run.ts"
import { requireNear } from "./start.ts"

export type RetryAction = OperatorAction & { readonly from?: string | undefined }
export type SkipAction = OperatorAction & { readonly path: string; readonly valueText: string }

export type ResumeAction = OperatorAction & { readonly startAtMs?: number | undefined }

export class OperatorDoor {
  readonly #home: RunHome

  constructor(home: RunHome) {
    this.#home = home
  }

  /** Asked for twice it is still one cancellation. */
  cancel(id: string, action: OperatorAction): RunRecord {
    const row = this.#home.enter(id)
    const isUnwinding =
      row.cancel !== undefined && row.status !== "halted" && row.status !== "paused"
    if (!isUnwinding) {
      requireStatus(row, ["running", "suspended", "paused"], "cancel")
      this.#home.driver.control.cancel(action)
    }
    return this.#done(id, "cancel", action)
  }

  kill(id: string, action: OperatorAction): RunRecord {
    const row = this.#home.row(id)
    requireStatus(row, ["running", "suspended", "paused", "halted"], "kill")
    const error = new CancelledError(action.reason ?? "The run was killed.")
    Object.defineProperty(error, "stack", { value: undefined })
    const text = encodeThrown(Object.assign(error, { code: "killed" }))
    this.#home.driver.control.kill({ state: "cancelled", text }, action)
    return this.#done(id, "kill", action)
  }

  pause(id: string, action: OperatorAction): RunRecord {
    requireStatus(this.#home.enter(id), ["running", "suspended"], "pause")
    this.#home.driver.control.pause(action)
    return this.#done(id, "pause", action)
  }

  /** Of a run that has not begun it says when it shall: now, unless another instant is named. */
  resume(id: string, action: ResumeAction): RunRecord {
    const row = this.#home.enter(id)
    const { control } = this.#home.driver
    const { startAtMs } = action
    // One that waits for its slot begins when its turn comes: nobody is let in before others.
    const isQueued = row.slot?.state === "asked" && startAtMs === undefined
    const waitsToBegin = !hasBegun(row) && row.status === "suspended" && !isQueued
    if (!waitsToBegin) requireStatus(row, ["paused"], "resume")
    if (startAtMs !== undefined && hasBegun(row)) {
      throw new BelayError(
        "invalid_request",
        `Run "${id}" has begun: its start cannot be moved; leave startAt out.`,
      )
    }
    const nowMs = Date.now()
    requireNear(startAtMs, nowMs)
    if (waitsToBegin || startAtMs !== undefined) {
      control.moveStart(Math.max(startAtMs ?? 0, nowMs), action)
    } else control.resume(action)
    return this.#done(id, "resume", action)
  }

  /** Whatever it does is broken off: nothing is unwound, nothing is told to it, and it goes on by its alarm. */
  crash(id: string, action: OperatorAction): RunRecord {
    requireStatus(this.#home.row(id), ["running", "suspended"], "crash")
    this.#home.driver.control.crashing(action)
    this.#home.crash()
    return this.#home.record(id)
  }

  retry(id: string, action: RetryAction): RunRecord {
    return this.#operate(id, "retry", action, (row) =>
      cutForRetry(row, this.#home.tables, action, Date.now()),
    )
  }

  skip(id: string, action: SkipAction): RunRecord {
    return this.#operate(id, "skip", action, (row) =>
      cutForSkip(row, this.#home.tables, action, Date.now()),
    )
  }

  delete(id: string): null {
    requireStatus(this.#home.enter(id), FINAL_STATUSES, "DELETE")
    this.#home.forget()
    return null
  }

  /** Who asked why stands in the journal; why is not for the log. */
  #done(id: string, action: string, { by }: OperatorAction): RunRecord {
    const { workflow, version } = this.#home.row(id)
    logLine("info", "A person intervened.", { run: id, workflow, version, action, by })
    return this.#home.record(id)
  }

  #operate(
    id: string,
    what: string,
    action: OperatorAction,
    cut: (row: RunRow) => void,
  ): RunRecord {
    const row = this.#home.row(id)
    requireStatus(row, ["halted", "failed"], what)
    this.#home.driver.control.restart(() => cut(row))
    return this.#done(id, what, action)
  }
}
