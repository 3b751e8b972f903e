// Entries: the life of every entry: made, performed or taken from the journal, recorded, settled.
// Owns: the map of what is unsettled, and the first record of each. Must not touch: generators, attempts.
//   E1. An entry is performed only when the journal has nothing more to say.
//   E2. While replaying, an outcome is taken from the journal, whatever was computed (promise 3).
//   E3. What is not performed where it was made is deferred: performed when nothing can run, as a fact of its own.
//       A replay finds no record where it was made and defers it as well.

import { decode, encode } from "../values/codec.ts"
import type { Children } from "./children.ts"
import { isComposite, type Composites } from "./composites.ts"
import type { Core } from "./core.ts"
import { differenceOf, divergenceAt } from "./divergence.ts"
import { entryOf } from "./entry-of.ts"
import { firstDueMs } from "./first-due.ts"
import type { Folds } from "../folds/folds.ts"
import { isOutcome, outcomeOf, type JournalRecord, type Outcome } from "../ports/journal.ts"
import type { RecordFields } from "./log.ts"
import type { Messages } from "./messages.ts"
import { madeOutcome } from "./outcomes.ts"
import { attemptsTold } from "./operator-record.ts"
import type { Operation } from "../workflow/operation.ts"
import type { Wait } from "../ports/ports.ts"
import type { Steps } from "../steps/steps.ts"
import { isChild, isFold, isStep, type Entry, type Fiber } from "./tree.ts"

/** What performs the entries of each kind. */
export interface EntryParts {
  readonly steps: Steps
  readonly messages: Messages
  readonly composites: Composites
  readonly children: Children
  readonly folds: Folds
}

export class Entries {
  readonly #core: Core
  readonly #steps: Steps
  readonly #messages: Messages
  readonly #composites: Composites
  readonly #children: Children
  readonly #folds: Folds
  readonly #unsettled = new Map<string, Entry>()
  /** Made, and neither performed nor found in the journal yet. */
  readonly #deferred = new Set<Entry>()
  readonly #calls = new Map<string, number>()
  /** Attempts made before an operator's retry, by path, for steps that are made anew. */
  readonly #attemptsBefore = new Map<string, number>()

  constructor(core: Core, { steps, messages, composites, children, folds }: EntryParts) {
    this.#core = core
    this.#steps = steps
    this.#messages = messages
    this.#composites = composites
    this.#children = children
    this.#folds = folds
  }

  find(path: string): Entry | undefined {
    return this.#unsettled.get(path)
  }

  get openCount(): number {
    return this.#unsettled.size
  }

  attemptsBefore(path: string): number {
    return this.#attemptsBefore.get(path) ?? 0
  }

