// Test process: the process a test's run lives in: it drives the machine, commits, dies and begins anew.
// Owns: stretches and lives. Must not touch: what happens to the run from outside (test-run.ts).
//   P1. No time passes but what the test lets pass, and nothing is random, so a test does the same every time.
//   P2. A life knows only the committed rows, as a process that was started again would.

import { encode } from "../engine/values/codec.ts"
import type { InputOf, WorkflowFunction } from "../engine/workflow/context.ts"
import { isOutcome, type JournalRecord } from "../engine/ports/journal.ts"
import { Machine, type DriveResult } from "../engine/machine/machine.ts"
import type { Instruments } from "./instruments.ts"
import { Killed } from "./killed.ts"
import { MemoryRows } from "./memory-rows.ts"
import type { StepMock } from "./mocks.ts"
import { StepDoubles, type Life } from "./step-doubles.ts"
import { turn } from "./turn.ts"

export interface TestRunOptions<F> {
  readonly input?: InputOf<F>
  readonly id?: string
  /** When the run is created; 2026-01-01 unless given. */
  readonly nowMs?: number
  /** The run's own deadline. */
  readonly timeoutMs?: number
  /** What stands in for a step, by its name in the journal. */
  readonly mocks?: Readonly<Record<string, StepMock>>
  /** Steps whose attempts wait until the test calls `finish` or `fail`. */
  readonly byHand?: readonly string[]
  readonly dependencies?: Readonly<Record<string, unknown>>
  /** Workflows that are started as children, by their names; a test ends them with `endChild`. */
  readonly children?: Readonly<Record<string, WorkflowFunction>>
}

const START_MS = Date.UTC(2026, 0, 1)

/** Slices after which a run that never rests is taken for one that never will. */
const SLICES_MAX = 10_000

/** Turns of the event loop, a ms or so each, that steps at work are waited for. */
const TURNS_MAX = 5_000

/** Turns that a dead process's calls are waited for. */
const STRAY_TURNS_MAX = 200

export interface ProcessFields {
  /** Of a run that has been under way, to be looked at: no step of it runs. */
  readonly rows?: MemoryRows
  readonly instruments?: Instruments | undefined
}

export class TestProcess<F extends WorkflowFunction> {
  readonly id: string
  protected readonly fn: F
  protected readonly options: TestRunOptions<F>
  protected readonly doubles: StepDoubles
  protected readonly rows: MemoryRows
  /** Workflows that the run has named as its children. */
  protected readonly namedChildren = new Map<string, WorkflowFunction>()
  protected machine: Machine
  protected outcome: DriveResult = { type: "blocked" }
  protected clockMs: number
  protected readonly createdAtMs: number
  readonly #instruments: Instruments | undefined
  #entropy = 0
  #committedEntropy = 0
  #life = 1
  /** It dies when what is being written is committed. */
  #isDoomed = false
  #isDead = false
  #failure: { readonly error: unknown } | undefined

