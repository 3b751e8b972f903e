// Machine: one run being driven: replay first, then live, by the same code.
// Owns: the order of everything: fibers that can run, then the next recorded or new fact, one by one.
// Must not touch: SQL, alarms, HTTP, clocks (ports). Everything here is synchronous.
//   M1. A fact is taken up only when no fiber can run, so a replay meets the same state as the first pass.
//   M2. The workflow sees the recorded outcome, decoded, never the live value (promise 3).
//   M3. Nothing is appended while records are left to replay.
//   M4. Once halted or ended, no generator is touched again.
//   M5. While it is paused, what the attempts in flight come to is recorded, and whatever the workflow asks for next is
//       deferred as at the end of a slice: a replay, which knows of no pause, defers it as well.

import { Children } from "./children.ts"
import { decode } from "../values/codec.ts"
import { Composites, isComposite } from "./composites.ts"
import type { Core, CorePorts, MachineEvent, MachineRun } from "./core.ts"
import { divergenceAt } from "./divergence.ts"
import { Entries } from "./entries.ts"
import { CancelledError, type Halt } from "../errors.ts"
import { Facts } from "./facts.ts"
import { Fibers } from "./fibers.ts"
import { Folds } from "../folds/folds.ts"
import type { JournalRecord, Outcome } from "../ports/journal.ts"
import { MACHINE_LIMITS, type MachineLimits } from "./machine-limits.ts"
import { overflowOf } from "./overflow.ts"
import { Log, type RecordFields } from "./log.ts"
import { Messages } from "./messages.ts"
import type { Operation } from "../workflow/operation.ts"
import { valueOfEntry } from "./outcomes.ts"
import type { Ports } from "../ports/ports.ts"
import { StretchStore } from "./stretch-store.ts"
import type { WorkflowFunction } from "../workflow/registry.ts"
import { Steps } from "../steps/steps.ts"
import {
  isChild,
  isStep,
  type Cancelled,
  type CancelReason,
  type Entry,
  type Fiber,
  type Resume,
} from "./tree.ts"
import { cancelEntry, type UnwindParts } from "./unwind.ts"
import { Waits } from "./waits.ts"

/** Where a drive stopped. */
export type DriveResult =
  | { readonly type: "blocked" }
  /** More can be done at once; the event loop gets its turn first. */
  | { readonly type: "yield" }
  | { readonly type: "ended"; readonly outcome: Outcome }
  | { readonly type: "halted"; readonly halt: Halt }
  | { readonly type: "continued"; readonly inputText: string }

export class Machine implements Core {
  readonly ports: CorePorts
  readonly run: MachineRun
  readonly log: Log
  readonly waits: Waits
  readonly limits: MachineLimits
  readonly #fn: WorkflowFunction
  readonly #steps: Steps
  readonly #messages: Messages
  readonly #composites: Composites
  readonly #children: Children
  readonly #folds: Folds
  readonly #performers: UnwindParts
  readonly #entries: Entries
  readonly #fibers: Fibers
  readonly #facts: Facts
  #result: DriveResult | undefined
  #isLive = false
  #isDriving = false
  #isClosed = false
  #isPaused = false

  constructor(
    ports: Ports,
    run: MachineRun,
    fn: WorkflowFunction,
    limits: MachineLimits = MACHINE_LIMITS,
  ) {
    const store = new StretchStore(ports.store, (error) => ports.host.undoStretch(error))
    this.ports = { ...ports, store }
    this.run = run
    this.limits = limits
    this.#fn = fn
    const pardon = (record: JournalRecord) => this.#entries.pardon(record)
    this.log = new Log(store, () => ports.clock.nowMs(), run.isFresh, pardon)
    this.waits = new Waits(store)
    this.#steps = new Steps(this)
    this.#messages = new Messages(this)
    this.#composites = new Composites(this)
    this.#children = new Children(this)
    this.#folds = new Folds(this, this.#steps, () => this.#entries)
    const performers = {
      steps: this.#steps,
      messages: this.#messages,
      composites: this.#composites,
      children: this.#children,
      folds: this.#folds,
    }
    this.#performers = performers
    this.#entries = new Entries(this, performers)
    this.#fibers = new Fibers(this, this.#steps, this.#children)
    this.#facts = new Facts(this, { ...performers, entries: this.#entries, fibers: this.#fibers })
  }

  // What the object asks.

  get inFlight(): number {
    return this.#steps.inFlight.size
  }

  /** Changes when another attempt than before is the oldest in flight. */
  get oldestAttempt(): number | undefined {
    return this.#steps.inFlight.oldestStartSeq
  }

  /** The next instant at which something falls due; `undefined` when nothing will by itself. */
  get nextDueMs(): number | undefined {
    const least = Math.min(
      this.waits.nextDueMs ?? Infinity,
      this.#steps.inFlight.nextTimeoutMs ?? Infinity,
      this.#facts.deadlineMs ?? Infinity,
    )
    return least === Infinity ? undefined : least
  }

