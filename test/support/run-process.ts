// Run process: the process a run lives in: it drives the machine slice by slice, commits, dies and begins anew.
// Owns: stretches: what was written since the last commit is gone when the process dies. Must not touch: what happens to
// the run from outside (world.ts).
//   W1. No real time passes and nothing is random, so a test does the same every time.
//   W2. A new life knows only the committed rows and gets its program made anew, as a new process would.
//   W3. Every slice is looked at: no step called that must not be, no rest without a way to wake.

import { encode } from "../../src/engine/values/codec.ts"
import { MACHINE_LIMITS, type MachineLimits } from "../../src/engine/machine/machine-limits.ts"
import { Machine, type DriveResult } from "../../src/engine/machine/machine.ts"
import type { Fault, Ports } from "../../src/engine/ports/ports.ts"
import type { WorkflowFunction } from "../../src/engine/workflow/registry.ts"
import { ManualClock } from "./manual-clock.ts"
import { MemoryStore } from "./memory-store.ts"
import { StepHands } from "./step-hands.ts"

/** Makes a program of its own for every life of the process. */
export type Program = (steps: StepHands, process: RunProcess) => WorkflowFunction

/** What becomes of the stretch in which the process dies. */
export type CrashMode =
  /** Its rows are gone. */
  | "dropped"
  /** The rows written so far stand, as after an exception. */
  | "kept"
  /** It is committed first. */
  | "committed"

export interface ProcessOptions {
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
/** When every run of a test was created, in ms. */
export const CREATED_AT_MS = 1_700_000_000_000

const SLICES_MAX = 10_000

const CRASH = Symbol("crash")

interface LogLine {
  readonly level: string
  readonly message: string
  readonly fields: Readonly<Record<string, unknown>>
}

export class RunProcess {
  readonly clock: ManualClock
  readonly store: MemoryStore
  readonly steps: StepHands
  /** When the run was created. */
  readonly startMs: number
  readonly logs: LogLine[] = []
  readonly dependencies = new Map<string, unknown>()
  /** Workflow functions that are registered, with their names. */
  readonly workflowNames = new Map<unknown, string>()
  /** Lives of the process, from 1. */
  lives = 1
  /** Slices driven so far. */
  slices = 0
  generation = 0
  machine: Machine
  result: DriveResult = { type: "blocked" }
  /** Nothing new begins; a life that begins meanwhile waits with its replay. */
  isPaused = false
  protected readonly program: Program
  protected readonly options: ProcessOptions
  protected inputText: string
  protected entropy = 0
  /** Why the run is to be cancelled: on record beside the journal, as the object keeps it. */
  protected cancelReason: string | undefined
  readonly #deadlineMs: number | undefined
  #failure: { readonly error: unknown } | undefined
  #isCrashRequested = false
  #isCrashDueAtCommit = false
  #isAsleep = false

  constructor(program: Program, options: ProcessOptions = {}) {
    this.program = program
    this.options = options
    this.clock = options.clock ?? new ManualClock()
    this.startMs = this.clock.nowMs()
    this.store = options.store ?? new MemoryStore()
    this.steps = new StepHands(this.store)
    this.inputText = encode(options.input ?? [])
    this.#deadlineMs =
      options.timeoutMs === undefined ? undefined : this.clock.nowMs() + options.timeoutMs
    this.machine = this.beginLife()
  }

  get isOver(): boolean {
    return this.result.type === "ended" || this.result.type === "halted"
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

  /** Lets every microtask run, and drives as often as an attempt's end asks for it. */
  async idle(): Promise<void> {
    await turnOfTheEventLoop()
    while (this.#isCrashRequested) {
      this.#isCrashRequested = false
      this.die()
      this.drive(false)
      await turnOfTheEventLoop()
    }
    const failure = this.#failure
    this.#failure = undefined
    if (failure !== undefined) throw failure.error
  }

  protected awake(): void {
    this.#isAsleep = false
  }

  protected drive(isDirty: boolean): void {
    this.catchingCrash(() => {
      const isWakeDirty = this.options.isWakeDirty ?? false
      let dirty = isDirty
      for (let count = 0; count < SLICES_MAX; count++) {
        if (isWakeDirty) this.store.touch()
        this.driveSlice(dirty || isWakeDirty)
        dirty = false
        if (this.result.type !== "yield") return
      }
      throw new Error(`The run was still going after ${SLICES_MAX} slices.`)
    })
  }

  /** Nobody catches what is thrown here, so it is kept for the test that waits. */
  #driveForHost(): void {
    try {
      this.drive(false)
    } catch (error) {
      this.#failure = { error }
    }
  }

