// World: everything around one run, moved by hand: time, attempts, messages, crashes; and what there is to see of it.
// Owns: the doors, each of which writes, drives and commits in one stretch. Must not touch: how (run-process.ts).

import { decode, encode, encodeThrown } from "../../src/engine/values/codec.ts"
import type { Halt } from "../../src/engine/errors.ts"
import type { JournalRecord, Outcome } from "../../src/engine/ports/journal.ts"
import type { DriveResult } from "../../src/engine/machine/machine.ts"
import type { Wait } from "../../src/engine/ports/ports.ts"
import type { Answer } from "./memory-store.ts"
import { RunProcess, type ProcessOptions, type Program } from "./run-process.ts"

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

export class World extends RunProcess {
  /** A run whose first stretch is over. */
  static async of(program: Program, options: ProcessOptions = {}): Promise<World> {
    const world = new World(program, options)
    await world.start()
    return world
  }

  // Doors.

  /** The first stretch: the run's row and whatever the workflow does at once. */
  async start(): Promise<void> {
    this.store.touch()
    this.drive(true)
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
    const { nextDueMs } = this.machine
    if (nextDueMs === undefined) throw new Error("Nothing will fall due.")
    this.clock.advanceTo(nextDueMs)
    await this.wake()
  }

  async wake(): Promise<void> {
    this.drive(false)
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
      await this.#tell(() => this.machine.post({ type: "promise", path }))
    } while (this.store.promiseOutcome(path) === undefined)
  }

  /** The child started at this path tells its end. */
  async childEnds(
    path: string,
    end: { value: unknown } | { error: unknown; state?: Outcome["state"] },
  ): Promise<void> {
    if (!this.store.hasChild(path)) throw new Error(`No child was started at ${path}.`)
    const outcome: Outcome =
      "error" in end
        ? { state: end.state ?? "failed", text: encodeThrown(end.error) }
        : { state: "completed", text: encode(end.value) }
    do {
      this.store.endChild(path, outcome)
      await this.#tell(() => this.machine.post({ type: "child", path }))
      // A child whose message died with the stretch that took it in has no answer, and tells again.
    } while (this.store.hasChild(path) && this.store.childOutcome(path) === undefined)
  }

  async cancel(message = "cancelled by the test"): Promise<void> {
    this.cancelReason ??= message
    this.store.touch()
    await this.#tell(() =>
      this.machine.post({ type: "cancel", reason: { state: "cancelled", message } }),
    )
  }

  /** Nothing new begins from now on. */
  async pause(): Promise<void> {
    this.isPaused = true
    if (this.machine.inFlight === 0) this.beginLife()
    else this.machine.pause()
    this.#note("pause")
    this.store.commit()
    await this.idle()
  }

  async resume(): Promise<void> {
    this.isPaused = false
    this.awake()
    this.machine.unpause()
    this.#note("resume")
    this.drive(true)
    await this.idle()
  }

  #note(name: string): void {
    if (!this.machine.note(name, encode({}))) {
      const record = { type: "operator", kind: "operator", inline: false, path: "" } as const
      this.store.append([{ ...record, name, text: encode({}), ...this.#nextRecord() }])
      this.beginLife()
    }
  }

  /** A person intervenes in a run that stands still: the journal is cut, the action recorded, and a new life begins. */
  async operate(action: OperatorAction): Promise<void> {
    this.store.truncate(action.keep ?? this.journal.length)
    const record = { type: "operator", kind: "operator", name: action.name, inline: false } as const
    const { path, attempt } = action.name === "retry" ? action : { path: "", attempt: 0 }
    this.store.append([{ ...record, path, attempt, ...this.#nextRecord() }])
    if (action.name === "skip") {
      const text = encode(action.value)
      this.store.append([{ type: "completed", ...action.outcome, text, ...this.#nextRecord() }])
    }
    this.store.commit()
    await this.crash()
  }

  #nextRecord(): { seq: number; atMs: number } {
    return { seq: this.store.lastSeq + 1, atMs: this.clock.nowMs() }
  }

  /** The process dies now: what was not committed is gone, and a new life replays. */
  async crash(): Promise<void> {
    this.die()
    this.drive(false)
    await this.idle()
  }

  /** One slice alone. */
  slice(isDirty = false): DriveResult {
    this.driveSlice(isDirty)
    return this.result
  }

  // What there is to see.

  get outcome(): Outcome {
    if (this.result.type === "ended") return this.result.outcome
    throw new Error(`The run has not ended: ${JSON.stringify(this.result)}`)
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
    if (this.result.type === "halted") return this.result.halt
    throw new Error(`The run is not halted: ${JSON.stringify(this.result)}`)
  }

  /** Arguments of the present generation. */
  get input(): readonly unknown[] {
    return decode(this.inputText) as unknown[]
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
    const copy = new World(this.program, { ...this.options, store })
    copy.clock.advanceTo(this.clock.nowMs())
    copy.inputText = this.inputText
    copy.generation = this.generation
    copy.entropy = this.entropy
    copy.beginLife()
    return copy
  }

  // Inside.

  async #message(kind: "signal" | "update", name: string, value: unknown): Promise<number> {
    for (;;) {
      const { lives } = this
      const id = this.store.addMessage(kind, name, encode(value))
      await this.#tell(() => this.machine.post({ type: "message", kind, name }))
      // A sender whose message died with the stretch that took it in has no answer, and sends again.
      if (this.lives === lives || this.store.hasMessage(id)) return id
    }
  }

  async #tell(post: () => void): Promise<void> {
    if (this.isOver) {
      this.store.commit()
      return
    }
    this.catchingCrash(post)
    await this.idle()
  }
}
