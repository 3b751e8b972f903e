// Run view: what is known of one life of one run from its commits: its rows, and its journal by entries.
// Owns: the index of the present generation. Must not touch: what ought to be (the checks).
//   V1. What a snapshot of a fold made forgotten stays known here: its steps must not run again either.
//   V2. What an operator's cut made forgotten is forgotten here as well; the attempts that were made are not.

import type { JournalRecord } from "../../../src/engine/ports/journal.ts"
import { isEnd, NO_ROWS, type Change, type Rows } from "./rows.ts"

/** One call of a step function, by whoever was called. */
export interface AttemptNote {
  readonly run: string
  readonly key: string
  /** As the workflow counts it. */
  readonly generation: number
  readonly path: string
  readonly attempt: number
  /** Delays before retry n in ms, as the step's policy says; the last of them for all that follow. */
  readonly delaysMs?: readonly number[] | undefined
  /** It ends well only after the outside has answered. */
  readonly isAnswered?: boolean | undefined
}

/** What a workflow was handed by an operation. */
export interface Sight {
  readonly run: string
  readonly generation: number
  readonly path: string
  readonly kind: string
  readonly state: "value" | "thrown"
  /** The value encoded, or the error's message. */
  readonly text: string
  /** The value that the function at this place gives, encoded, where that can be told. */
  readonly own?: string | undefined
}

export class EntryView {
  readonly first: JournalRecord
  lastStart: JournalRecord | undefined
  lastFail: JournalRecord | undefined
  /** Failures since the last time a person forgave them. */
  failures = 0
  outcome: JournalRecord | undefined
  /** Of a child: it was told to end. */
  isStopped = false

  constructor(first: JournalRecord) {
    this.first = first
  }
}

export class RunView {
  readonly id: string
  rows: Rows = NO_ROWS
  before: Rows = NO_ROWS
  /** Of the present generation. */
  readonly records = new Map<number, JournalRecord>()
  readonly entries = new Map<string, EntryView>()
  lastSeq = 0
  /** Those that consumed a message. */
  consuming: JournalRecord[] = []
  /** What a person did last. */
  lastVerb: string | undefined
  /** It, or a part of it, is being unwound: its deadline has nothing more to say. */
  isUnwinding = false
  /** The highest attempt on record, by generation and path; over cuts. */
  readonly attempts = new Map<string, number>()
  /** Calls since the last commit. */
  calls: AttemptNote[] = []
  sights: Sight[] = []
  /** Of the records that are told now. */
  #generation = 0
  /** An operator's verb is under way: its cut may be part of any stretch. */
  operated = false

  constructor(id: string) {
    this.id = id
  }

  get incarnation(): string {
    return this.rows.run?.incarnation ?? ""
  }

  /** Takes the cut and the new generation of a change, before its records are added. */
  begin({ rows, appended, forgotten }: Change): void {
    this.#generation = rows.run?.generation ?? this.#generation
    const before = this.rows.run
    if (before !== undefined && rows.run !== undefined && rows.run.generation > before.generation) {
      this.#empty()
      return
    }
    if (forgotten.length === 0) return
    for (const { seq } of forgotten) this.records.delete(seq)
    if (!appended.some(({ type }) => type === "operator")) return
    this.#forgetFolds(rows)
    const kept = [...this.records.values()].sort((left, right) => left.seq - right.seq)
    this.#empty()
    for (const record of kept) this.add(record)
  }

  /** The attempts of items that stood in a snapshot alone are not told by what a person did; they count anew. */
  #forgetFolds({ folds: kept }: Rows): void {
    for (const { id, count } of this.rows.folds) {
      if (kept.some((fold) => fold.id === id)) continue
      const path = [...this.entries].find(([, { first }]) => first.seq === id)?.[0]
      for (let item = 0; item < count; item++) this.attempts.delete(this.placeOf(`${path}.${item}`))
    }
  }

  #empty(): void {
    this.records.clear()
    this.entries.clear()
    this.lastSeq = 0
    this.consuming = []
    this.lastVerb = undefined
    this.isUnwinding = false
  }

  add(record: JournalRecord): void {
    this.records.set(record.seq, record)
    this.lastSeq = Math.max(this.lastSeq, record.seq)
    const { type, path, attempt, name } = record
    if (record.ref !== undefined) this.consuming.push(record)
    if (type === "expire" || type === "cancel" || path.startsWith("undo.")) this.isUnwinding = true
    if (type === "operator") {
      this.lastVerb = name
      const forgiven = this.entries.get(path)
      if (forgiven !== undefined) forgiven.failures = 0
      return
    }
    if (type === "cancel") return
    let entry = this.entries.get(path)
    if (entry === undefined) {
      entry = new EntryView(record)
      this.entries.set(path, entry)
    }
    if (type === "start") entry.lastStart = record
    if (type === "fail") {
      entry.lastFail = record
      entry.failures++
    }
    if (type === "stop") entry.isStopped = true
    if (isEnd(record)) entry.outcome = record
    if (attempt !== undefined) this.noteAttempt(this.placeOf(path), attempt)
  }

  /** Takes the rows of a change, after its records were added. */
  end({ rows, appended }: Change): void {
    this.before = this.rows
    this.rows = rows
    this.calls = []
    this.sights = []
    if (appended.some(({ type }) => type === "operator")) this.operated = false
  }

  /** Whether it is an item of a fold that a snapshot holds. */
  isFolded(path: string): boolean {
    if (this.rows.folds.length === 0) return false
    const at = path.lastIndexOf(".")
    const fold = this.entries.get(path.slice(0, at))
    const index = Number(path.slice(at + 1))
    return this.rows.folds.some(({ id, count }) => id === fold?.first.seq && index < count)
  }

  placeOf(path: string, generation = this.#generation): string {
    return `${generation}/${path}`
  }

  noteAttempt(place: string, attempt: number): void {
    this.attempts.set(place, Math.max(attempt, this.attempts.get(place) ?? 0))
  }
}