  protected driveSlice(isDirty: boolean): void {
    if (this.isOver || this.#isAsleep) return
    this.slices++
    const result = this.machine.drive(isDirty)
    // What the workflow has come to is come to again when it is resumed.
    this.result = this.isPaused && result.type !== "yield" ? { type: "blocked" } : result
    const [violation] = this.steps.violations
    if (violation !== undefined) throw new Error(violation)
    if (this.result.type === "blocked" && !this.isPaused) this.#requireAlarm()
    if (this.result.type === "continued") this.#continueAsNew(this.result.inputText)
    this.store.commit()
    this.steps.committed()
    if (this.#isCrashDueAtCommit && !this.isOver) throw CRASH
    if (this.isPaused && this.result.type === "blocked" && result.type !== "blocked")
      this.beginLife()
  }

  /** While nothing is in flight, the rows alone must say when to wake (promise 12): memory may be gone by then. */
  #requireAlarm(): void {
    const { nextDueMs, inFlight } = this.machine
    const dues = this.store.waits().map(({ dueMs }) => dueMs ?? Infinity)
    const isAwaited =
      this.store.children.size > 0 ||
      this.store.waits().some(({ kind }) => ["signal", "update", "promise"].includes(kind))
    const leastMs = Math.min(
      ...dues,
      nextDueMs === this.#deadlineMs ? (nextDueMs ?? Infinity) : Infinity,
    )
    if (inFlight === 0 && leastMs !== (nextDueMs ?? Infinity)) {
      throw new Error(
        `The rows say ${leastMs}, the machine says ${nextDueMs}: ${JSON.stringify(this.store.waits())}`,
      )
    }
    if (inFlight === 0 && leastMs === Infinity && !isAwaited)
      throw new Error("Nothing will ever wake this run.")
    if (inFlight > 0 && nextDueMs === undefined)
      throw new Error("Nothing would end an attempt that hangs.")
  }

  #continueAsNew(inputText: string): void {
    this.machine.close()
    this.inputText = inputText
    this.generation++
    this.store.nextGeneration()
    this.beginLife()
    this.result = { type: "yield" }
  }

  protected catchingCrash(work: () => void): void {
    try {
      work()
    } catch (error) {
      if (error !== CRASH) throw error
      this.#isCrashDueAtCommit = false
      this.die()
      this.drive(false)
    }
  }

  /** The process is gone, with all that was not committed; nothing drives the new life yet. */
  die(): void {
    this.store.rollback()
    this.steps.died()
    this.lives++
    this.result = { type: "blocked" }
    this.beginLife()
  }

  protected beginLife(): Machine {
    const fn = this.program(this.steps, this)
    const machine: Machine = new Machine(
      this.#ports(() => machine === this.machine),
      {
        id: this.options.id ?? "run",
        incarnation: "incarnation",
        createdAtMs: CREATED_AT_MS,
        generation: this.generation,
        inputText: this.inputText,
        deadlineMs: this.#deadlineMs,
        faults: this.options.faults ?? [],
        isFresh: this.store.journal.length === 0,
      },
      fn,
      { ...MACHINE_LIMITS, ...this.options.limits },
    )
    this.machine = machine
    this.#isAsleep = this.isPaused
    if (this.cancelReason !== undefined) {
      const reason = { state: "cancelled", message: this.cancelReason } as const
      machine.post({ type: "cancel", reason })
    }
    return machine
  }

  #ports(isCurrent: () => boolean): Ports {
    return {
      store: this.store,
      clock: this.clock,
      entropy: {
        random: () => (++this.entropy % 1000) / 1000,
        uuid: () => `uuid-${++this.entropy}`,
        promiseToken: () => `token-${++this.entropy}`,
      },
      host: {
        // An attempt of an earlier life that still reports is nobody's any more.
        wake: () => {
          if (isCurrent()) this.#driveForHost()
        },
        dependency: (name) => this.dependencies.get(name),
        workflowName: (fn) => this.workflowNames.get(fn),
        undoStretch: () => this.store.rollback(),
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
