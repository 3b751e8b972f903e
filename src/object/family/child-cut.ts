// Child cut: what a journal that is cut back means for the children it told of.
// Owns: the rule, for each child of an entry, be it the first or a later attempt.
//   U1. A child whose beginning is forgotten is stopped, since another will take its place.
//   U2. One whose own end is forgotten lies ready with that end, unless it is the very one to be tried again.
//   U3. One that was told to end, which is forgotten, has ended for a reason that is no more: another takes its place,
//       unless it completed all the same.

import { decode } from "../../engine/values/codec.ts"
import {
  isOutcome,
  outcomeOf,
  type JournalRecord,
  type Outcome,
} from "../../engine/ports/journal.ts"
import type { RunRow } from "../store/stored-run.ts"
import type { Family } from "./family.ts"

interface Seen {
  readonly path: string
  readonly workflow: string
  /** The last child whose beginning is kept; none when the entry itself is forgotten. */
  kept: { readonly id: string; readonly attempt: number } | undefined
  isBeginningForgotten: boolean
  isStopForgotten: boolean
  forgottenEnd: Outcome | undefined
}

export class ChildCut {
  readonly #fromSeq: number
  readonly #retriedPath: string
  readonly #seen = new Map<string, Seen>()

  constructor(fromSeq: number, retriedPath: string) {
    this.#fromSeq = fromSeq
    this.#retriedPath = retriedPath
  }

  /** Every record, in order. */
  see(record: JournalRecord): void {
    const { path, kind, name } = record
    let child = this.#seen.get(path)
    if (child === undefined && kind === "child") {
      child = {
        path,
        workflow: name ?? "",
        kept: undefined,
        isBeginningForgotten: false,
        isStopForgotten: false,
        forgottenEnd: undefined,
      }
      this.#seen.set(path, child)
    }
    if (child === undefined || record.type === "operator") return
    if (record.seq >= this.#fromSeq) seeForgotten(child, record)
    else if (isBeginning(record)) {
      child.kept = { id: String(decode(record.text ?? "null")), attempt: record.attempt ?? 1 }
    }
  }

  apply(row: RunRow, family: Family): void {
    for (const child of this.#seen.values()) {
      const { path, workflow, kept, forgottenEnd } = child
      if (child.isBeginningForgotten) family.forgetChild(row, path)
      else if (child.isStopForgotten) family.children.drop(row.generation, path)
      if (kept === undefined || forgottenEnd === undefined || path === this.#retriedPath) continue
      if (child.isStopForgotten && forgottenEnd.state !== "completed") continue
      family.putBackChild(row, { path, workflow, ...kept }, forgottenEnd)
    }
  }
}

function seeForgotten(child: Seen, record: JournalRecord): void {
  const { type, attempt } = record
  if (isBeginning(record)) child.isBeginningForgotten = true
  // What follows is told of a later child.
  if (child.isBeginningForgotten) return
  if (type === "stop") child.isStopForgotten = true
  // An outcome without an attempt is not the child's own, but of whoever waited for it no longer.
  else if (type === "fail") child.forgottenEnd = { state: "failed", text: record.text ?? "null" }
  else if (isOutcome(record) && attempt !== undefined) child.forgottenEnd = outcomeOf(record)
}

function isBeginning({ type }: JournalRecord): boolean {
  return type === "open" || type === "start"
}
