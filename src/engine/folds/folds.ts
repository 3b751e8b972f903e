// Folds: performing `ctx.reduce`: one item after the other, each a step at a path under the fold's own.
// Owns: which item is next, the fast way through synchronous ones, snapshots. Must not touch: attempts (steps.ts).
//   F1. An item's outcome is a record like any step's. A snapshot of the accumulator replaces the records of the items
//       in it, so neither the journal nor a replay grows with the items already folded.
//   F2. After a snapshot or a slice a fold goes on as a fact of its own, behind nothing that a snapshot makes forgotten.
//   F3. An item is made only when its step is called, or when a record of it is met: both lives make the same.

import { Attempt } from "../steps/attempt.ts"
import { attempted } from "../steps/attempted.ts"
import { encode, encodeThrown } from "../values/codec.ts"
import type { Core, EntryMap } from "../machine/core.ts"
import { tellOfFold } from "./fold-news.ts"
import { kindOfFunction, returnsPromise } from "../workflow/function-kind.ts"
import { inputDigest } from "../values/input-digest.ts"
import type { Outcome } from "../ports/journal.ts"
import { cancelledOutcome } from "../machine/outcomes.ts"
import { isGenerator, isThenable } from "../steps/step-result.ts"
import type { Steps } from "../steps/steps.ts"
import {
  Entry,
  isFold,
  isStep,
  type CancelReason,
  type FoldEntry,
  type StepEntry,
} from "../machine/tree.ts"

export class Folds {
  readonly #core: Core
  readonly #steps: Steps
  readonly #entries: () => EntryMap
  /** They go on when nothing can run. */
  readonly #paused = new Set<FoldEntry>()

  constructor(core: Core, steps: Steps, entries: () => EntryMap) {
    this.#core = core
    this.#steps = steps
    this.#entries = entries
  }

  /** Performed for the first time. */
  perform(entry: FoldEntry): void {
    const record = this.#core.record(entry, { type: "open" })
    entry.body.fold.id = record.seq
    this.#goOn(entry)
  }

