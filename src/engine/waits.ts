// Waits: what the run waits for, in memory and in the store: its timers and its `waitingFor`.
// Owns: the deadlines. Must not touch: what happens when one is due.
//   W1. A wait's id is the `seq` of the record that created it, so a replay knows it again.
//   W2. A deadline comes from a record or from the store, never from "now" twice.

import type { Log } from "./log.ts"
import type { RunStore, Wait } from "./ports.ts"
import type { Entry } from "./tree.ts"

interface LiveWait {
  readonly wait: Wait
  readonly entry: Entry
  /** Its due event stands in the queue already. */
  announced: boolean
}

export class Waits {
  readonly #store: RunStore
  readonly #log: Log
  readonly #live = new Map<number, LiveWait>()
  #nextDueMs: number | undefined
  #isStale = false

  constructor(store: RunStore, log: Log) {
    this.#store = store
    this.#log = log
  }

  /** `isStored`: the row stands already, because this is a replay. */
  add(entry: Entry, wait: Wait, isStored: boolean): void {
    this.#live.set(wait.id, { wait, entry, announced: false })
    entry.waitIds.push(wait.id)
    this.#isStale = true
    if (isStored) return
    this.#store.saveWait(wait)
    this.#log.dirty = true
  }

  /** Forgets every wait of the entry, or those of one kind. */
  drop(entry: Entry, kind?: Wait["kind"]): void {
    if (entry.waitIds.length === 0) return
    const isReplay = this.#log.peek() !== undefined
    for (const id of entry.waitIds.splice(0)) {
      const live = this.#live.get(id)
      if (live === undefined) continue
      if (kind !== undefined && live.wait.kind !== kind) {
        entry.waitIds.push(id)
        continue
      }
      this.#live.delete(id)
      this.#isStale = true
      if (isReplay) continue
      this.#store.dropWait(id)
      this.#log.dirty = true
    }
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

  /** Makes the store agree with memory after a replay; gives the stored waits as they were. */
  reconcile(): ReadonlyMap<number, Wait> {
    const stored = new Map(this.#store.waits().map((wait) => [wait.id, wait] as const))
    for (const { wait } of this.#live.values()) {
      if (!stored.has(wait.id)) this.#store.saveWait(wait)
    }
    return stored
  }

  /** Drops the stored rows that nothing waits for any more. */
  sweep(stored: ReadonlyMap<number, Wait>): void {
    for (const id of stored.keys()) {
      if (!this.#live.has(id)) this.#store.dropWait(id)
    }
  }
}