  /** A fact from outside, already in the store where it must be. Drive afterwards. */
  post(event: MachineEvent): void {
    if (this.#isClosed || this.isStopped) return
    this.#facts.add(event)
    if (!this.#isDriving) this.ports.host.wake(this.#steps.inFlight.size > this.#facts.size)
  }

  /** Nothing is performed from now on, and no fact taken up but the end of an attempt. */
  pause(): void {
    this.#isPaused = true
  }

  unpause(): void {
    this.#isPaused = false
  }

  /** Notes in the journal what a person did; false while it is still being replayed. */
  note(name: string, text: string): boolean {
    if (this.log.peek() !== undefined) return false
    this.log.append({ type: "operator", kind: "operator", path: "", name, text })
    this.ports.store.flush()
    return true
  }

  /** Makes this machine history: attempts in flight are aborted and nothing they still report is taken. */
  close(): void {
    this.#isClosed = true
    const steps = [...this.#entries.all()].filter(isStep)
    if (steps.length === 0) return
    const reason = new CancelledError("The run was ended or taken over.")
    for (const step of steps) this.#steps.abandon(step, reason)
  }

  /**
   * Goes on until the run is blocked, ended, halted or its slice is over. Should it throw (the store failed), the
   * machine is to be thrown away; a new one goes on from what was recorded.
   * @param isDirty something was already written in this stretch.
   */
  drive(isDirty: boolean): DriveResult {
    this.ports.store.begin(isDirty)
    this.log.beginStretch()
    this.#fibers.turns = 0
    this.#isDriving = true
    try {
      if (this.#fibers.root === undefined) this.#fibers.start(this.#fn)
      return this.#loop()
    } finally {
      this.#isDriving = false
      this.ports.store.end(this.#result?.type === "ended")
    }
  }

  #loop(): DriveResult {
    for (;;) {
      if (this.#result !== undefined) return this.#result
      if (this.#isSliceOver) return { type: "yield" }
      if (this.#fibers.advanceNext()) continue
      if (this.#facts.replayNext()) continue
      this.log.reacting = false
      if (this.#isPaused) {
        if (this.#facts.takeUpEnded()) continue
        return { type: "blocked" }
      }
      if (!this.#isLive) {
        // What it finds may halt the run, and then nothing is begun any more (M4).
        this.#goLive()
        continue
      }
      if (this.#facts.takeUpNext(this.nextDueMs)) continue
      if (this.#entries.performDeferred() || this.#steps.performQueued()) continue
      if (this.#folds.performPaused()) continue
      if (!this.#fibers.canRun && this.#facts.isEmpty && this.#result === undefined) {
        return { type: "blocked" }
      }
    }
  }

  get isStopped(): boolean {
    return this.#result !== undefined
  }

  get defersWork(): boolean {
    return this.#isPaused || this.#isSliceOver
  }

  get #isSliceOver(): boolean {
    return (
      this.log.appendedRecords >= this.limits.sliceRecords ||
      this.log.appendedBytes >= this.limits.sliceBytes ||
      this.#fibers.turns >= this.limits.sliceTurns
    )
  }

  #goLive(): void {
    this.#isLive = true
    if (this.run.isFresh) return
    const stored = this.waits.stored()
    for (const entry of this.#entries.all()) {
      if (!entry.recorded || entry.outcome !== undefined) continue
      if (isStep(entry)) this.#steps.recover(entry, stored)
      else if (isChild(entry)) this.#children.recover(entry)
      else if (entry.body.type === "promise") this.post({ type: "promise", path: entry.path })
    }
    this.waits.reconcile(stored)
    this.#messages.recover()
  }

  // What the parts ask (Core).

  create(fiber: Fiber, operation: Operation<unknown>, path: string): Entry {
    const overflow = overflowOf(this.limits, this.log.recordCount, this.#entries.openCount, path)
    if (overflow === undefined) return this.#entries.create(fiber, operation, path)
    for (const each of this.#entries.all()) if (isChild(each)) this.#children.orphan(each)
    this.#result ??= { type: "ended", outcome: overflow }
    return this.#entries.adopt(fiber, operation, path)
  }

  adopt(fiber: Fiber, operation: Operation<unknown>, path: string): Entry {
    return this.#entries.adopt(fiber, operation, path)
  }

  attemptsBefore(path: string): number {
    return this.#entries.attemptsBefore(path)
  }

  record(entry: Entry, fields: Omit<RecordFields, "path">): JournalRecord {
    return this.#entries.record(entry, fields)
  }

  settle(entry: Entry, outcome: Outcome, attempt?: number, beside?: () => void): void {
    this.#entries.settle(entry, outcome, attempt, beside)
  }

  cancel(entry: Entry, reason: CancelReason): Cancelled {
    return cancelEntry(this, this.#performers, entry, reason)
  }

  resumeOf(entry: Entry): Resume {
    const { outcome } = entry
    if (outcome?.state !== "completed")
      return { type: "throw", error: decode(outcome?.text ?? "null") }
    const value = isComposite(entry)
      ? this.#composites.valueOf(entry)
      : valueOfEntry(this.ports.store, entry)
    return { type: "next", value }
  }

  spawn(entry: Entry): void {
    this.#fibers.spawn(entry)
  }

  resume(fiber: Fiber, resume: Resume): void {
    this.#fibers.resume(fiber, resume)
  }

  joined(fiber: Fiber): void {
    this.#fibers.joined(fiber)
  }

  finish(outcome: Outcome, continueWith: string | undefined): void {
    const left = this.log.peek()
    if (left !== undefined)
      return this.halt(divergenceAt(left, undefined, "the workflow has ended"))
    this.#result ??=
      continueWith !== undefined && outcome.state === "completed"
        ? { type: "continued", inputText: continueWith }
        : { type: "ended", outcome }
  }

  halt(halt: Halt): void {
    this.#result ??= { type: "halted", halt }
  }
}
