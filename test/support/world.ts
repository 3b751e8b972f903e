// World: everything around one run, moved by hand: time, attempts, messages, crashes. The object's part in memory.
// Owns: stretches: each door writes, drives and commits in one; a crash throws the machine and the uncommitted rows away.
//   W1. No real time passes and nothing is random, so a test does the same every time.
//   W2. A new life knows only the committed rows and gets its program made anew, as a new process would.

import { decode, encode, encodeThrown } from "../../src/engine/codec.ts"
import type { Halt } from "../../src/engine/errors.ts"
import type { JournalRecord, Outcome } from "../../src/engine/journal.ts"
import { MACHINE_LIMITS, type MachineLimits } from "../../src/engine/limits.ts"
import { Machine, type DriveResult } from "../../src/engine/machine.ts"
import type { Fault, Ports, Wait } from "../../src/engine/ports.ts"
import type { WorkflowFunction } from "../../src/engine/registry.ts"
import { ManualClock } from "./manual-clock.ts"
import { MemoryStore, type Answer } from "./memory-store.ts"
import { StepHands } from "./step-hands.ts"

/** Makes a program of its own for every life of the process. */
export type Program = (steps: StepHands, world: World) => WorkflowFunction

/** What becomes of the stretch in which the process dies. */
export type CrashMode =
  /** Its rows are gone. */
  | "dropped"
  /** The rows written so far stand, as after an exception. */
  | "kept"
  /** It is committed first. */
  | "committed"

/** Another go at a path, or a value in the place of a step's outcome; `keep` is how many records stay. */
export type OperatorAction =
  | {
      readonly name: "retry"
      readonly path: string
      readonly attempt: number
      readonly keep?: number
    }
  | {
      readonly name: "skip"
      readonly value: unknown
      readonly outcome: Pick<JournalRecord, "path" | "inline" | "kind" | "name" | "digest">
      readonly keep?: number
    }

export interface WorldOptions {
  readonly input?: readonly unknown[]
  readonly id?: string
  readonly timeoutMs?: number
  readonly faults?: readonly Fault[]
  readonly store?: MemoryStore
  readonly clock?: ManualClock
  readonly limits?: Partial<MachineLimits>
  /** Whether a wake writes a row of its own before it drives, as the object may. */
  readonly isWakeDirty?: boolean
}

/** Slices after which a run that never rests is taken for one that never will. */
const SLICES_MAX = 10_000

const CRASH = Symbol("crash")

export class World {
  readonly clock: ManualClock
  readonly store: MemoryStore
  readonly steps: StepHands
  /** When the run was created. */
  readonly startMs: number
  readonly logs: { level: string; message: string; fields: Readonly<Record<string, unknown>> }[] =
    []
  readonly dependencies = new Map<string, unknown>()
  readonly #program: Program
  readonly #options: WorldOptions
  readonly #deadlineMs: number | undefined
  #inputText: string
  #generation = 0
  #entropy = 0
  #cancel: string | undefined
  #machine: Machine
  #result: DriveResult = { type: "blocked" }
  #failure: { readonly error: unknown } | undefined
  #isCrashRequested = false
  #isCrashDueAtCommit = false
  /** Lives of the process, from 1. */
  lives = 1
  /** Slices driven so far. */
  slices = 0

  constructor(program: Program, options: WorldOptions = {}) {
    this.#program = program
    this.#options = options
    this.clock = options.clock ?? new ManualClock()
    this.startMs = this.clock.nowMs()
    this.store = options.store ?? new MemoryStore()
    this.steps = new StepHands(this.store)
    this.#inputText = encode(options.input ?? [])
    this.#deadlineMs =
      options.timeoutMs === undefined ? undefined : this.clock.nowMs() + options.timeoutMs
    this.#machine = this.#newMachine()
  }

  /** A run whose first stretch is over. */
  static async of(program: Program, options: WorldOptions = {}): Promise<World> {
    const world = new World(program, options)
    await world.start()
    return world
  }

