// Stretch store: the store as one stretch of a drive sees it: records that follow one another are held, and written as one.
// Owns: what is held, and whether anything is written in this stretch. Must not touch: what a record means.
//   H1. Whatever else is written comes behind the records that were held: no row speaks of a record that is not there.
//   H2. A function is called only while a write is pending (`secure`): the output gate holds back what it sends until
//       the whole stretch is committed, the records that are still held included.
//   H3. Nothing is held beyond the end of a stretch, also where it ends by a throw of somebody else's.
//   H4. Once a write has failed, every further one fails and no function is called; the end of the stretch throws it once
//       more: whatever catches the error on its way, a workflow that answers a message among them, the machine ends there.
//   H5. Records that cannot be written although functions were called since take the whole stretch with them: what those
//       functions sent is still held back, and never leaves.

import type { JournalRecord, Outcome } from "../ports/journal.ts"
import type {
  ChildStart,
  InboxMessage,
  KeptFold,
  RunStore,
  Snapshot,
  Wait,
} from "../ports/ports.ts"

export class StretchStore implements RunStore {
  readonly #store: RunStore
  readonly #undo: (error: unknown) => void
  #held: JournalRecord[] = []
  #isWritten = false
  /** A function may have been called since the stretch began. */
  #hasCalled = false
  #failure: { readonly error: unknown } | undefined

  /** @param undo is told that records could not be written by which functions were called meanwhile (H5) */
  constructor(store: RunStore, undo: (error: unknown) => void) {
    this.#store = store
    this.#undo = undo
  }

  get isReadOnly(): boolean {
    return this.#store.isReadOnly === true
  }

  /** @param isWritten something was already written in the stretch that begins. */
  begin(isWritten: boolean): void {
    this.#isWritten = isWritten
    this.#hasCalled = false
  }

  /** Before a function is called: whether a write is pending; records that are held are written for it. */
  secure(): boolean {
    if (this.#failure !== undefined) throw this.#failure.error
    if (this.isReadOnly) return false
    if (!this.#isWritten) this.flush()
    this.#hasCalled = this.#isWritten
    return this.#isWritten
  }

  /** The stretch is over. @param isEnd the run ends with it. @throws what failed in it, whoever has caught that meanwhile */
  end(isEnd: boolean): void {
    if (this.#failure !== undefined) throw this.#failure.error
    this.flush(isEnd)
    this.#hasCalled = false
  }

  /** Writes what is held. @param areLast the run ends with it */
  flush(areLast = false): void {
    if (this.#held.length === 0) return
    const records = this.#held
    this.#held = []
    try {
      this.#attempt(() => this.#store.append(records, areLast))
    } catch (error) {
      if (this.#hasCalled) this.#undo(error)
      throw error
    }
    this.#isWritten = true
  }

  atomically<T>(work: () => T): T {
    this.flush()
    return this.#attempt(() =>
      this.#store.atomically(() => {
        const result = work()
        this.flush()
        return result
      }),
    )
  }

  append(records: readonly JournalRecord[]): void {
    if (this.#failure !== undefined) throw this.#failure.error
    let hasMessage = false
    for (const record of records) {
      this.#held.push(record)
      hasMessage ||= record.ref !== undefined
    }
    // A message is there until it is consumed, and where nothing is written, nothing may be passed over.
    if (hasMessage || this.isReadOnly) this.flush()
  }

  read(afterSeq: number, limit: number): JournalRecord[] {
    this.flush()
    return this.#store.read(afterSeq, limit)
  }

  saveFold(snapshot: Snapshot): number {
    return this.#write(() => this.#store.saveFold(snapshot))
  }

  fold(id: number): KeptFold | undefined {
    return this.#store.fold(id)
  }

  foldPlace(id: number): Omit<KeptFold, "text"> | undefined {
    return this.#store.foldPlace(id)
  }

  saveWait(wait: Wait): void {
    this.#write(() => this.#store.saveWait(wait))
  }

  /** Only for a row that stands, so that this is a write. */
  dropWait(id: number): void {
    this.#write(() => this.#store.dropWait(id))
  }

  waits(): Wait[] {
    return this.#store.waits()
  }

  nextMessage(kind: "signal" | "update", name: string): InboxMessage | undefined {
    return this.#store.nextMessage(kind, name)
  }

  answerUpdate(id: number, answer: Parameters<RunStore["answerUpdate"]>[1]): void {
    this.#perhaps(() => this.#store.answerUpdate(id, answer))
  }

  publish(name: string, text: string): void {
    this.#write(() => this.#store.publish(name, text))
  }

  createPromise(path: string, token: string): void {
    this.#write(() => this.#store.createPromise(path, token))
  }

  promiseOutcome(path: string): Outcome | undefined {
    return this.#store.promiseOutcome(path)
  }

  settlePromise(path: string, outcome: Outcome): void {
    this.#perhaps(() => this.#store.settlePromise(path, outcome))
  }

  startChild(child: ChildStart): void {
    this.#write(() => this.#store.startChild(child))
  }

  hasChild(path: string): boolean {
    return this.#store.hasChild(path)
  }

  childOutcome(path: string): { readonly attempt: number; readonly outcome: Outcome } | undefined {
    return this.#store.childOutcome(path)
  }

  stopChild(path: string, reason: string): void {
    this.#perhaps(() => this.#store.stopChild(path, reason))
  }

  dropChild(path: string): void {
    this.#perhaps(() => this.#store.dropChild(path))
  }

  /** What surely writes. */
  #write<T>(work: () => T): T {
    const result = this.#perhaps(work)
    this.#isWritten = true
    return result
  }

  /** What may find that there is nothing to write. */
  #perhaps<T>(work: () => T): T {
    this.flush()
    return this.#attempt(work)
  }

  #attempt<T>(work: () => T): T {
    if (this.#failure !== undefined) throw this.#failure.error
    try {
      return work()
    } catch (error) {
      this.#failure = { error }
      this.#held = []
      throw error
    }
  }
}
