// Test run: one run of a workflow in memory, on the engine that runs it in production.
// Owns: its doors, each of which writes, drives and commits in one stretch, and what there is to see of it.
// Must not touch: how it lives and dies (test-process.ts), step functions (step-doubles.ts).

import { decode, encode, encodeThrown } from "../engine/values/codec.ts"
import type { ResultOf, WorkflowFunction } from "../engine/workflow/context.ts"
import type { MachineEvent } from "../engine/machine/core.ts"
import type { Halt } from "../engine/errors.ts"
import type { JournalRecord, Outcome } from "../engine/ports/journal.ts"
import type { Wait } from "../engine/ports/ports.ts"
import type { RunStatus } from "../engine/ports/runs.ts"
import type { StepCall } from "./instruments.ts"
import { TestProcess, type TestRunOptions } from "./test-process.ts"

export class TestRun<F extends WorkflowFunction> extends TestProcess<F> {
  /** The run after its first stretch, with its steps at rest. */
  static async start<F extends WorkflowFunction>(
    fn: F,
    options: TestRunOptions<F> = {},
  ): Promise<TestRun<F>> {
    const run = new TestRun(fn, options)
    run.drive(true)
    await run.idle()
    return run
  }

  // What happens to it.

  /** Lets time pass, from one due instant to the next. */
  async advance(byMs: number): Promise<void> {
    const untilMs = this.clockMs + byMs
    for (;;) {
      const dueMs = this.isOver ? undefined : this.machine.nextDueMs
      if (dueMs === undefined || dueMs > untilMs) break
      this.clockMs = Math.max(this.clockMs, dueMs)
      await this.#wake()
    }
    this.clockMs = untilMs
    await this.#wake()
  }

  /** The oldest attempt of this step (by name or path) that waits for the test returns this. */
  async finish(step: string, value?: unknown): Promise<void> {
    this.doubles.take(step).resolve(value)
    await this.idle()
  }

  async fail(step: string, error: unknown): Promise<void> {
    this.doubles.take(step).reject(error)
    await this.idle()
  }

  async signal(name: string, value?: unknown): Promise<void> {
    this.rows.addMessage("signal", name, encode(value))
    await this.#tell({ type: "message", kind: "signal", name })
  }

  /** @returns the answer as far as there is one. */
  async update(name: string, value?: unknown): Promise<UpdateState> {
    const id = this.rows.addMessage("update", name, encode(value))
    await this.#tell({ type: "message", kind: "update", name })
    return this.answerTo(id)
  }

  /** Settles the promise with this token, as somebody outside would. */
  async settlePromise(token: string, how: Settled): Promise<void> {
    const [path] = [...this.rows.now.promises].find(([, each]) => each.token === token) ?? []
    if (path === undefined) throw new Error(`No promise of the run has the token "${token}".`)
    this.rows.settlePromise(path, outcomeOf(how))
    await this.#tell({ type: "promise", path })
  }

  /** The child with this run id (or path) ends so. */
  async endChild(child: string, how: Settled): Promise<void> {
    const { children } = this.rows.now
    const [path] = [...children].find(([at, { start }]) => at === child || start.id === child) ?? []
    if (path === undefined) throw new Error(`No child "${child}" is under way.`)
    this.rows.endChild(path, outcomeOf(how))
    await this.#tell({ type: "child", path })
  }

  async cancel(reason = "cancelled by the test"): Promise<void> {
    this.rows.requestCancel(reason)
    await this.#tell({ type: "cancel", reason: { state: "cancelled", message: reason } })
  }

  /** The process dies, with all that is not committed; another replays the journal and goes on. */
  async crash(): Promise<void> {
    this.die()
    await this.idle()
  }

  /**
   * Replays the journal apart from the run, on this code or on other code; the run stays as it is.
   * @throws Error when that comes to another place than the run, as it would after a deploy
   */
  replay(fn: F = this.fn): void {
    this.expectSameReplay(new TestRun(fn, this.options, { rows: this.rows.fork() }))
  }

  // What there is to see.

  get nowMs(): number {
    return this.clockMs
  }

  get status(): RunStatus {
    if (this.outcome.type === "halted") return "halted"
    if (this.outcome.type === "ended") return this.outcome.outcome.state
    return this.machine.inFlight > 0 ? "running" : "suspended"
  }

  /** What the workflow returned. @throws Error when it has not completed */
  get result(): ResultOf<F> {
    const outcome = this.#ended
    if (outcome?.state === "completed") return decode(outcome.text) as ResultOf<F>
    throw new Error(`The run has no result: it is ${this.status}.`, { cause: this.error })
  }

  /** What it threw; `undefined` unless it failed, was cancelled or timed out. */
  get error(): unknown {
    const outcome = this.#ended
    return outcome === undefined || outcome.state === "completed" ? undefined : decode(outcome.text)
  }

  /** Why it stands still; `undefined` unless it is halted. */
  get halt(): Halt | undefined {
    return this.outcome.type === "halted" ? this.outcome.halt : undefined
  }

  /** Every call of a step, over all lives of the process. */
  get calls(): readonly StepCall[] {
    return this.doubles.calls
  }

  /** Attempts that wait for `finish` or `fail`. */
  get held(): readonly StepCall[] {
    return this.doubles.held
  }

  get waitingFor(): readonly Wait[] {
    return this.rows.waits()
  }

  get journal(): readonly JournalRecord[] {
    return this.rows.now.journal
  }

  /** From 0, raised by `continueAsNew`. */
  get generation(): number {
    return this.rows.now.generation
  }

  published(name: string): unknown {
    const text = this.rows.now.published.get(name)
    return text === undefined ? undefined : decode(text)
  }

  // Inside.

  protected answerTo(updateId: number): UpdateState {
    const { answer } = this.rows.now.inbox[updateId - 1] ?? {}
    if (answer === undefined) return { state: "pending" }
    const decoded = decode(answer.text)
    return answer.state === "completed"
      ? { state: "replied", reply: decoded }
      : { state: "rejected", error: decoded }
  }

  get #ended(): Outcome | undefined {
    return this.outcome.type === "ended" ? this.outcome.outcome : undefined
  }

  async #tell(event: MachineEvent): Promise<void> {
    // What is told is told, whether or not the process lives to hear of it.
    this.commit()
    this.machine.post(event)
    this.commit()
    await this.idle()
  }

  async #wake(): Promise<void> {
    this.drive(false)
    await this.idle()
  }
}

export type Settled = { readonly value: unknown } | { readonly error: unknown }

export type UpdateState =
  | { readonly state: "pending" }
  | { readonly state: "replied"; readonly reply: unknown }
  | { readonly state: "rejected"; readonly error: unknown }

function outcomeOf(how: Settled): Outcome {
  return "error" in how
    ? { state: "failed", text: encodeThrown(how.error) }
    : { state: "completed", text: encode(how.value) }
}