  // Doors.

  /** The first stretch: the run's row and whatever the workflow does at once. */
  async start(): Promise<void> {
    this.store.touch()
    this.#drive(true)
    await this.idle()
  }

  /** Lets the attempt of this step (by name or path) that began first return. */
  async finish(step: string, value?: unknown): Promise<void> {
    this.steps.take(step).resolve(value)
    await this.idle()
  }

  async fail(step: string, error: unknown): Promise<void> {
    this.steps.take(step).reject(error)
    await this.idle()
  }

  /** Moves the clock, then looks at the timers, as the alarm does. */
  async advance(byMs: number): Promise<void> {
    this.clock.advance(byMs)
    await this.wake()
  }

  /** Moves the clock to whatever is due next. */
  async advanceToNextDue(): Promise<void> {
    const { nextDueMs } = this.#machine
    if (nextDueMs === undefined) throw new Error("Nothing will fall due.")
    this.clock.advanceTo(nextDueMs)
    await this.wake()
  }

  async wake(): Promise<void> {
    this.#drive(false)
    await this.idle()
  }

  async signal(name: string, value?: unknown): Promise<void> {
    await this.#message("signal", name, value)
  }

  /** @returns the id to ask the answer by. */
  async update(name: string, value?: unknown): Promise<number> {
    return this.#message("update", name, value)
  }

  answer(id: number): { state: string; value: unknown } | undefined {
    const answer: Answer | undefined = this.store.answer(id)
    return answer && { state: answer.state, value: decode(answer.text) }
  }

  /** Settles a promise from outside by its token. */
  async settlePromise(
    token: string,
    outcome: { value: unknown } | { error: unknown },
  ): Promise<void> {
    const [path] = [...this.store.promises].find(([, promise]) => promise.token === token) ?? []
    if (path === undefined) throw new Error(`No promise has the token ${token}.`)
    const settled: Outcome =
      "error" in outcome
        ? { state: "failed", text: encodeThrown(outcome.error) }
        : { state: "completed", text: encode(outcome.value) }
    do {
      this.store.settlePromise(path, settled)
      await this.#tell(() => this.#machine.post({ type: "promise", path }))
    } while (this.store.promiseOutcome(path) === undefined)
  }

