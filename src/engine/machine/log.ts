// Log: the journal as the machine sees it: records to be replayed first, then a place to append.
// Owns: the replay cursor and the numbering. Must not touch: what a record means.
//   L1. Nothing is appended while a record is still to be replayed.
//   L2. Holds one page of records, never the journal.
//   L3. `inline` is positional: every record but the first after the machine came to rest.

import type { JournalRecord, RecordType } from "../ports/journal.ts"
import { REPLAY_PAGE_RECORDS } from "../limits.ts"
import type { RunStore } from "../ports/ports.ts"

export type RecordFields = Omit<JournalRecord, "seq" | "atMs" | "inline" | "type"> & {
  readonly type: RecordType
}

export class Log {
  readonly #store: RunStore
  readonly #nowMs: () => number
  readonly #onOperator: (record: JournalRecord) => void
  #page: JournalRecord[] = []
  #index = 0
  #lastSeq = 0
  #passedSeq = 0
  #recordCount = 0
  #exhausted: boolean
  #replayedEntries = 0
  /** Whether the next record is a consequence of what the machine is doing, and no fact from outside. */
  reacting = true
  /** Records, and roughly bytes of text, appended in this stretch; the machine ends its slices by them. */
  appendedRecords = 0
  appendedBytes = 0

  constructor(
    store: RunStore,
    nowMs: () => number,
    isFresh: boolean,
    onOperator: (record: JournalRecord) => void,
  ) {
    this.#store = store
    this.#nowMs = nowMs
    this.#exhausted = isFresh
    this.#onOperator = onOperator
  }

  /** Records up to here there were, though they may be forgotten: their numbers are not given again. */
  passed(seq: number): void {
    this.#passedSeq = Math.max(this.#passedSeq, seq)
  }

  /** Records that stand in the journal, as far as it has been replayed: what a replay has to read. */
  get recordCount(): number {
    return this.#recordCount
  }

  /** So many of them are no longer there. */
  forgot(count: number): void {
    this.#recordCount -= count
  }

  get lastSeq(): number {
    return this.#lastSeq
  }

  /** How many entries were replayed; `undefined` while there are more. */
  get replayedEntries(): number | undefined {
    return this.#exhausted ? this.#replayedEntries : undefined
  }

  beginStretch(): void {
    this.appendedRecords = 0
    this.appendedBytes = 0
  }

  /** The next record to replay; `undefined` once the run is live. */
  peek(): JournalRecord | undefined {
    while (!this.#exhausted) {
      const record = this.#page[this.#index]
      if (record === undefined) {
        this.#page = this.#store.read(this.#lastSeq, REPLAY_PAGE_RECORDS)
        this.#index = 0
        if (this.#page.length === 0) this.#exhausted = true
        continue
      }
      if (record.type !== "operator") return record
      this.take()
      this.#onOperator(record)
    }
    return undefined
  }

  /** Moves past the record that `peek` showed. */
  take(): void {
    const record = this.#page[this.#index++]
    if (record === undefined) return
    this.#lastSeq = record.seq
    this.#recordCount++
    // The first record of an entry says what it is.
    if (record.kind !== undefined && record.type !== "operator") this.#replayedEntries++
  }

  append(fields: RecordFields): JournalRecord {
    if (!this.#exhausted && this.peek() !== undefined) {
      throw new Error(
        `A record for "${fields.path}" was appended while the journal was still being replayed.`,
      )
    }
    this.#lastSeq = Math.max(this.#lastSeq, this.#passedSeq) + 1
    // Member by member: all records have one shape, whoever appends them.
    const record: JournalRecord = {
      seq: this.#lastSeq,
      type: fields.type,
      path: fields.path,
      atMs: this.#nowMs(),
      inline: this.reacting,
      kind: fields.kind,
      name: fields.name,
      digest: fields.digest,
      attempt: fields.attempt,
      text: fields.text,
      dueMs: fields.dueMs,
      ref: fields.ref,
    }
    this.#store.append([record])
    this.#recordCount++
    this.reacting = true
    this.appendedRecords++
    this.appendedBytes += fields.text?.length ?? 0
    return record
  }
}
