// Memory store: the rows of one run in memory, with the platform's notion of a commit.
// Owns: what is committed. A stretch ends in `commit`; a crash is `rollback`: what was not committed is gone.
//   S1. Rows hold copies of plain data only, as SQL rows would: nothing alive crosses a crash.
//   S2. `seq` grows by one within a generation; a store that sees anything else reports a bug in the engine.

import { isOutcome, type JournalRecord, type Outcome } from "../../src/engine/ports/journal.ts"
import type {
  ChildStart,
  InboxMessage,
  KeptFold,
  RunStore,
  Snapshot,
  Wait,
} from "../../src/engine/ports/ports.ts"

export interface StoredMessage extends InboxMessage {
  readonly kind: "signal" | "update"
}

export interface StoredPromise {
  readonly token: string
  readonly outcome: Outcome | undefined
}

export interface StoredChild {
  readonly start: ChildStart
  readonly outcome: Outcome | undefined
}

/** What was sent to a child: its start, or the request to end. */
export interface SentToChild {
  readonly what: "start" | "stop"
  readonly path: string
  readonly id: string
}

export type Answer = Parameters<RunStore["answerUpdate"]>[1]

export class MemoryStore implements RunStore {
  readonly #journal: JournalRecord[] = []
  readonly #waits = new Map<number, Wait>()
  readonly #inbox = new Map<number, StoredMessage>()
  readonly #known = new Map<number, true>()
  readonly #accepted = new Set<number>()
  readonly #answers = new Map<number, Answer>()
  readonly #published = new Map<string, string>()
  readonly #promises = new Map<string, StoredPromise>()
  readonly #children = new Map<string, StoredChild>()
  readonly #sent: SentToChild[] = []
  readonly #settledPaths = new Map<string, true>()
  readonly #messages: StoredMessage[] = []
  readonly #folds = new Map<number, Snapshot>()
  readonly #undo: (() => void)[] = []
  #lastMessageId = 0
  /** Called after every append; a test that throws here kills the process there. */
  onAppend: (() => void) | undefined
  appends = 0
  /** Rows written by the engine, uncommitted ones included: what the platform would bill. */
  rowsWritten = 0
  /** Length of the texts in the records and snapshots written. */
  bytesWritten = 0
  recordsRead = 0

  /** Where the rows of the transaction that is open begin. */
  #transactionStart: number | undefined

  // What the engine asks.

  atomically<T>(work: () => T): T {
    const outer = this.#transactionStart
    this.#transactionStart = this.#undo.length
    try {
      return work()
    } catch (error) {
      while (this.#undo.length > this.#transactionStart) this.#undo.pop()?.()
      throw error
    } finally {
      this.#transactionStart = outer
    }
  }

  /** Written as one: a process dies before or behind them, not among them. */
  append(records: readonly JournalRecord[]): void {
    for (const record of records) this.#append(record)
    this.appends++
    this.onAppend?.()
  }

  #append(record: JournalRecord): void {
    if (record.seq !== this.lastSeq + 1)
      throw new Error(`Record ${record.seq} follows ${this.lastSeq}.`)
    this.#journal.push({ ...record })
    this.bytesWritten += record.text?.length ?? 0
    this.rowsWritten++
    this.#undo.push(() => this.#journal.pop())
    if (record.ref !== undefined) this.#consume(record.ref)
    if (isOutcome(record)) this.#set(this.#settledPaths, record.path, true)
  }

  read(afterSeq: number, limit: number): JournalRecord[] {
    const first = this.#journal.findIndex(({ seq }) => seq > afterSeq)
    const records = first < 0 ? [] : this.#journal.slice(first, first + limit)
    this.recordsRead += records.length
    return records
  }