  async cancel(message = "cancelled by the test"): Promise<void> {
    this.#cancel ??= message
    this.store.touch()
    await this.#tell(() =>
      this.#machine.post({ type: "cancel", reason: { state: "cancelled", message } }),
    )
  }

  /** A person intervenes in a run that stands still: the journal is cut, the action recorded, and a new life begins. */
  async operate(action: OperatorAction): Promise<void> {
    this.store.truncate(action.keep ?? this.journal.length)
    const record = { type: "operator", kind: "operator", name: action.name, inline: false } as const
    const { path, attempt } = action.name === "retry" ? action : { path: "", attempt: 0 }
    this.store.append({ ...record, path, attempt, ...this.#nextRecord() })
    if (action.name === "skip") {
      const text = encode(action.value)
      this.store.append({ type: "completed", ...action.outcome, text, ...this.#nextRecord() })
    }
    this.store.commit()
    await this.crash()
  }

  #nextRecord(): { seq: number; atMs: number } {
    return { seq: this.journal.length + 1, atMs: this.clock.nowMs() }
  }

  /** The process dies now: what was not committed is gone, and a new life replays. */
  async crash(): Promise<void> {
    this.#die()
    this.#drive(false)
    await this.idle()
  }

  /** Like `crash`, but nothing drives the new life yet. */
  die(): void {
    this.#die()
  }

  /** One slice alone. */
  slice(isDirty = false): DriveResult {
    this.#slice(isDirty)
    return this.#result
  }

  /** Lets every microtask run, and drives as often as an attempt's end asks for it. */
  async idle(): Promise<void> {
    await turnOfTheEventLoop()
    while (this.#isCrashRequested) {
      this.#isCrashRequested = false
      this.#die()
      this.#drive(false)
      await turnOfTheEventLoop()
    }
    const failure = this.#failure
    this.#failure = undefined
    if (failure !== undefined) throw failure.error
  }

  // What there is to see.

  get result(): DriveResult {
    return this.#result
  }

  get machine(): Machine {
    return this.#machine
  }

  get generation(): number {
    return this.#generation
  }

  get isOver(): boolean {
    return this.#result.type === "ended" || this.#result.type === "halted"
  }

  get outcome(): Outcome {
    if (this.#result.type === "ended") return this.#result.outcome
    throw new Error(`The run has not ended: ${JSON.stringify(this.#result)}`)
  }

  /** The result of a run that completed. */
  get value(): unknown {
    const { state, text } = this.outcome
    if (state === "completed") return decode(text)
    throw new Error(`The run ended ${state}: ${text}`)
  }

  /** The error of a run that did not complete. */
  get error(): Error & { code?: unknown } {
    const { state, text } = this.outcome
    if (state === "completed") throw new Error(`The run completed: ${text}`)
    return decode(text) as Error & { code?: unknown }
  }

  get halt(): Halt {
    if (this.#result.type === "halted") return this.#result.halt
    throw new Error(`The run is not halted: ${JSON.stringify(this.#result)}`)
  }

  get journal(): readonly JournalRecord[] {
    return this.store.journal
  }

  /** The journal as `type path` lines, short enough to compare by eye. */
  get lines(): string[] {
    return this.journal.map(({ type, path, name }) => `${type} ${path} ${name ?? ""}`.trim())
  }

  /** What the run has published under a name. */
  published(name: string): unknown {
    const text = this.store.published(name)
    return text === undefined ? undefined : decode(text)
  }

  get waits(): Wait[] {
    return this.store.waits()
  }

  /** The same journal, or its first records, replayed in a world of its own; nothing is driven yet. */
  replay(records = this.journal.length): World {
    const store = this.store.prefix(records)
    const copy = new World(this.#program, { ...this.#options, store })
    copy.clock.advanceTo(this.clock.nowMs())
    copy.#inputText = this.#inputText
    copy.#generation = this.#generation
    copy.#entropy = this.#entropy
    copy.#machine = copy.#newMachine()
    return copy
  }

  // Inside.

  async #message(kind: "signal" | "update", name: string, value: unknown): Promise<number> {
    for (;;) {
      const { lives } = this
      const id = this.store.addMessage(kind, name, encode(value))
      await this.#tell(() => this.#machine.post({ type: "message", kind, name }))
      // A sender whose message died with the stretch that took it in has no answer, and sends again.
      if (this.lives === lives || this.store.hasMessage(id)) return id
    }
  }

  async #tell(post: () => void): Promise<void> {
    if (this.isOver) {
      this.store.commit()
      return
    }
    this.#catchingCrash(post)
    await this.idle()
  }

  #drive(isDirty: boolean): void {
    this.#catchingCrash(() => {
      const isWakeDirty = this.#options.isWakeDirty ?? false
      let dirty = isDirty
      for (let count = 0; count < SLICES_MAX; count++) {
        if (isWakeDirty) this.store.touch()
        this.#slice(dirty || isWakeDirty)
        dirty = false
        if (this.#result.type !== "yield") return
      }
      throw new Error(`The run was still going after ${SLICES_MAX} slices.`)
    })
  }

  /** Nobody catches what is thrown here, so it is kept for the test that waits. */
  #driveForHost(): void {
    try {
      this.#drive(false)
    } catch (error) {
      this.#failure = { error }
    }
  }

  #slice(isDirty: boolean): void {
    if (this.isOver) return
    this.slices++
    this.#result = this.#machine.drive(isDirty)
    const [violation] = this.steps.violations
    if (violation !== undefined) throw new Error(violation)
    if (this.#result.type === "blocked") this.#requireAlarm()
    if (this.#result.type === "continued") this.#continueAsNew(this.#result.inputText)
    this.store.commit()
    this.steps.committed()
    if (this.#isCrashDueAtCommit && !this.isOver) throw CRASH
  }

  /** While nothing is in flight, the rows alone must say when to wake (promise 12): memory may be gone by then. */
  #requireAlarm(): void {
    const { nextDueMs, inFlight } = this.#machine
    const dues = this.waits.map(({ dueMs }) => dueMs ?? Infinity)
    const isAwaited = this.waits.some(({ kind }) => ["signal", "update", "promise"].includes(kind))
    const leastMs = Math.min(
      ...dues,
      nextDueMs === this.#deadlineMs ? (nextDueMs ?? Infinity) : Infinity,
    )
    if (inFlight === 0 && leastMs !== (nextDueMs ?? Infinity)) {
      throw new Error(
        `The rows say ${leastMs}, the machine says ${nextDueMs}: ${JSON.stringify(this.waits)}`,
      )
    }
    if (inFlight === 0 && leastMs === Infinity && !isAwaited)
      throw new Error("Nothing will ever wake this run.")
    if (inFlight > 0 && nextDueMs === undefined)
      throw new Error("Nothing would end an attempt that hangs.")
  }

  #continueAsNew(inputText: string): void {
    this.#machine.close()
    this.#inputText = inputText
    this.#generation++
    this.store.nextGeneration()
    this.#newMachine()
    this.#result = { type: "yield" }
  }

  #catchingCrash(work: () => void): void {
    try {
      work()
    } catch (error) {
      if (error !== CRASH) throw error
      this.#isCrashDueAtCommit = false
      this.#die()
      this.#drive(false)
    }
  }

  /** The process dies once: at the append that is the n-th from now on, from 1. */
  crashAtAppend(append: number, mode: CrashMode): void {
    let seen = 0
    this.store.onAppend = () => {
      if (++seen !== append) return
      if (mode === "committed") {
        this.#isCrashDueAtCommit = true
        return
      }
      if (mode === "kept") {
        this.store.commit()
        this.steps.committed()
      }
      throw CRASH
    }
  }

  #die(): void {
    this.store.rollback()
    this.steps.died()
    this.lives++
    this.#result = { type: "blocked" }
    this.#newMachine()
  }

  #newMachine(): Machine {
    const fn = this.#program(this.steps, this)
    const machine: Machine = new Machine(
      this.#ports(() => machine === this.#machine),
      {
        id: this.#options.id ?? "run",
        incarnation: "incarnation",
        generation: this.#generation,
        inputText: this.#inputText,
        deadlineMs: this.#deadlineMs,
        faults: this.#options.faults ?? [],
        isFresh: this.store.journal.length === 0,
      },
      fn,
      { ...MACHINE_LIMITS, ...this.#options.limits },
    )
    this.#machine = machine
    if (this.#cancel !== undefined) {
      const reason = { state: "cancelled", message: this.#cancel } as const
      machine.post({ type: "cancel", reason })
    }
    return machine
  }

  #ports(isCurrent: () => boolean): Ports {
    return {
      store: this.store,
      clock: this.clock,
      entropy: {
        random: () => (++this.#entropy % 1000) / 1000,
        uuid: () => `uuid-${++this.#entropy}`,
        promiseToken: () => `token-${++this.#entropy}`,
      },
      host: {
        // An attempt of an earlier life that still reports is nobody's any more.
        wake: () => {
          if (isCurrent()) this.#driveForHost()
        },
        dependency: (name) => this.dependencies.get(name),
        crash: () => {
          this.#isCrashRequested = true
        },
        log: (level, message, fields) => this.logs.push({ level, message, fields }),
      },
    }
  }
}

async function turnOfTheEventLoop(): Promise<void> {
  await new Promise<void>((resolve) => setImmediate(resolve))
}
