// Actions: what a person may do with a run as it stands now, and with one of its entries.
// Owns: the table, which follows the rules of the run object's doors. Must not touch: how an action is asked for. Pure.
//   A1. What is here is taken by the server, and what is not here is refused by it (a test compares with the real routes).
//   A2. The server decides all the same: a run may have moved on since it was looked at.

import { isFinal, type Run, type RunStatus, type Waiting } from "../answers.ts"
import type { Row } from "./timeline.ts"

type ActionName =
  | "signal"
  | "update"
  | "resolve"
  | "reject"
  | "pause"
  | "resume"
  | "begin"
  | "retry"
  | "cancel"
  | "kill"
  | "crash"
  | "export"
  | "delete"

export interface Action {
  readonly name: ActionName
  /** Of a promise, a signal, an update: what the run waits for. */
  readonly waiting?: Waiting
}

export type EntryActionName = "retryFrom" | "skip" | "fork"

const NEEDS: Readonly<Partial<Record<ActionName, readonly RunStatus[]>>> = {
  pause: ["running", "suspended"],
  resume: ["paused"],
  retry: ["halted", "failed"],
  cancel: ["running", "suspended", "paused"],
  kill: ["running", "suspended", "paused", "halted"],
  crash: ["running", "suspended"],
  delete: ["completed", "failed", "cancelled", "timed_out"],
}

/** In the order in which a person looks for them: what the run waits for first, what cannot be undone last. */
export function actionsOf(run: Run, isDevelopment: boolean): Action[] {
  const isOpen = !isFinal(run.status)
  const allowed = (...names: readonly ActionName[]): Action[] =>
    names.filter((name) => NEEDS[name]?.includes(run.status)).map((name) => ({ name }))
  return [
    ...(waitsToBegin(run) ? [{ name: "begin" } as const] : []),
    ...(isOpen ? awaited(run) : []),
    ...allowed("resume", "retry", "pause"),
    ...(isOpen ? [{ name: "signal" } as const, { name: "update" } as const] : []),
    ...(isDevelopment ? allowed("crash") : []),
    { name: "export" },
    ...allowed("cancel", "kill", "delete"),
  ]
}

/** @param row an entry of the journal; what a person did is none. */
export function entryActionsOf(run: Run, row: Row): EntryActionName[] {
  if (row.entry.kind === "operator") return []
  const actions: EntryActionName[] = []
  if (run.status === "halted" || run.status === "failed") {
    actions.push("retryFrom")
    if (canBeSkipped(run, row)) actions.push("skip")
  }
  actions.push("fork")
  return actions
}

/** Signals and updates it waits for, by name; promises only for whoever may see their token. */
function awaited({ waitingFor }: Run): Action[] {
  const named = (kind: "signal" | "update") =>
    distinct(waitingFor.filter((waiting) => waiting.kind === kind)).map((waiting) => ({
      name: kind,
      waiting,
    }))
  const promises = waitingFor.filter(({ token }) => token !== undefined)
  return [
    ...named("signal"),
    ...named("update"),
    ...promises.flatMap((waiting): Action[] => [
      { name: "resolve", waiting },
      { name: "reject", waiting },
    ]),
  ]
}

function distinct(all: readonly Waiting[]): Waiting[] {
  return [...new Map(all.map((waiting) => [waiting.name, waiting])).values()]
}

/** Before its start, unless it waits for its turn: nobody is let in before others. */
function waitsToBegin({ status, startedAt, waitingFor }: Run): boolean {
  const [hold] = waitingFor
  const isHeld = status === "suspended" && startedAt === undefined && hold?.kind === "start"
  return isHeld && hold.until !== undefined
}

/** How the journal's marker of a patch is named; it has no outcome that could be another. */
const PATCH = "patch:"

function canBeSkipped({ status }: Run, { entry, parts }: Row): boolean {
  if (entry.kind !== "step" && entry.kind !== "child") return false
  if (entry.name?.startsWith(PATCH) === true && entry.path.endsWith(entry.name)) return false
  if (entry.settledAt !== undefined) return true
  // A sub-workflow that has not ended has the step in it that stands in the way; a failed run waits for no child.
  return parts.length === 0 && status === "halted"
}