  saveFold(snapshot: Snapshot): number {
    const { id, path, afterSeq, lastSeq } = snapshot
    this.#set(this.#folds, id, snapshot)
    const before = [...this.#journal]
    const kept = before.filter(({ seq, path: at, type }) => {
      const isItem = at.slice(0, at.lastIndexOf(".")) === path && at.includes(".")
      return !isItem || seq <= afterSeq || seq > lastSeq || type === "operator"
    })
    this.#journal.splice(0, before.length, ...kept)
    this.rowsWritten += before.length - kept.length
    this.bytesWritten += snapshot.text.length
    this.#undo.push(() => this.#journal.splice(0, this.#journal.length, ...before))
    return before.length - kept.length
  }

  fold(id: number): KeptFold | undefined {
    return this.#folds.get(id)
  }

  foldPlace(id: number): Omit<KeptFold, "text"> | undefined {
    return this.#folds.get(id)
  }

  saveWait(wait: Wait): void {
    this.#set(this.#waits, wait.id, { ...wait })
  }

  dropWait(id: number): void {
    this.#delete(this.#waits, id)
  }

  waits(): Wait[] {
    return [...this.#waits.values()].sort((left, right) => left.id - right.id)
  }

  nextMessage(kind: "signal" | "update", name: string): InboxMessage | undefined {
    for (const message of this.#inbox.values()) {
      if (message.kind === kind && message.name === name && !this.#accepted.has(message.id)) {
        return { id: message.id, name: message.name, text: message.text }
      }
    }
    return undefined
  }

  answerUpdate(id: number, answer: Answer): void {
    if (this.#answers.has(id)) return
    this.#set(this.#answers, id, { ...answer })
    this.#accept(id)
  }

  publish(name: string, text: string): void {
    this.#set(this.#published, name, text)
  }

  createPromise(path: string, token: string): void {
    if (this.#promises.has(path)) throw new Error(`There is a promise at ${path} already.`)
    this.#set(this.#promises, path, { token, outcome: undefined })
  }

  promiseOutcome(path: string): Outcome | undefined {
    return this.#promises.get(path)?.outcome
  }

  settlePromise(path: string, outcome: Outcome): void {
    const promise = this.#promises.get(path)
    if (promise === undefined || promise.outcome !== undefined) return
    this.#set(this.#promises, path, { ...promise, outcome: { ...outcome } })
  }

  startChild(start: ChildStart): void {
    this.#set(this.#children, start.path, { start, outcome: undefined })
    this.#send({ what: "start", path: start.path, id: start.id })
  }

  hasChild(path: string): boolean {
    return this.#children.has(path)
  }

  childOutcome(path: string): { attempt: number; outcome: Outcome } | undefined {
    const child = this.#children.get(path)
    return child?.outcome && { attempt: child.start.attempt, outcome: child.outcome }
  }

  stopChild(path: string): void {
    this.#send({ what: "stop", path, id: this.#children.get(path)?.start.id ?? "" })
  }

  dropChild(path: string): void {
    this.#delete(this.#children, path)
  }

  #send(sent: SentToChild): void {
    this.rowsWritten++
    this.#sent.push(sent)
    this.#undo.push(() => this.#sent.pop())
  }

  // What the tests ask.

  /** Children under way, and those whose end was not taken up yet. */
  get children(): ReadonlyMap<string, StoredChild> {
    return this.#children
  }

  /** All that was sent to children, in order. */
  get sentToChildren(): readonly SentToChild[] {
    return this.#sent
  }

  /** A child tells its end; the first one stands. */
  endChild(path: string, outcome: Outcome): void {
    const child = this.#children.get(path)
    if (child === undefined || child.outcome !== undefined) return
    this.#set(this.#children, path, { ...child, outcome })
  }

  isSettled(path: string): boolean {
    return this.#settledPaths.has(path)
  }

  /** Every message there ever was, consumed or not. */
  get messages(): readonly StoredMessage[] {
    return this.#messages.filter(({ id }) => this.#known.has(id))
  }

  /** Folds that one of these records opened. */
  foldsAmong(records: readonly JournalRecord[]): Snapshot[] {
    return records.flatMap(({ seq }) => this.#folds.get(seq) ?? [])
  }

  /** The last record there was: a snapshot may have made it forgotten. */
  get lastSeq(): number {
    let last = this.#journal.at(-1)?.seq ?? 0
    for (const fold of this.#folds.values()) last = Math.max(last, fold.lastSeq)
    return last
  }

  get journal(): readonly JournalRecord[] {
    return this.#journal
  }

  /** Something is written and not committed, so the platform holds back whatever leaves. */
  get isPending(): boolean {
    return this.#undo.length > 0
  }

  get isInTransaction(): boolean {
    return this.#transactionStart !== undefined
  }

  /** A row of the world's own, such as the run's: it makes the stretch dirty. */
  touch(): void {
    this.#undo.push(() => undefined)
  }

  /** A transaction that is open is not committed: it may still be rolled back. */
  commit(): void {
    this.#undo.splice(0, this.#transactionStart ?? this.#undo.length)
    if (this.#transactionStart !== undefined) this.#transactionStart = 0
  }

  rollback(): void {
    for (const undo of this.#undo.splice(0).reverse()) undo()
  }

  addMessage(kind: "signal" | "update", name: string, text: string): number {
    const id = ++this.#lastMessageId
    const message = { id, kind, name, text }
    this.#messages.push(message)
    this.#set(this.#inbox, id, message)
    this.#set(this.#known, id, true)
    return id
  }

  /** Messages accepted and not consumed yet. */
  get unconsumed(): StoredMessage[] {
    return [...this.#inbox.values()].filter(({ id }) => !this.#accepted.has(id))
  }

  /** Whether this message was ever taken in for good. */
  hasMessage(id: number): boolean {
    return this.#known.has(id)
  }

  answer(id: number): Answer | undefined {
    return this.#answers.get(id)
  }

  published(name: string): string | undefined {
    return this.#published.get(name)
  }

  get promises(): ReadonlyMap<string, StoredPromise> {
    return this.#promises
  }

  /** A person takes the journal back to a prefix; messages that the rest consumed come back in their order. */
  truncate(keep: number): void {
    const forgotten = this.#journal.splice(keep)
    this.#undo.push(() => this.#journal.push(...forgotten))
    for (const { seq } of forgotten) this.#delete(this.#folds, seq)
    for (const record of forgotten) {
      if (isOutcome(record)) this.#delete(this.#settledPaths, record.path)
      const message = this.#messages.find(({ id }) => id === record.ref)
      if (message !== undefined) this.#putBack(message)
      if (record.kind === "promise") this.#delete(this.#promises, record.path)
    }
  }

  /** A signal is gone, an update stays until it is answered. */
  #consume(id: number): void {
    if (this.#inbox.get(id)?.kind === "signal") this.#delete(this.#inbox, id)
    else this.#accept(id)
  }

  #accept(id: number): void {
    if (this.#accepted.has(id)) return
    this.#accepted.add(id)
    this.#undo.push(() => this.#accepted.delete(id))
  }

  #putBack(message: StoredMessage): void {
    this.#accepted.delete(message.id)
    const others = [...this.#inbox.values()].filter(({ id }) => id !== message.id)
    const inOrder = [...others, message].sort((left, right) => left.id - right.id)
    this.#inbox.clear()
    for (const each of inOrder) this.#inbox.set(each.id, each)
  }

  /** A copy of the first records of this run in a store of their own, with everything that came from outside. */
  prefix(records: number): MemoryStore {
    const copy = new MemoryStore()
    for (const record of this.#journal.slice(0, records)) {
      copy.#journal.push(record)
      if (isOutcome(record)) copy.#settledPaths.set(record.path, true)
      const fold = this.#folds.get(record.seq)
      if (fold !== undefined) copy.#folds.set(record.seq, fold)
    }
    const consumed = new Set(copy.#journal.map(({ ref }) => ref))
    for (const message of this.messages) {
      copy.#lastMessageId = Math.max(copy.#lastMessageId, message.id)
      copy.#messages.push(message)
      copy.#known.set(message.id, true)
      if (!consumed.has(message.id)) copy.#inbox.set(message.id, message)
    }
    const opened = new Set(copy.#journal.map(({ path }) => path))
    for (const [path, promise] of this.#promises) {
      if (opened.has(path)) copy.#promises.set(path, promise)
    }
    for (const [path, child] of this.#children) {
      if (opened.has(path)) copy.#children.set(path, child)
    }
    copy.commit()
    return copy
  }

  nextGeneration(): void {
    const forgotten = this.#journal.splice(0)
    this.#undo.push(() => this.#journal.push(...forgotten))
    for (const id of this.#folds.keys()) this.#delete(this.#folds, id)
    for (const id of this.#waits.keys()) this.dropWait(id)
    for (const path of this.#settledPaths.keys()) this.#delete(this.#settledPaths, path)
    for (const path of this.#promises.keys()) this.#delete(this.#promises, path)
    for (const path of this.#children.keys()) this.#delete(this.#children, path)
  }

  #set<K, V>(map: Map<K, V>, key: K, value: V): void {
    if (map !== (this.#settledPaths as unknown)) this.rowsWritten++
    const before = map.get(key)
    map.set(key, value)
    this.#undo.push(() => (before === undefined ? map.delete(key) : map.set(key, before)))
  }

  #delete<K, V>(map: Map<K, V>, key: K): void {
    if (!map.has(key)) return
    if (map !== (this.#settledPaths as unknown)) this.rowsWritten++
    // Order matters to the inbox, so what comes back comes back in its old place.
    const entries = [...map]
    map.delete(key)
    this.#undo.push(() => {
      map.clear()
      for (const [known, value] of entries) map.set(known, value)
    })
  }
}
