// Memory rows: the rows of one run in memory: what is not committed is gone when the process dies.
// Owns: the rows and their commit. Must not touch: when to commit (test-run.ts).
//   R1. Rows hold plain data that is replaced and never changed, so that a commit is a copy of lists and maps alone.

import type { JournalRecord, Outcome } from "../engine/ports/journal.ts"
import type { ChildStart, InboxMessage, RunStore, Snapshot, Wait } from "../engine/ports/ports.ts"

type Answer = Parameters<RunStore["answerUpdate"]>[1]

interface StoredMessage extends InboxMessage {
  readonly kind: "signal" | "update"
  /** Taken up by the workflow, or answered. */
  readonly isTaken: boolean
  readonly answer: Answer | undefined
}

interface Rows {
  journal: readonly JournalRecord[]
  /** The journals of the generations before, which the engine never sees again. */
  earlier: readonly (readonly JournalRecord[])[]
  inbox: readonly StoredMessage[]
  generation: number
  inputText: string
  cancel: string | undefined
  readonly waits: Map<number, Wait>
  readonly published: Map<string, string>
  readonly promises: Map<string, { readonly token: string; readonly outcome?: Outcome }>
  readonly children: Map<string, { readonly start: ChildStart; readonly outcome?: Outcome }>
  /** Why each child was told to end, by its run id; the next generation tells it still. */
  readonly stops: Map<string, string>
  readonly folds: Map<number, Snapshot>
}

export class MemoryRows implements RunStore {
  #rows: Rows
  #committed: Rows
  readonly #beforeWrite: ((record: JournalRecord) => void) | undefined

  /** @param beforeWrite is told of each record; what it throws is thrown by the write */
  constructor(inputText: string, beforeWrite?: (record: JournalRecord) => void) {
    this.#beforeWrite = beforeWrite
    this.#rows = {
      journal: [],
      earlier: [],
      inbox: [],
      generation: 0,
      inputText,
      cancel: undefined,
      waits: new Map(),
      published: new Map(),
      promises: new Map(),
      children: new Map(),
      stops: new Map(),
      folds: new Map(),
    }
    this.#committed = copyOf(this.#rows)
  }

  /** The rows as they stand, for whoever reads them. */
  get now(): Readonly<Rows> {
    return this.#rows
  }

  commit(): void {
    this.#committed = copyOf(this.#rows)
  }

  rollback(): void {
    this.#rows = copyOf(this.#committed)
  }

  /** The same rows, apart. */
  fork(): MemoryRows {
    const fork = new MemoryRows(this.#rows.inputText)
    fork.#rows = copyOf(this.#rows)
    fork.commit()
    return fork
  }

  // What comes from outside.

  addMessage(kind: "signal" | "update", name: string, text: string): number {
    const id = this.#rows.inbox.length + 1
    const message = { id, kind, name, text, isTaken: false, answer: undefined }
    this.#rows.inbox = [...this.#rows.inbox, message]
    return id
  }

  requestCancel(reason: string): void {
    this.#rows.cancel ??= reason
  }

  endChild(path: string, outcome: Outcome): void {
    const child = this.#rows.children.get(path)
    if (child !== undefined) this.#rows.children.set(path, { ...child, outcome })
  }

  nextGeneration(inputText: string): void {
    const { waits, promises, children, folds } = this.#rows
    for (const rows of [waits, promises, children, folds]) rows.clear()
    this.#rows.earlier = [...this.#rows.earlier, this.#rows.journal]
    this.#rows.journal = []
    this.#rows.inputText = inputText
    this.#rows.generation++
  }

  // What the engine asks.

  atomically<T>(work: () => T): T {
    const before = copyOf(this.#rows)
    try {
      return work()
    } catch (error) {
      this.#rows = before
      throw error
    }
  }

  append(records: readonly JournalRecord[]): void {
    for (const record of records) {
      this.#beforeWrite?.(record)
      this.#rows.journal = [...this.#rows.journal, record]
      if (record.ref !== undefined) this.#change(record.ref, { isTaken: true })
    }
  }

  read(afterSeq: number, limit: number): JournalRecord[] {
    return this.#rows.journal.filter(({ seq }) => seq > afterSeq).slice(0, limit)
  }

  saveFold(snapshot: Snapshot): number {
    const { id, path, afterSeq, lastSeq } = snapshot
    const before = this.#rows.journal.length
    this.#rows.folds.set(id, snapshot)
    this.#rows.journal = this.#rows.journal.filter(({ seq, path: at, type }) => {
      const isItem = at.includes(".") && at.slice(0, at.lastIndexOf(".")) === path
      return !isItem || seq <= afterSeq || seq > lastSeq || type === "operator"
    })
    return before - this.#rows.journal.length
  }

  fold(id: number): Snapshot | undefined {
    return this.#rows.folds.get(id)
  }

  foldPlace(id: number): Snapshot | undefined {
    return this.fold(id)
  }

  saveWait(wait: Wait): void {
    this.#rows.waits.set(wait.id, wait)
  }

  dropWait(id: number): void {
    this.#rows.waits.delete(id)
  }

  waits(): Wait[] {
    return [...this.#rows.waits.values()].sort((left, right) => left.id - right.id)
  }

  nextMessage(kind: "signal" | "update", name: string): InboxMessage | undefined {
    return this.#rows.inbox.find(
      (each) => each.kind === kind && each.name === name && !each.isTaken,
    )
  }

  answerUpdate(id: number, answer: Answer): void {
    const update = this.#rows.inbox.find((each) => each.id === id)
    if (update?.answer === undefined) this.#change(id, { answer, isTaken: true })
  }

  publish(name: string, text: string): void {
    this.#rows.published.set(name, text)
  }

  createPromise(path: string, token: string): void {
    this.#rows.promises.set(path, { token })
  }

  promiseOutcome(path: string): Outcome | undefined {
    return this.#rows.promises.get(path)?.outcome
  }

  settlePromise(path: string, outcome: Outcome): void {
    const promise = this.#rows.promises.get(path)
    if (promise === undefined || promise.outcome !== undefined) return
    this.#rows.promises.set(path, { ...promise, outcome })
  }

  startChild(start: ChildStart): void {
    this.#rows.children.set(start.path, { start })
  }

  hasChild(path: string): boolean {
    return this.#rows.children.has(path)
  }

  childOutcome(path: string): { readonly attempt: number; readonly outcome: Outcome } | undefined {
    const child = this.#rows.children.get(path)
    return child?.outcome && { attempt: child.start.attempt, outcome: child.outcome }
  }

  stopChild(path: string, reason: string): void {
    const child = this.#rows.children.get(path)
    if (child !== undefined) this.#rows.stops.set(child.start.id, reason)
  }

  dropChild(path: string): void {
    this.#rows.children.delete(path)
  }

  #change(id: number, fields: Partial<StoredMessage>): void {
    this.#rows.inbox = this.#rows.inbox.map((each) =>
      each.id === id ? { ...each, ...fields } : each,
    )
  }
}

function copyOf(rows: Rows): Rows {
  return {
    ...rows,
    waits: new Map(rows.waits),
    published: new Map(rows.published),
    promises: new Map(rows.promises),
    children: new Map(rows.children),
    stops: new Map(rows.stops),
    folds: new Map(rows.folds),
  }
}
