// Recorded store: the store port over a recorded run: it is read, and nothing is ever written.
// Owns: the end of a dry replay. Must not touch: what the end means (dry-replay.ts).
//   D1. The first record that would be appended is thrown out of the drive: no code of the workflow stands below an
//       append, so none can catch it, and no generator is touched afterwards.
//   D2. No step is called before it: a function that may touch the outside is called only when a write is pending in
//       the stretch (steps.ts, S1), and nothing is ever pending here.
//   D3. Of what a replay may say again (answers of updates, waits), nothing is kept but the waits, which say what the
//       run waits for.

import type { JournalRecord, Outcome } from "../ports/journal.ts"
import type { RowLine } from "./export-line.ts"
import type { InboxMessage, KeptFold, RunStore, Wait } from "../ports/ports.ts"

/** The replay has come to the journal's end: this would be the next record. */
export class JournalEnd extends Error {
  readonly record: JournalRecord

  constructor(record: JournalRecord) {
    super(`The journal ends before record ${record.seq}.`)
    this.name = "JournalEnd"
    this.record = record
  }
}

export class RecordedStore implements RunStore {
  readonly isReadOnly = true
  readonly #records: readonly JournalRecord[]
  readonly #folds = new Map<number, KeptFold>()
  readonly #waits: Wait[] = []

  /** @param records in order; those missing are in the snapshots of folds, which are among the rows */
  constructor(records: readonly JournalRecord[], rows: readonly RowLine[] = []) {
    this.#records = records
    for (const row of rows) if (row.type === "fold") this.#folds.set(row.id, row)
  }

  /** What the run waits for, once the replay is over and nothing more happened. */
  get waitsAtTheEnd(): readonly Wait[] {
    return this.#waits
  }

  atomically<T>(work: () => T): T {
    return work()
  }

  append([record]: readonly JournalRecord[]): void {
    if (record !== undefined) throw new JournalEnd(record)
  }

  read(afterSeq: number, limit: number): JournalRecord[] {
    // No record has a greater index than its number less one.
    let first = Math.min(afterSeq, this.#records.length)
    while (first > 0 && (this.#records[first - 1]?.seq ?? 0) > afterSeq) first--
    return this.#records.slice(first, first + limit)
  }

  saveFold(): number {
    return 0
  }

  fold(id: number): KeptFold | undefined {
    return this.#folds.get(id)
  }

  foldPlace(id: number): KeptFold | undefined {
    return this.#folds.get(id)
  }

  saveWait(wait: Wait): void {
    this.#waits.push(wait)
  }

  dropWait(): void {}

  /** None: whatever the replayed run waits for is then told to `saveWait`. */
  waits(): Wait[] {
    return []
  }

  /** None: a message that lies ready would be taken, which is more than was recorded. */
  nextMessage(): InboxMessage | undefined {
    return undefined
  }

  answerUpdate(): void {}

  publish(): void {}

  createPromise(): void {}

  promiseOutcome(): Outcome | undefined {
    return undefined
  }

  settlePromise(): void {}

  startChild(): void {}

  /** Every child is known and under way: none is started, none has news. */
  hasChild(): boolean {
    return true
  }

  childOutcome(): undefined {
    return undefined
  }

  stopChild(): void {}

  dropChild(): void {}
}
