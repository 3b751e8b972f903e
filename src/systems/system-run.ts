// System run: a system's own run, found or started by its id.
// Owns: the rule that a field left out of a repeated start agrees with what the run has. Must not touch: HTTP statuses.
//   R1. A run of another workflow under the same id is not the system's run.

import { BelayError } from "../engine/errors.ts"
import type { RunRecord, Runs, StartRequest, Started } from "../engine/ports/runs.ts"
import { inputOf } from "./run-answer.ts"

export interface SystemStart extends Omit<StartRequest, "input"> {
  /**
   * The list of arguments, with the fields the caller left out taken from the run that is there, if one is.
   * @throws BelayError invalid_request when a field does not fit, or is missing and no run has it
   */
  readonly inputFrom: (existing: readonly unknown[] | undefined) => readonly unknown[]
}

/** Starts the run, or attaches to the one that was started with the same values. @throws BelayError run_conflict */
export async function startOrAttach(runs: Runs, id: string, start: SystemStart): Promise<Started> {
  const { inputFrom, ...request } = start
  try {
    return await runs.start(id, { ...request, input: inputFrom(undefined) })
  } catch (error) {
    if (!mayLackFields(error)) throw error
    const existing = await findRun(runs, id, start.workflow)
    if (existing === undefined) throw error
    return runs.start(id, { ...request, input: inputFrom(inputOf(existing)) })
  }
}

/** The run, unless there is none or another workflow has taken its id. */
export async function findRun(
  runs: Runs,
  id: string,
  workflow: string,
): Promise<RunRecord | undefined> {
  const record = await runs.get(id)
  return record?.workflow === workflow ? record : undefined
}

/** As `findRun`. @param what names the thing for people. @throws BelayError run_unknown */
export async function requireRun(
  runs: Runs,
  id: string,
  workflow: string,
  what: string,
): Promise<RunRecord> {
  const record = await findRun(runs, id, workflow)
  if (record === undefined) throw new BelayError("run_unknown", `There is no ${what}.`)
  return record
}

function mayLackFields(error: unknown): boolean {
  return (
    error instanceof BelayError &&
    (error.code === "run_conflict" || error.code === "invalid_request")
  )
}
