// Facts: what moves a run that cannot run by itself: recorded facts while it replays, then new ones, one by one.
// Owns: the queue of new facts and what each leads to. Must not touch: when they are taken up (machine.ts).
//   F1. What fell due is announced once, after everything that was told before (promise 7: the one recorded first wins).
//   F2. A recorded consequence is taken where it arises; meeting one here is a divergence.

import { decode, encode } from "../values/codec.ts"
import type { Children } from "./children.ts"
import type { Composites } from "./composites.ts"
import type { Core, MachineEvent } from "./core.ts"
import { divergenceAt } from "./divergence.ts"
import type { Entries } from "./entries.ts"
import { TimeoutError } from "../errors.ts"
import type { Fibers } from "./fibers.ts"
import type { Folds } from "../folds/folds.ts"
import type { Messages } from "./messages.ts"
import { timedOutOutcome } from "./outcomes.ts"
import type { Steps } from "../steps/steps.ts"
import { isChild, isStep, type CancelReason, type Entry, type Fiber } from "./tree.ts"
import { cancelFiber } from "./unwind.ts"

/** The parts of a machine that facts are for. */
export interface FactParts {
  readonly steps: Steps
  readonly messages: Messages
  readonly composites: Composites
  readonly children: Children
  readonly folds: Folds
  readonly entries: Entries
  readonly fibers: Fibers
}

export class Facts {
  readonly #core: Core
  readonly #parts: FactParts
  readonly #events: MachineEvent[] = []
  #isDeadlineAnnounced = false

  constructor(core: Core, parts: FactParts) {
    this.#core = core
    this.#parts = parts
  }

  /** The run's own deadline, until it has been announced. */
  get deadlineMs(): number | undefined {
    return this.#isDeadlineAnnounced ? undefined : this.#core.run.deadlineMs
  }

  get isEmpty(): boolean {
    return this.size === 0
  }

  /** Those that were not taken up yet. */
  get size(): number {
    return this.#events.length
  }

  add(event: MachineEvent): void {
    this.#events.push(event)
  }

  /** Takes up the next new fact; those that fall due by now come last. */
  takeUpNext(nextDueMs: number | undefined): boolean {
    const nowMs = this.#core.ports.clock.nowMs()
    if (nextDueMs !== undefined && nextDueMs <= nowMs) this.#announceDue(nowMs)
    const event = this.#events.shift()
    if (event === undefined) return false
    this.#takeUp(event)
    return true
  }

  /** Takes up the next attempt that has ended, and leaves everything else where it is. */
  takeUpEnded(): boolean {
    const index = this.#events.findIndex(({ type }) => type === "attempt")
    const [event] = index < 0 ? [] : this.#events.splice(index, 1)
    if (event === undefined) return false
    this.#takeUp(event)
    return true
  }

  /** Takes up the next recorded fact; false once the journal has come to its end. */
  replayNext(): boolean {
    const { log } = this.#core
    const record = log.peek()
    if (record === undefined) return false
    log.take()
    const { entries, fibers, folds } = this.#parts
    const entry = entries.find(record.path) ?? folds.itemAt(record.path)
    if (record.type === "cancel" && fibers.root !== undefined) {
      const state = record.name === "timed_out" ? "timed_out" : "cancelled"
      this.#unwind(fibers.root, { state, message: String(decode(record.text ?? "null")) })
    } else if (entry === undefined || record.inline) {
      this.#core.halt(divergenceAt(record, entry, "order"))
    } else if (record.type === "expire") this.#expireFiber(entry)
    else if (entry.recorded) entries.applyRecord(entry, record)
    else entries.restore(entry, record)
    return true
  }