  all(): Entry[] {
    return [...this.#unsettled.values()]
  }

  add(entry: Entry): void {
    this.#unsettled.set(entry.path, entry)
  }

  adopt(fiber: Fiber, operation: Operation<unknown>, path: string): Entry {
    const entry = entryOf(this.#core, fiber, operation, path, this.#calls)
    if (isStep(entry) || isChild(entry)) entry.body.attempts = this.attemptsBefore(path)
    this.add(entry)
    fiber.open.add(entry)
    return entry
  }

  create(fiber: Fiber, operation: Operation<unknown>, path: string): Entry {
    const entry = this.adopt(fiber, operation, path)
    this.meet(entry)
    return entry
  }

  /** Performs an entry that was just made, takes it from the journal, or defers it. */
  meet(entry: Entry): void {
    const { path } = entry
    const next = this.#core.log.peek()
    if (next === undefined) {
      if (this.#core.defersWork) this.#deferred.add(entry)
      else this.#perform(entry)
    } else if (next.path === path && next.inline && next.type !== "cancelled") {
      this.#core.log.take()
      this.restore(entry, next)
    } else {
      // A first record that says cancelled is for whoever cancels the entry, a little later.
      this.#deferred.add(entry)
    }
  }

  /** Once nothing can run: performs one of the deferred entries. */
  performDeferred(): boolean {
    for (const entry of this.#deferred) {
      this.#deferred.delete(entry)
      this.#perform(entry)
      return true
    }
    return false
  }

  #perform(entry: Entry): void {
    const { body } = entry
    switch (body.type) {
      case "step":
        if (isStep(entry)) this.#steps.perform(entry)
        return
      case "signal":
      case "receive":
        return this.#messages.perform(entry)
      case "fold":
        if (isFold(entry)) this.#folds.perform(entry)
        return
      case "value":
        return this.settle(entry, madeOutcome(body.make), 1)
      case "promise":
        body.token = this.#core.ports.entropy.promiseToken()
        this.#core.ports.store.createPromise(entry.path, body.token)
        this.record(entry, { type: "open", text: encode(body.token) })
        return
      case "child":
        if (isChild(entry)) this.#children.perform(entry)
        return
      case "timer":
      case "workflow":
      case "composite":
        this.record(entry, { type: "open" })
    }
  }

  record(entry: Entry, fields: Omit<RecordFields, "path">): JournalRecord {
    const { path, kind, name, digest } = entry
    if (entry.recorded) return this.#core.log.append({ ...fields, path })
    const hasDeadline = fields.type === "open" || fields.type === "start"
    const dueMs = hasDeadline ? firstDueMs(this.#core, entry) : fields.dueMs
    const record = this.#core.log.append({ ...fields, path, kind, name, digest, dueMs })
    this.#becameRecorded(entry)
    if (record.type === "open") this.#opened(entry, record, false)
    if (record.type === "start") this.#setDeadline(entry, record, false)
    return record
  }

  /** Takes the first record of an entry that the workflow has just made again. */
  restore(entry: Entry, record: JournalRecord): void {
    const difference = differenceOf(record, entry)
    if (difference !== undefined) return this.#core.halt(divergenceAt(record, entry, difference))
    this.#deferred.delete(entry)
    if (entry.body.type === "promise" && record.text !== undefined && record.type === "open") {
      entry.body.token = String(decode(record.text))
    }
    this.#becameRecorded(entry)
    this.applyRecord(entry, record)
  }

  /** Gives a recorded entry what one of its records says. */
  applyRecord(entry: Entry, record: JournalRecord): void {
    if (isOutcome(record)) return this.#apply(entry, outcomeOf(record))
    if (record.type === "open") return this.#opened(entry, record, true)
    if (isChild(entry)) return this.#children.applyRecord(entry, record)
    if (!isStep(entry)) return this.#core.halt(divergenceAt(record, entry, "kind"))
    if (record.type === "start") {
      if (record.kind !== undefined) this.#setDeadline(entry, record, true)
      return this.#steps.replayStart(entry, record)
    }
    if (record.type === "fail") return this.#steps.replayFailure(entry, record)
    return this.#core.halt(divergenceAt(record, entry, "order"))
  }

  /** An operator asked for another go at this path: failures and losses are forgiven, attempt numbers go on. */
  pardon(record: JournalRecord): void {
    for (const [path, attempts] of Object.entries(attemptsTold(record))) {
      this.#attemptsBefore.set(path, Math.max(attempts, this.attemptsBefore(path)))
      const body = this.#unsettled.get(path)?.body
      if (body?.type === "step" || body?.type === "child") {
        body.attempts = Math.max(body.attempts, attempts)
      }
    }
    const entry = this.#unsettled.get(record.path)
    if (entry !== undefined && isStep(entry)) this.#steps.pardon(entry, record.attempt ?? 0)
    if (entry !== undefined && isChild(entry)) this.#children.pardon(entry, record.attempt ?? 0)
  }

  #becameRecorded(entry: Entry): void {
    entry.recorded = true
    const fiber = entry.recordWaiter
    if (fiber === undefined) return
    entry.recordWaiter = undefined
    this.#core.resume(fiber, { type: "begun", entry })
  }

  #opened(entry: Entry, record: JournalRecord, isReplayed: boolean): void {
    const { seq: id, dueMs } = record
    const { path, name, body } = entry
    const { waits } = this.#core
    switch (body.type) {
      case "timer":
        return waits.add(entry, { id, kind: "timer", path, dueMs }, isReplayed)
      case "signal":
      case "receive":
        this.#messages.wait(entry)
        return waits.add(
          entry,
          { id, kind: body.type === "signal" ? "signal" : "update", path, name, dueMs },
          isReplayed,
        )
      case "promise":
        return waits.add(entry, { id, kind: "promise", path, dueMs }, isReplayed)
      case "composite":
        if (isComposite(entry)) this.#composites.start(entry)
        return
      case "fold":
        if (isFold(entry) && isReplayed) this.#folds.restore(entry, record.seq)
        return
      case "workflow":
        this.#setDeadline(entry, record, isReplayed)
        return this.#core.spawn(entry)
      case "child":
        this.#setDeadline(entry, record, isReplayed)
        if (isChild(entry)) this.#children.started(entry, record)
        return
      default:
        return this.#setDeadline(entry, record, isReplayed)
    }
  }

  #setDeadline(entry: Entry, record: JournalRecord, isReplayed: boolean): void {
    if (record.dueMs === undefined) return
    entry.deadlineMs = record.dueMs
    const { path, name } = entry
    const wait: Wait = { id: record.seq, kind: "timeout", path, name, dueMs: record.dueMs }
    this.#core.waits.add(entry, wait, isReplayed)
  }

