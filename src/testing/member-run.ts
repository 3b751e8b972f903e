// Member run: one run of a family: what the family needs of a run beyond a test's own doors.
// Owns: these doors. Must not touch: time, which the family lets pass for all of them (family.ts).

import { encode } from "../engine/values/codec.ts"
import type { WorkflowFunction } from "../engine/workflow/context.ts"
import type { JournalRecord, Outcome } from "../engine/ports/journal.ts"
import type { ChildStart } from "../engine/ports/ports.ts"
import { BodyWatch, type Sighting } from "./body-watch.ts"
import { nameOf } from "./given.ts"
import type { Instruments } from "./instruments.ts"
import type { MemoryRows } from "./memory-rows.ts"
import type { TestRunOptions } from "./test-process.ts"
import { TestRun, type UpdateState } from "./test-run.ts"

type AnyOptions = TestRunOptions<WorkflowFunction>

export interface MemberFields {
  readonly instruments?: Omit<Instruments, "watch"> | undefined
  /** Names of steps that are known to hang. */
  readonly hanging?: Set<string> | undefined
  /** Whether clock and chance of the body differ from life to life. */
  readonly isShifting: boolean
  /** The number of the first life, from 0 unless given: another clock and other luck. */
  readonly firstLife?: number | undefined
}

export class MemberRun extends TestRun<WorkflowFunction> {
  readonly #watch: BodyWatch
  #hasBegun = false

  constructor(
    fn: WorkflowFunction,
    options: AnyOptions,
    { instruments, hanging, isShifting, firstLife }: MemberFields,
    rows?: MemoryRows,
  ) {
    // The body sees the run's own clock, which is not there yet.
    let nowMs = () => 0
    const watch = new BodyWatch(() => nowMs(), isShifting, firstLife)
    super(fn, options, {
      ...(rows !== undefined && { rows }),
      instruments: {
        watch,
        hanging,
        limits: instruments?.limits,
        wrote: (run, record) => instruments?.wrote?.(run, record),
        fateOf: (call) => instruments?.fateOf?.(call),
        contextOf: (call, ctx) => instruments?.contextOf?.(call, ctx) ?? ctx,
      },
    })
    nowMs = () => this.clockMs
    this.#watch = watch
  }

  get workflow(): string {
    return nameOf(this.fn)
  }

  get createdMs(): number {
    return this.createdAtMs
  }

  /** What the body has asked of the world behind the engine's back. */
  get sightings(): readonly Sighting[] {
    return this.#watch.sightings
  }

  /** Of each generation its records. */
  get generations(): readonly (readonly JournalRecord[])[] {
    const { earlier, journal } = this.rows.now
    return [...earlier, journal]
  }

  begin(): void {
    this.#hasBegun = true
    this.drive(true)
  }

  /** A message from outside, also before the run has begun. @returns its id */
  send(kind: "signal" | "update", name: string, value: unknown): number {
    const id = this.rows.addMessage(kind, name, encode(value))
    this.commit()
    if (this.#hasBegun) {
      this.machine.post({ type: "message", kind, name })
      this.commit()
    }
    return id
  }

  answerOf(id: number): UpdateState {
    return this.answerTo(id)
  }

  /** The token of the oldest promise that is not settled, or of the one at this path. */
  pendingPromise(path?: string): string | undefined {
    const open = [...this.rows.now.promises].filter(([, { outcome }]) => outcome === undefined)
    return open.find(([at]) => path === undefined || at === path)?.[1].token
  }

  /** Differs when something has happened to the run. */
  get trace(): string {
    const { journal, inbox, generation, cancel, promises } = this.rows.now
    const settled = [...promises.values()].filter(({ outcome }) => outcome !== undefined).length
    return [generation, journal.at(-1)?.seq, inbox.length, cancel, settled].join()
  }

  get hasStopped(): boolean {
    return this.isOver
  }

  get isAtWork(): boolean {
    return this.isBusy
  }

  /** @returns after one look: the process begins anew if it has died, and what went wrong is thrown */
  look(turns: number): void {
    this.revive(turns)
    this.throwFailure()
  }

  /** Whoever is still at work is taken to hang. */
  giveUpWaiting(): void {
    this.doubles.forgetWorking()
  }

  get dueMs(): number | undefined {
    return this.isOver ? undefined : this.machine.nextDueMs
  }

  /** Steps of which an attempt has begun and not ended. */
  get attemptsAtWork(): readonly { readonly path: string; readonly name: string }[] {
    const atWork = new Map<string, string>()
    const names = new Map<string, string>()
    for (const { path, type, kind, name } of this.journal) {
      if (kind === "step" && name !== undefined) names.set(path, name)
      if (type === "start" && names.has(path)) atWork.set(path, names.get(path) ?? "")
      else if (type !== "open") atWork.delete(path)
    }
    return [...atWork].map(([path, name]) => ({ path, name }))
  }

  moveTo(nowMs: number): void {
    this.clockMs = nowMs
  }

  wake(): void {
    if (!this.isOver) this.drive(false)
  }

  /** Children under way, by their paths. */
  get startedChildren(): readonly ChildStart[] {
    return [...this.rows.now.children.values()]
      .filter(({ outcome }) => outcome === undefined)
      .map(({ start }) => start)
  }

  /** Why the child of this run id was told to end, once it was. */
  stopOf(childId: string): string | undefined {
    return this.rows.now.stops.get(childId)
  }

  namedChild(name: string): WorkflowFunction | undefined {
    return this.namedChildren.get(name)
  }

  /** Nothing happens when it no longer asks for this child. */
  hearOfChild({ path, incarnation }: ChildStart, outcome: Outcome): void {
    if (this.rows.now.children.get(path)?.start.incarnation !== incarnation) return
    this.rows.endChild(path, outcome)
    this.commit()
    this.machine.post({ type: "child", path })
  }

  /** The family waits for all its members at once. */
  protected override async idle(): Promise<void> {}

  get end(): Outcome | undefined {
    return this.outcome.type === "ended" ? this.outcome.outcome : undefined
  }

  get memory(): MemoryRows["now"] {
    return this.rows.now
  }

  /** @throws Error when the journal, fed to a fresh generator at another time and with other luck, leads elsewhere */
  replayIn(life: number): void {
    const fields = { isShifting: true, firstLife: life }
    this.expectSameReplay(new MemberRun(this.fn, this.options, fields, this.rows.fork()))
  }
}