  #announceDue(nowMs: number): void {
    for (const waitId of this.#core.waits.announceDue(nowMs)) this.add({ type: "due", waitId })
    for (const entry of this.#parts.steps.inFlight.overdue(nowMs)) {
      const attempt = entry.body.running
      if (attempt !== undefined) this.add({ type: "attemptTimeout", entry, attempt })
    }
    if ((this.deadlineMs ?? Infinity) > nowMs) return
    this.#isDeadlineAnnounced = true
    this.add({
      type: "cancel",
      reason: { state: "timed_out", message: "The run passed its deadline." },
    })
  }

  #takeUp(event: MachineEvent): void {
    const { steps, messages } = this.#parts
    switch (event.type) {
      case "attempt":
        if (isStep(event.entry)) steps.ended(event.entry, event.attempt, event)
        return
      case "attemptTimeout":
        if (isStep(event.entry)) steps.timedOut(event.entry, event.attempt)
        return
      case "due":
        return this.#fellDue(event.waitId)
      case "message":
        return messages.arrived(event.kind, event.name)
      case "promise":
        return this.#promiseSettled(event.path)
      case "child":
        return this.#heardOfChild(event.path)
      case "cancel":
        return this.#cancelRun(event.reason)
    }
  }

  #fellDue(waitId: number): void {
    const live = this.#core.waits.find(waitId)
    if (live === undefined) return
    const { entry, wait } = live
    if (wait.kind === "timer") {
      return this.#core.settle(entry, { state: "completed", text: encode(undefined) })
    }
    if (wait.kind === "retry") {
      if (isStep(entry)) this.#parts.steps.retryDue(entry)
      if (isChild(entry)) this.#parts.children.again(entry)
      return
    }
    if (entry.body.type === "workflow") return this.#workflowDue(entry)
    const what = describe(entry)
    if (isChild(entry)) return this.#parts.children.timedOut(entry, timedOutOutcome(what))
    if (isStep(entry)) this.#parts.steps.abandon(entry, new TimeoutError(`${what} timed out.`))
    this.#core.settle(entry, timedOutOutcome(what))
  }

  #workflowDue(entry: Entry): void {
    const fiber = entry.body.type === "workflow" ? entry.body.fiber : undefined
    // One that is being unwound already has its deadline behind it.
    if (fiber?.cancelled !== undefined) return this.#core.waits.drop(entry, "timeout")
    this.#core.log.append({ type: "expire", path: entry.path })
    this.#expireFiber(entry)
  }

  #expireFiber(entry: Entry): void {
    this.#core.waits.drop(entry, "timeout")
    if (entry.body.type !== "workflow" || entry.body.fiber === undefined) return
    this.#unwind(entry.body.fiber, { state: "timed_out", message: `${describe(entry)} timed out.` })
  }

  #promiseSettled(path: string): void {
    const entry = this.#parts.entries.find(path)
    if (entry === undefined || entry.body.type !== "promise") return
    const outcome = this.#core.ports.store.promiseOutcome(path)
    if (outcome !== undefined) this.#core.settle(entry, outcome)
  }

  #heardOfChild(path: string): void {
    const entry = this.#parts.entries.find(path)
    if (entry !== undefined && isChild(entry)) this.#parts.children.heardOf(entry)
    else this.#core.ports.store.dropChild(path)
  }

  #cancelRun(reason: CancelReason): void {
    const { root } = this.#parts.fibers
    // One that undoes what it did is beyond reach, and every life would note again that it was asked.
    if (root === undefined || root.cancelled !== undefined || root.undoing !== undefined) return
    const text = encode(reason.message)
    this.#core.log.append({ type: "cancel", path: "", name: reason.state, text })
    this.#unwind(root, reason)
  }

  #unwind(fiber: Fiber, reason: CancelReason): void {
    cancelFiber(this.#core, this.#parts, fiber, reason)
  }
}

/** As in "The step charge at 3.1". */
function describe({ kind, name, path, body }: Entry): string {
  const what = body.type === "workflow" ? "sub-workflow" : kind
  return name === undefined ? `The ${what} at ${path}` : `The ${what} ${name} at ${path}`
}
