// Waits: what the run waits for, in memory and in the store: its timers and its `waitingFor`.
// Owns: the deadlines. Must not touch: what happens when one is due.
//   W1. A wait's id is the `seq` of the record that created it, so a replay knows it again.
//   W2. A deadline comes from a record or from the store, never from "now" twice.
//   W3. Only a row that is known to stand is dropped, so that a drop is always a write. Rows of a replayed past are
//       not known before `reconcile`.

import type { RunStore, Wait } from "../ports/ports.ts"
import type { Entry } from "./tree.ts"

interface LiveWait {
  readonly wait: Wait
  readonly entry: Entry
  /** Its due event stands in the queue already. */
  announced: boolean
  hasRow: boolean
}

export class Waits {
  readonly #store: RunStore
  readonly #live = new Map<number, LiveWait>()
  #nextDueMs: number | undefined
  #isStale = false

  constructor(store: RunStore) {
    this.#store = store
  }

  /** `isReplayed`: the wait is not new; its row, if it has one, is found by `reconcile`. */
  add(entry: Entry, wait: Wait, isReplayed: boolean): void {
    this.#live.set(wait.id, { wait, entry, announced: false, hasRow: !isReplayed })
    entry.waitIds.push(wait.id)
    if (wait.dueMs !== undefined && wait.dueMs < (this.#nextDueMs ?? Infinity))
      this.#nextDueMs = wait.dueMs
    if (isReplayed) return
    this.#store.saveWait(wait)
  }

  /** Forgets every wait of the entry, or those of one kind. */
  drop(entry: Entry, kind?: Wait["kind"]): void {
    if (entry.waitIds.length === 0) return
    for (const id of entry.waitIds.splice(0)) {
      const live = this.#live.get(id)
      if (live === undefined) continue
      if (kind !== undefined && live.wait.kind !== kind) {
        entry.waitIds.push(id)
        continue
      }
      this.#live.delete(id)
      const { dueMs } = live.wait
      if (!live.announced && dueMs !== undefined && dueMs === this.#nextDueMs) this.#isStale = true
      if (!live.hasRow) continue
      this.#store.dropWait(id)
    }
  }

  has(entry: Entry, kind: Wait["kind"]): boolean {
    return entry.waitIds.some((id) => this.#live.get(id)?.wait.kind === kind)
  }

  find(id: number): LiveWait | undefined {
    return this.#live.get(id)
  }

  /** Ids of waits that fell due and were not announced before, in the order of their deadlines. */
  announceDue(nowMs: number): number[] {
    if ((this.nextDueMs ?? Infinity) > nowMs) return []
    const due: LiveWait[] = []
    for (const live of this.#live.values()) {
      if (!live.announced && (live.wait.dueMs ?? Infinity) <= nowMs) due.push(live)
    }
    due.sort(
      (left, right) =>
        (left.wait.dueMs ?? 0) - (right.wait.dueMs ?? 0) || left.wait.id - right.wait.id,
    )
    for (const live of due) live.announced = true
    this.#isStale = true
    return due.map((live) => live.wait.id)
  }

  /** The earliest deadline not announced yet. */
  get nextDueMs(): number | undefined {
    if (this.#isStale) {
      let least = Infinity
      for (const { wait, announced } of this.#live.values()) {
        if (!announced && wait.dueMs !== undefined && wait.dueMs < least) least = wait.dueMs
      }
      this.#nextDueMs = least === Infinity ? undefined : least
      this.#isStale = false
    }
    return this.#nextDueMs
  }

  /** The rows as they stand. */
  stored(): ReadonlyMap<number, Wait> {
    return new Map(this.#store.waits().map((wait) => [wait.id, wait] as const))
  }

  /** After a replay: makes the rows agree with what the run waits for. */
  reconcile(stored: ReadonlyMap<number, Wait>): void {
    for (const live of this.#live.values()) {
      if (!live.hasRow && !stored.has(live.wait.id)) this.#store.saveWait(live.wait)
      live.hasRow = true
    }
    for (const id of stored.keys()) {
      if (!this.#live.has(id)) this.#store.dropWait(id)
    }
  }
}
