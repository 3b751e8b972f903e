// SQLite run store: the engine's store port over the tables of one object and one generation.
// Owns: nothing itself; puts journal, waits, mailbox and published state behind one face.
//   S1. A message is consumed together with the record that says so, or not at all: no throw can come between.

import type { JournalRecord, Outcome } from "../../engine/ports/journal.ts"
import type {
  ChildStart,
  InboxMessage,
  KeptFold,
  RunStore,
  Snapshot,
  Wait,
} from "../../engine/ports/ports.ts"
import type { Family } from "../family/family.ts"
import type { FoldRows } from "./fold-rows.ts"
import type { JournalRows } from "./journal-rows.ts"
import type { RunSlot } from "../limiter/run-slot.ts"
import type { Mailbox } from "./mailbox.ts"
import type { PromiseRows } from "./promise-rows.ts"
import type { RunRow } from "./stored-run.ts"
import type { StateRows } from "./state-rows.ts"
import type { WaitRows } from "./wait-rows.ts"

export interface RunTables {
  readonly journal: JournalRows
  readonly folds: FoldRows
  readonly waits: WaitRows
  readonly mailbox: Mailbox
  readonly promises: PromiseRows
  readonly state: StateRows
  readonly family: Family
  readonly slot: RunSlot
}

export class SqliteRunStore implements RunStore {
  readonly #tables: RunTables
  readonly #row: RunRow
  readonly #generation: number

  /** @param row the run as it is now; the store is of its present generation. */
  constructor(tables: RunTables, row: RunRow) {
    this.#tables = tables
    this.#row = row
    this.#generation = row.generation
  }

  atomically<T>(work: () => T): T {
    return this.#tables.journal.atomically(work)
  }

  append(records: readonly JournalRecord[], areLast = false): void {
    const { journal, mailbox } = this.#tables
    if (records.every(({ ref }) => ref === undefined)) return journal.append(records, areLast)
    journal.atomically(() => {
      journal.append(records)
      for (const { ref } of records) if (ref !== undefined) mailbox.consume(ref)
    })
  }

  read(afterSeq: number, limit: number): JournalRecord[] {
    return this.#tables.journal.page(afterSeq, limit)
  }

  saveFold(snapshot: Snapshot): number {
    const { folds, journal } = this.#tables
    return journal.atomically(() => {
      folds.save(snapshot)
      return journal.forgetItems(snapshot)
    })
  }

  fold(id: number): KeptFold | undefined {
    return this.#tables.folds.at(id)
  }

  foldPlace(id: number): Omit<KeptFold, "text"> | undefined {
    return this.#tables.folds.placeOf(id)
  }

  saveWait(wait: Wait): void {
    this.#tables.waits.save(wait)
  }

  dropWait(id: number): void {
    this.#tables.waits.drop(id)
  }

  waits(): Wait[] {
    return this.#tables.waits.all()
  }

  nextMessage(kind: "signal" | "update", name: string): InboxMessage | undefined {
    return this.#tables.mailbox.next(kind, name)
  }

  answerUpdate(id: number, answer: { readonly state: string; readonly text: string }): void {
    this.#tables.mailbox.answer(
      id,
      answer.state === "rejected" ? "rejected" : "completed",
      answer.text,
    )
  }

  publish(name: string, text: string): void {
    this.#tables.state.publish(name, text)
  }

  createPromise(path: string, token: string): void {
    this.#tables.promises.create(this.#generation, path, token)
  }

  promiseOutcome(path: string): Outcome | undefined {
    return this.#tables.promises.outcomeAt(this.#generation, path)
  }

  settlePromise(path: string, outcome: Outcome): void {
    this.#tables.promises.settleAt(this.#generation, path, outcome)
  }

  startChild(child: ChildStart): void {
    this.#tables.family.startChild(this.#row, child)
  }

  hasChild(path: string): boolean {
    return this.#tables.family.children.find(this.#generation, path) !== undefined
  }

  childOutcome(path: string): { attempt: number; outcome: Outcome } | undefined {
    return this.#tables.family.children.outcome(this.#generation, path)
  }

  stopChild(path: string, reason: string): void {
    this.#tables.family.stopChild(this.#row, path, reason)
  }

  dropChild(path: string): void {
    this.#tables.family.children.drop(this.#generation, path)
  }
}