  settle(entry: Entry, outcome: Outcome, attempt?: number, beside?: () => void): void {
    if (this.#core.isStopped || entry.outcome !== undefined) return
    const next = this.#core.log.peek()
    if (next === undefined) {
      const accepted = this.#folds.accept(entry, outcome)
      const { state: type, text, ref } = accepted
      const fields = { type, text, ref, attempt }
      // Whoever waits is told when it is written: that may call a step, which no transaction may hold.
      if (beside === undefined) this.record(entry, fields)
      else this.#core.ports.store.atomically(() => [this.record(entry, fields), beside()])
      return this.#apply(entry, accepted)
    }
    if (next.path !== entry.path || !next.inline || !isOutcome(next)) {
      return this.#core.halt(divergenceAt(next, entry, "order"))
    }
    this.#core.log.take()
    if (entry.recorded) this.#apply(entry, outcomeOf(next))
    else this.restore(entry, next)
  }

  /** The entry has its outcome: tell whoever waits. */
  #apply(entry: Entry, outcome: Outcome): void {
    const { owner, body } = entry
    entry.outcome = outcome
    this.#unsettled.delete(entry.path)
    this.#deferred.delete(entry)
    owner.open.delete(entry)
    this.#core.waits.drop(entry)
    if (body.type === "signal" || body.type === "receive") this.#messages.stopWaiting(entry)
    if (
      body.type === "promise" &&
      (outcome.state === "cancelled" || outcome.state === "timed_out")
    ) {
      this.#core.ports.store.settlePromise(entry.path, outcome)
    }
    const isLoss = outcome.state === "failed" || outcome.state === "timed_out"
    if (!entry.observed && isLoss && !(isChild(entry) && entry.body.isDetached)) {
      owner.unobservedFailures.add(entry)
    }
    for (const waiter of entry.waiters.splice(0)) {
      if (waiter.type === "fiber") this.#core.resume(waiter.fiber, this.#core.resumeOf(entry))
      else if (waiter.type === "fold") this.#folds.itemSettled(waiter.of, outcome)
      else if (isComposite(waiter.of)) this.#composites.memberSettled(waiter.of, waiter.index)
    }
    this.#core.joined(owner)
  }
}
