// Children: entries that stand for runs of their own: started, heard of, stopped, tried again.
// Owns: what a child's entry records and when. Must not touch: how a child is reached (the store's outbox).
//   K1. A child is started by the record that says so: row, message and record are written in one stretch, so a
//       recovery never starts it twice.
//   K2. Its end is a fact from outside, taken from the store like a promise's; nobody holds an open call.
//   K3. A child is stopped before what waits for it goes on (promise 14): a run that unwinds waits for the end of the
//       children it stopped; a race or a new generation only until the stop is durably on its way (promise 8).
//   K4. The id of each attempt's child stands in the record, so that it is the same on every replay.

import { childId } from "./child-id.ts"
import { decode, encode } from "../values/codec.ts"
import type { Core } from "./core.ts"
import { divergenceAt } from "./divergence.ts"
import type { JournalRecord, Outcome } from "../ports/journal.ts"
import { cancelledOutcome } from "./outcomes.ts"
import { earliestDeadlineMs, retryDueMs } from "../steps/retry-due.ts"
import {
  isChild,
  type Cancelled,
  type CancelReason,
  type ChildEntry,
  type Entry,
  type Fiber,
} from "./tree.ts"

const PARENT_FAILED: CancelReason = { state: "cancelled", message: "The parent has failed." }

const NOT_BEGUN_AGAIN: CancelReason = {
  state: "cancelled",
  message: "The parent was taken back, and ends without beginning it again.",
}

export class Children {
  readonly #core: Core

  constructor(core: Core) {
    this.#core = core
  }

