// Child cut: what a journal that is cut back means for the children it told of.
// Owns: the rule. A child whose beginning is forgotten is stopped, since another will take its place; one whose end is
// forgotten lies ready with that end, unless it is the very one to be tried again.

import { decode } from "../../engine/codec.ts"
import { isOutcome, outcomeOf, type JournalRecord, type Outcome } from "../../engine/journal.ts"
import type { RunRow } from "../run-row.ts"
import type { Family } from "./family.ts"

interface Seen {
  readonly path: string
  workflow: string
  id: string
  attempt: number
  readonly isKept: boolean
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
    const { path, seq, kind, name, type, text, attempt } = record
    if (kind === "child" && !this.#seen.has(path)) {
      const isKept = seq < this.#fromSeq
      const workflow = name ?? ""
      this.#seen.set(path, { path, workflow, id: "", attempt: 1, isKept, forgottenEnd: undefined })
    }
    const child = this.#seen.get(path)
    if (child === undefined) return
    if (type === "open" || type === "start") {
      child.id = String(decode(text ?? "null"))
      child.attempt = attempt ?? child.attempt
    }
    if (seq >= this.#fromSeq && isOutcome(record)) child.forgottenEnd = outcomeOf(record)
  }

  apply(row: RunRow, family: Family): void {
    for (const { isKept, forgottenEnd, ...child } of this.#seen.values()) {
      if (!isKept) family.forgetChild(row, child.path)
      else if (forgottenEnd !== undefined && child.path !== this.#retriedPath) {
        family.putBackChild(row, child, forgottenEnd)
      }
    }
  }
}