  protected constructor(fn: F, options: TestRunOptions<F>, fields: ProcessFields = {}) {
    this.fn = fn
    this.options = options
    this.#instruments = fields.instruments
    this.rows =
      fields.rows ?? new MemoryRows(encode(options.input ?? []), (record) => this.#wrote(record))
    this.id = options.id ?? "test-run"
    this.createdAtMs = options.nowMs ?? START_MS
    this.clockMs = this.createdAtMs
    this.doubles = new StepDoubles({
      mocks: options.mocks ?? {},
      byHand: fields.rows === undefined ? (options.byHand ?? []) : "all",
      instruments: this.#watched(),
      life: () => this.#lifeNow,
      kill: () => this.die(),
    })
    this.machine = this.#begin()
  }

  protected get isOver(): boolean {
    return this.outcome.type === "ended" || this.outcome.type === "halted"
  }

  /** Something goes on by itself: a step is at work, or the process is about to begin anew. */
  protected get isBusy(): boolean {
    return this.doubles.isWorking || this.#isDead
  }

  /** The process is gone, with all that is not committed; `revive` begins another. */
  protected die(): void {
    this.#isDoomed = false
    this.#isDead = true
    this.rows.rollback()
    this.#entropy = this.#committedEntropy
    this.doubles.died()
    this.machine.close()
    this.outcome = { type: "blocked" }
    this.#life++
    this.#instruments?.watch?.nextLife()
    this.machine = this.#begin()
  }

  /** Begins anew once what the dead process had called has come to its end, or for so many turns has not. */
  protected revive(turns: number): void {
    if (!this.#isDead || (this.doubles.hasStrays && turns < STRAY_TURNS_MAX)) return
    this.#isDead = false
    this.drive(false)
  }

  protected drive(isDirty: boolean): void {
    for (let slices = 0; !this.isOver && !this.#isDead; slices++) {
      if (slices >= SLICES_MAX) throw new Error("The run does not come to rest.")
      try {
        this.outcome = this.machine.drive(isDirty && slices === 0)
      } catch (error) {
        if (!(error instanceof Killed)) throw error
        return this.die()
      }
      if (this.outcome.type === "continued") this.#continueAsNew(this.outcome.inputText)
      this.commit()
      if (this.#isDoomed) return this.die()
      if (this.outcome.type === "blocked") return
    }
  }

  /** Waits for the steps at work, but for those in the test's hands. */
  protected async idle(): Promise<void> {
    let turns = 0
    do {
      await turn(turns)
      this.revive(turns)
      if (++turns > TURNS_MAX) {
        throw new Error("A step does not end; name it in byHand, or mock it.")
      }
    } while (this.isBusy)
    this.throwFailure()
  }

  /** @throws whatever went wrong while nobody was there to catch it */
  protected throwFailure(): void {
    const failure = this.#failure
    this.#failure = undefined
    if (failure !== undefined) throw failure.error
  }

  /** @throws Error unless another process comes to where this one is, by these rows and with no recorded step called. */
  protected expectSameReplay(other: TestProcess<F>): void {
    other.clockMs = this.clockMs
    other.#entropy = this.#entropy
    const recorded = new Set(this.rows.now.journal.filter(isOutcome).map(({ path }) => path))
    other.drive(false)
    other.machine.close()
    const { outcome } = other
    if (outcome.type === "halted" && this.outcome.type !== "halted") {
      throw new Error(`The replay halts: ${outcome.halt.message}`, { cause: outcome.halt })
    }
    const again = other.doubles.calls.find(({ path }) => recorded.has(path))
    if (again !== undefined) {
      throw new Error(`The replay calls step "${again.name}" again, which is recorded.`)
    }
    if (this.isOver && JSON.stringify(outcome) !== JSON.stringify(this.outcome)) {
      throw new Error(
        `The replay ends elsewhere: ${JSON.stringify(outcome)} instead of ${JSON.stringify(this.outcome)}`,
      )
    }
  }

  protected commit(): void {
    this.rows.commit()
    this.#committedEntropy = this.#entropy
  }

  /** A record is about to be written. */
  #wrote(record: JournalRecord): void {
    const fate = this.#instruments?.wrote?.(this.id, record)
    if (fate === "now") throw new Killed()
    if (fate === "committed") this.#isDoomed = true
  }

  get #lifeNow(): Life {
    return { run: this.id, generation: this.rows.now.generation, life: this.#life }
  }

  /** The instruments, with a process that dies when they say so. */
  #watched(): Instruments | undefined {
    const instruments = this.#instruments
    if (instruments === undefined) return undefined
    return {
      watch: instruments.watch,
      hanging: instruments.hanging,
      contextOf: (call, ctx) => instruments.contextOf?.(call, ctx) ?? ctx,
      fateOf: (call) => {
        const fate = instruments.fateOf?.(call)
        // The function is called in the stretch that its start is committed with.
        if (fate === "before" || fate === "during") this.#isDoomed = true
        return fate
      },
    }
  }

  #continueAsNew(inputText: string): void {
    this.machine.close()
    this.rows.nextGeneration(inputText)
    this.machine = this.#begin()
    this.outcome = { type: "yield" }
  }

  #begin(): Machine {
    const { now } = this.rows
    const workflow = this.fn as unknown as (
      ...input: unknown[]
    ) => Generator<unknown, unknown, unknown>
    const doubles = this.doubles
    const watch = this.#instruments?.watch
    const machine: Machine = new Machine(
      {
        store: this.rows,
        clock: { nowMs: () => this.clockMs },
        entropy: {
          random: () => (++this.#entropy % 1000) / 1000,
          uuid: () => `00000000-0000-4000-8000-${String(++this.#entropy).padStart(12, "0")}`,
          promiseToken: () => `token-${++this.#entropy}`,
        },
        host: {
          wake: () => this.#wakeFor(machine),
          dependency: (name) => this.options.dependencies?.[name],
          workflowName: (fn) => this.#childName(fn),
          crash: () => undefined,
          undoStretch: () => undefined,
          log: () => undefined,
        },
      },
      {
        id: this.id,
        incarnation: "test",
        createdAtMs: this.createdAtMs,
        generation: now.generation,
        inputText: now.inputText,
        deadlineMs:
          this.options.timeoutMs === undefined
            ? undefined
            : this.createdAtMs + this.options.timeoutMs,
        faults: [],
        isFresh: now.journal.length === 0,
      },
      function* doubled(ctx, ...input) {
        const make = () => workflow(doubles.contextOf(ctx), ...input)
        return yield* watch === undefined ? make() : watch.around(make)
      },
      this.#instruments?.limits,
    )
    if (now.cancel !== undefined) {
      machine.post({ type: "cancel", reason: { state: "cancelled", message: now.cancel } })
    }
    return machine
  }

  /** An attempt ended. Nobody catches what is thrown here, so it is kept for the test that waits. */
  #wakeFor(machine: Machine): void {
    if (machine !== this.machine) return
    try {
      this.drive(false)
    } catch (error) {
      this.#failure = { error }
    }
  }

  #childName(fn: unknown): string | undefined {
    if (typeof fn !== "function") return undefined
    const known = Object.entries(this.options.children ?? {}).find(([, each]) => each === fn)
    const name = known?.[0] ?? fn.name
    this.namedChildren.set(name, fn as WorkflowFunction)
    return name
  }
}