  /** Starts the first child of the entry. Live only. */
  perform(entry: ChildEntry): void {
    const attempt = entry.body.attempts + 1
    const text = this.#idText(entry, attempt)
    this.#together(() => {
      this.#send(entry, this.#core.record(entry, { type: "open", attempt, text }))
    })
  }

  /** What a record of a child that is recorded says, other than how it has ended. */
  applyRecord(entry: ChildEntry, record: JournalRecord): void {
    if (record.type === "start") return this.started(entry, record)
    if (record.type === "fail") return this.#failed(entry, record, true)
    return this.#core.halt(divergenceAt(record, entry, "order"))
  }

  /** A record says that a child was started. */
  started(entry: ChildEntry, record: JournalRecord): void {
    const { body, owner } = entry
    body.attempts = record.attempt ?? body.attempts + 1
    body.id = String(decode(record.text ?? "null"))
    this.#core.waits.drop(entry, "retry")
    if (!body.isDetached && (body.close !== "abandon" || owner.result === undefined)) return
    owner.open.delete(entry)
    this.#core.joined(owner)
  }

  /** A record says that a child failed and another follows. */
  #failed(entry: ChildEntry, record: JournalRecord, isReplayed: boolean): void {
    const { path, name, body } = entry
    const { seq: id, dueMs } = record
    body.failures++
    this.#core.waits.add(entry, { id, kind: "retry", path, name, dueMs }, isReplayed)
  }

  /** News of the child lie in the store: its end, or that it is not there (the journal was cut back, or copied). */
  heardOf(entry: ChildEntry): void {
    const { store } = this.#core.ports
    if (this.#core.waits.has(entry, "retry")) return
    if (!store.hasChild(entry.path)) {
      // One that is to end is not begun again: nobody would tell the new one.
      return entry.body.isStopped
        ? this.#core.settle(entry, cancelledOutcome(NOT_BEGUN_AGAIN))
        : this.again(entry)
    }
    const arrived = store.childOutcome(entry.path)
    if (arrived === undefined) return
    const { attempt, outcome } = arrived
    const dueMs = this.#retryDueMs(entry, outcome)
    const takenUp = () => store.dropChild(entry.path)
    if (dueMs === undefined) return this.#core.settle(entry, outcome, attempt, takenUp)
    const { text } = outcome
    this.#together(() => {
      this.#failed(entry, this.#core.record(entry, { type: "fail", attempt, text, dueMs }), false)
      takenUp()
    })
  }

  #retryDueMs(entry: ChildEntry, { state, text }: Outcome): number | undefined {
    if (state !== "failed" || entry.body.isStopped) return undefined
    return retryDueMs(this.#core, entry, decode(text))
  }

  /** Starts the next child of the entry. */
  again(entry: ChildEntry): void {
    const attempt = entry.body.attempts + 1
    const text = this.#idText(entry, attempt)
    this.#together(() => {
      const record = this.#core.record(entry, { type: "start", attempt, text })
      this.started(entry, record)
      this.#send(entry, record)
    })
  }

  /** A person asked for another go: what went wrong before no longer counts. */
  pardon(entry: ChildEntry, attempts: number): void {
    entry.body.failures = 0
    entry.body.attempts = Math.max(entry.body.attempts, attempts)
  }

  /** After a replay: each is looked at as a fact of its own. */
  recover(entry: ChildEntry): void {
    const { store } = this.#core.ports
    if (store.hasChild(entry.path) && store.childOutcome(entry.path) === undefined) return
    this.#core.post({ type: "child", path: entry.path })
  }

  cancel(entry: ChildEntry, reason: CancelReason): Cancelled {
    if (outlives(entry)) return "untouched"
    const isUnderWay = !this.#core.waits.has(entry, "retry")
    if (isUnderWay && entry.body.close === "cancel") {
      this.#stop(entry, reason)
      if (reason.leavesChildren !== true) return "ending"
    }
    this.#core.settle(entry, cancelledOutcome(reason))
    return "told"
  }

  /** Its own deadline has passed. The child has the same one; that it is told so as well costs nothing. Live only. */
  timedOut(entry: ChildEntry, outcome: Outcome): void {
    const { path, body } = entry
    const isUnderWay = !this.#core.waits.has(entry, "retry")
    const { store } = this.#core.ports
    this.#core.settle(entry, outcome, undefined, () => {
      if (isUnderWay && !body.isStopped && body.close !== "abandon") {
        store.stopChild(path, "The parent waited no longer.")
      }
      store.dropChild(path)
    })
  }

  /** The generator that began them has ended. What it leaves under way by throwing is stopped. */
  ownerEnded(fiber: Fiber, hasThrown: boolean): void {
    for (const entry of [...fiber.open].reverse()) {
      if (!isChild(entry) || !entry.recorded) continue
      const { close } = entry.body
      if (close === "abandon") fiber.open.delete(entry)
      else if (hasThrown && close === "cancel" && !this.#core.waits.has(entry, "retry")) {
        this.#stop(entry, PARENT_FAILED)
      }
    }
  }

  /** The run ends as it stands, with nothing unwound. */
  orphan(entry: ChildEntry): void {
    const { close, isDetached, isStopped } = entry.body
    if (!entry.recorded || isDetached || isStopped || close === "abandon") return
    if (this.#core.isStopped || this.#core.waits.has(entry, "retry")) return
    this.#core.ports.store.stopChild(entry.path, PARENT_FAILED.message)
  }

  /** Tells the child to end, once. A replay takes the record instead. */
  #stop(entry: ChildEntry, reason: CancelReason): void {
    const { path, body } = entry
    if (body.isStopped || this.#core.isStopped) return
    const next = this.#core.log.peek()
    if (next === undefined) {
      this.#together(() => {
        this.#core.log.append({ type: "stop", path })
        this.#core.ports.store.stopChild(path, reason.message)
      })
    } else if (next.path === path && next.inline && next.type === "stop") {
      this.#core.log.take()
    } else return this.#core.halt(divergenceAt(next, entry, "order"))
    body.isStopped = true
  }

  /** A record and what it says of the child, as one (K1). */
  #together(work: () => void): void {
    this.#core.ports.store.atomically(work)
  }

  #idText({ path, body }: ChildEntry, attempt: number): string {
    return encode(childId(this.#core.run, path, attempt, body.options.id))
  }

  #send(entry: ChildEntry, { atMs }: JournalRecord): void {
    const { body, path, deadlineMs: ownMs } = entry
    const { delayMs } = body.options
    const deadlineMs = body.isDetached ? ownMs : earliestDeadlineMs(this.#core, entry)
    this.#core.ports.store.startChild({
      path,
      attempt: body.attempts,
      id: body.id,
      incarnation: this.#core.ports.entropy.uuid(),
      workflow: body.workflow,
      version: body.options.version,
      inputText: body.inputText,
      startAtMs: delayMs === undefined ? undefined : Math.ceil(atMs + delayMs),
      deadlineMs: deadlineMs === Infinity ? undefined : deadlineMs,
      tags: body.options.tags,
      close: body.isDetached ? "detached" : body.close,
    })
  }
}

/** Whether it goes on when what waits for it is cancelled or has lost: nobody may wait for it then. */
export function outlives(entry: Entry): boolean {
  return isChild(entry) && (entry.body.isDetached || entry.body.close === "wait")
}