  /** Met in the journal. */
  restore(entry: FoldEntry, id: number): void {
    const { fold } = entry.body
    fold.id = id
    const row = this.#core.ports.store.foldPlace(id)
    if (row !== undefined) {
      fold.count = row.count
      fold.forgottenSeq = row.lastSeq
      this.#core.log.passed(row.lastSeq)
    }
    // As after the snapshot (F2).
    if (row !== undefined && this.#core.log.peek() === undefined) this.#paused.add(entry)
    else this.#goOn(entry)
  }

  /** Once nothing can run: one of the folds that paused goes on. */
  performPaused(): boolean {
    for (const entry of this.#paused) {
      this.#paused.delete(entry)
      if (entry.outcome !== undefined || entry.body.item !== undefined) continue
      this.#goOn(entry)
      return true
    }
    return false
  }

  /** The item that a record is about, when it is the next one of its fold. */
  itemAt(path: string): Entry | undefined {
    const dot = path.lastIndexOf(".")
    const entry = dot < 0 ? undefined : this.#entries().find(path.slice(0, dot))
    if (entry === undefined || !isFold(entry) || entry.body.item !== undefined) return undefined
    return path === itemPath(entry) && !entry.body.fold.isDone ? this.#newItem(entry) : undefined
  }

  /** An item of a live fold has this outcome: folded before it is recorded, because `apply` may throw. */
  accept(item: Entry, outcome: Outcome): Outcome {
    const entry = item.itemOf
    if (entry === undefined || outcome.state !== "completed") return outcome
    const taken = attempted(() => {
      this.#makeReady(entry)
      entry.body.fold.take(outcome.text)
    })
    if ("thrown" in taken) return { state: "failed", text: encodeThrown(taken.thrown) }
    entry.body.isTaken = true
    return outcome
  }

  itemSettled(entry: FoldEntry, outcome: Outcome): void {
    const { body } = entry
    const { isTaken } = body
    body.item = undefined
    body.isTaken = false
    if (entry.outcome !== undefined || body.cancelled !== undefined) return
    if (outcome.state !== "completed") return this.#end(entry, { ...outcome, state: "failed" })
    if (!isTaken) body.fold.take(outcome.text)
    if (!body.isAtWork) this.#goOn(entry)
  }

  cancel(entry: FoldEntry, reason: CancelReason): void {
    const { body } = entry
    body.cancelled = reason
    const next = this.#core.log.peek()
    const item = body.item ?? (next && this.itemAt(next.path))
    if (item !== undefined) this.#core.cancel(item, reason)
    this.#end(entry, cancelledOutcome(reason))
  }

  /** An item is a step that is at work for a while; everything else is done here. */
  #goOn(entry: FoldEntry): void {
    const { body } = entry
    body.isAtWork = true
    try {
      while (!this.#core.isStopped && entry.outcome === undefined && this.#advance(entry));
    } finally {
      body.isAtWork = false
    }
  }

  /** One item further. @returns false when there is something to wait for. */
  #advance(entry: FoldEntry): boolean {
    if (this.#core.log.peek() !== undefined) return this.#replayNext(entry)
    const { fold } = entry.body
    const state = attempted(() => this.#snapshotIfNeeded(entry))
    // What cannot be stored, or was recorded and is now refused by `apply`.
    if ("thrown" in state) this.#end(entry, { state: "failed", text: encodeThrown(state.thrown) })
    else if (state.value !== undefined && !fold.isDone) this.#snapshot(entry, state.value)
    else if (state.value !== undefined) {
      this.#end(entry, { state: "completed", text: state.value })
    } else if (!this.#core.defersWork) return this.#performItem(entry)
    if (entry.outcome !== undefined) return false
    tellOfFold(this.#core, entry)
    this.#paused.add(entry)
    return false
  }

  /** The accumulator as it is stored, where that is asked for now. */
  #snapshotIfNeeded(entry: FoldEntry): string | undefined {
    const { fold } = entry.body
    this.#makeReady(entry)
    return fold.isDone || fold.isSnapshotDue ? fold.snapshotText() : undefined
  }

  #replayNext(entry: FoldEntry): boolean {
    const { log } = this.#core
    const next = log.peek()
    const { fold } = entry.body
    if (next?.inline === true && next.path === entry.path && next.type !== "cancelled") {
      // How it ended follows from its items, but only the journal says so (E2).
      this.#core.settle(entry, { state: "completed", text: "null" })
      return false
    }
    const isHere = next?.inline === true && next.path === itemPath(entry) && !fold.isDone
    if (!isHere || next.type === "cancelled") {
      // Something else comes first, perhaps a fact of this fold's own; at the journal's end it goes on.
      this.#paused.add(entry)
      return false
    }
    if (
      next.type === "completed" &&
      next.kind === "step" &&
      next.name === fold.spec.stepName &&
      next.digest === this.#itemDigest(entry)
    ) {
      log.take()
      fold.take(next.text ?? "null")
      return true
    }
    const item = this.#newItem(entry)
    this.#entries().meet(item)
    return item.outcome !== undefined
  }

  #performItem(entry: FoldEntry): boolean {
    const { fn } = entry.body.fold.spec
    const path = itemPath(entry)
    const isPlain =
      kindOfFunction(fn) === "plain" &&
      !returnsPromise(fn) &&
      this.#core.run.faults.length === 0 &&
      this.#core.attemptsBefore(path) === 0 &&
      this.#core.ports.store.secure()
    if (isPlain) return this.#callPlain(entry, path)
    tellOfFold(this.#core, entry)
    const item = this.#newItem(entry)
    this.#entries().meet(item)
    return item.outcome !== undefined
  }

  /** One record, no entry in memory; whatever is out of the ordinary gets one. */
  #callPlain(entry: FoldEntry, path: string): boolean {
    const { fold } = entry.body
    const { fn, stepName } = fold.spec
    const { run, ports, log } = this.#core
    const digest = this.#itemDigest(entry)
    const attempt = new Attempt({ run, name: stepName, path, number: 1, host: ports.host })
    const call = fn as (...input: unknown[]) => unknown
    const given = attempted(() => call(attempt, ...fold.input()))
    if ("thrown" in given) {
      return this.#leave(entry, (item) => this.#steps.takeThrown(item, attempt, given.thrown))
    }
    if (isThenable(given.value) || isGenerator(given.value)) {
      return this.#leave(entry, (item) => this.#steps.takeReturned(item, attempt, given.value))
    }
    const encoded = attempted(() => encode(given.value))
    if ("thrown" in encoded) {
      return this.#leave(entry, (item) => this.#steps.takeThrown(item, attempt, encoded.thrown))
    }
    const text = encoded.value
    const taken = attempted(() => fold.take(text))
    if ("thrown" in taken) {
      const outcome: Outcome = { state: "failed", text: encodeThrown(taken.thrown) }
      return this.#leave(entry, (item) => this.#core.settle(item, outcome, 1))
    }
    log.append({ type: "completed", path, kind: "step", name: stepName, digest, attempt: 1, text })
    return true
  }

  #leave(entry: FoldEntry, andThen: (item: StepEntry) => void): boolean {
    const item = this.#newItem(entry)
    // What its attempt came to is recorded before anything else is written.
    andThen(item)
    if (item.outcome === undefined) tellOfFold(this.#core, entry)
    return item.outcome !== undefined
  }

  #newItem(entry: FoldEntry): StepEntry {
    const { fold } = entry.body
    const { fn, stepName, options } = fold.spec
    const path = itemPath(entry)
    const item = new Entry({
      path,
      kind: "step",
      name: stepName,
      digest: this.#itemDigest(entry),
      owner: entry.owner,
      body: {
        type: "step",
        fn,
        input: [],
        supply: () => {
          this.#makeReady(entry)
          return fold.input()
        },
        options,
        call: fold.firstCall + fold.count,
        attempts: this.#core.attemptsBefore(path),
        failures: 0,
        lost: 0,
        openStartSeq: undefined,
        running: undefined,
      },
    })
    if (!isStep(item)) throw new Error(`The item at ${path} is no step.`)
    item.itemOf = entry
    item.observed = true
    item.waiters.push({ type: "fold", of: entry })
    entry.body.item = item
    this.#entries().add(item)
    return item
  }

  #itemDigest({ body: { fold } }: FoldEntry): number {
    return inputDigest([fold.spec.items[fold.count]])
  }

  #makeReady(entry: FoldEntry): void {
    const { fold } = entry.body
    fold.makeReady(() => this.#core.ports.store.fold(fold.id))
  }

  #snapshot(entry: FoldEntry, text: string): void {
    const { fold } = entry.body
    const { log, ports } = this.#core
    const { id, count, forgottenSeq: afterSeq } = fold
    const { lastSeq } = log
    log.forgot(ports.store.saveFold({ id, path: entry.path, count, text, afterSeq, lastSeq }))
    fold.forgottenSeq = lastSeq
    fold.snapshotTaken(text)
    log.appendedBytes += text.length
  }

  #end(entry: FoldEntry, outcome: Outcome): void {
    if (this.#core.log.peek() === undefined) {
      const ready = attempted(() => this.#makeReady(entry))
      tellOfFold(this.#core, entry, !("thrown" in ready))
    }
    this.#core.settle(entry, outcome)
  }
}

function itemPath({ path, body }: FoldEntry): string {
  return `${path}.${body.fold.count}`
}
