// Run answer: how a run's record is told on a system's own routes.
// Owns: the words processing, done and failed as the systems use them. Must not touch: HTTP statuses, how runs are stored.
//   A1. A run that did not complete says which way it ended, and why; it is never "processing" and never unknown.

import { decode } from "../engine/values/codec.ts"
import { PANIC_NUMBER } from "../engine/errors.ts"
import { toPlainJson } from "../engine/values/plain-json.ts"
import { isFinal, type RunRecord } from "../engine/ports/runs.ts"

interface FailureError {
  readonly name: string
  readonly message: string
  readonly code: string
  readonly number?: number
  /** Plain JSON. */
  readonly details?: unknown
}

export interface Failure {
  readonly status: "failed" | "cancelled" | "timed_out" | "halted"
  readonly error: FailureError
}

/** Code of an error that has none of its own. */
const CODE_DEFAULT = "failed"

/** Whether nothing more happens by itself: the run is final, or halted until a person looks. */
export function isEnded(record: RunRecord): boolean {
  return isFinal(record.status) || record.status === "halted"
}

/** Why the run did not complete; `undefined` while it is processing and when it completed. */
export function failureOf(record: RunRecord): Failure | undefined {
  switch (record.status) {
    case "halted":
      return { status: "halted", error: haltError(record) }
    case "failed":
    case "cancelled":
    case "timed_out":
      return { status: record.status, error: thrownError(record) }
    case "running":
    case "suspended":
    case "paused":
    case "completed":
      return undefined
  }
}

/** The result of a completed run as plain JSON; `undefined` for any other run. */
export function resultOf(record: RunRecord): unknown {
  return record.resultText === undefined ? undefined : toPlainJson(decode(record.resultText))
}

/** The list of arguments the run was started with. */
export function inputOf(record: RunRecord): readonly unknown[] {
  const input = decode(record.inputText)
  return Array.isArray(input) ? (input as readonly unknown[]) : []
}

/** Where the engine itself answers for this run. */
export function runUrl(id: string): string {
  return `/v1/runs/${encodeURIComponent(id)}`
}

function haltError({ halt }: RunRecord): FailureError {
  const code = halt?.code ?? "panic"
  const message = halt?.message ?? "The run was halted."
  const details = halt?.details === undefined ? {} : { details: toPlainJson(halt.details) }
  return code === "panic"
    ? { name: "Panic", message, code, number: PANIC_NUMBER, ...details }
    : { name: "Halted", message, code, ...details }
}

function thrownError({ errorText }: RunRecord): FailureError {
  const thrown = errorText === undefined ? undefined : decode(errorText)
  if (!(thrown instanceof Error)) {
    const details = toPlainJson(thrown)
    return { name: "Error", message: JSON.stringify(details), code: CODE_DEFAULT, details }
  }
  const { code, details } = thrown as { code?: unknown; details?: unknown }
  return {
    name: thrown.name,
    message: thrown.message,
    code: typeof code === "string" ? code : CODE_DEFAULT,
    ...(details === undefined ? {} : { details: toPlainJson(details) }),
  }
}
