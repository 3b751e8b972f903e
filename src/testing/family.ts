// Family: a run and all runs that come of it, in memory, under one virtual clock.
// Owns: starting children, telling ends and stops, and letting time pass for all of them at once.
// Must not touch: what happens to a run from outside (rehearsal.ts).
//   F1. A child begins once its parent's stretch is committed, and dies alone: its parent's crash is not its own.
//   F2. Time passes only when nobody is at work, and then to the next instant at which something is due.

import { decode, encode, encodeThrown } from "../engine/values/codec.ts"
import type { WorkflowFunction } from "../engine/workflow/context.ts"
import { kindOfFunction } from "../engine/workflow/function-kind.ts"
import type { Outcome } from "../engine/ports/journal.ts"
import type { AnyFunction } from "../engine/workflow/operation.ts"
import type { ChildStart } from "../engine/ports/ports.ts"
import { functionOf, isHanging, type StepMock } from "./mocks.ts"
import { MemberRun, type MemberFields } from "./member-run.ts"
import type { TestRunOptions } from "./test-process.ts"
import { turn } from "./turn.ts"

export interface FamilyOptions extends Pick<
  TestRunOptions<WorkflowFunction>,
  "dependencies" | "id" | "input" | "mocks" | "nowMs" | "timeoutMs"
> {
  /** By the names under which they are started: a workflow runs in memory, anything else is a mock of it. */
  readonly children?: Readonly<Record<string, StepMock>> | undefined
}

/** How long steps are waited for, over all runs of one call of the kit. */
export interface Patience {
  /** Turns of the event loop until a step at work is taken to hang. */
  readonly turns: number
  /** Names of those that were; they are never waited for again. */
  readonly hanging: Set<string>
}

interface Link {
  readonly parent: MemberRun
  readonly start: ChildStart
  /** Run in memory, or an outcome that a mock gives. */
  readonly child: MemberRun | { outcome: Outcome | undefined }
  isTold: boolean
  isStopped: boolean
}

export class Family {
  readonly root: MemberRun
  readonly members: MemberRun[]
  readonly #options: FamilyOptions
  readonly #fields: MemberFields
  readonly #patience: Patience
  readonly #links = new Map<string, Link>()
  #nowMs: number

  constructor(
    fn: WorkflowFunction,
    options: FamilyOptions,
    fields: MemberFields,
    patience: Patience,
  ) {
    this.#options = options
    this.#fields = { ...fields, hanging: patience.hanging }
    this.#patience = patience
    this.root = new MemberRun(fn, { ...options, children: workflowsOf(options) }, this.#fields)
    this.members = [this.root]
    this.#nowMs = this.root.nowMs
  }

  get nowMs(): number {
    return this.#nowMs
  }

  /** The next instant at which something is due by itself. */
  get dueMs(): number | undefined {
    const delays = [...this.#links.values()]
      .filter(({ child }) => child instanceof MemberRun && !this.members.includes(child))
      .map(({ start }) => start.startAtMs ?? this.#nowMs)
    const least = Math.min(...this.members.map(({ dueMs }) => dueMs ?? Infinity), ...delays)
    return least === Infinity ? undefined : least
  }

  /** Until nobody is at work any more, but for those who hang. */
  async settle(): Promise<void> {
    for (let turns = 0; ; turns++) {
      await turn(turns)
      for (const member of this.members) member.look(turns)
      if (!this.members.some(({ isAtWork }) => isAtWork)) return
      if (turns < this.#patience.turns) continue
      for (const member of this.members) member.giveUpWaiting()
    }
  }

  /** Passes on what the members have to tell each other. @returns whether anything was told */
  async passOn(): Promise<boolean> {
    let hasNews = false
    for (const parent of this.members) {
      for (const start of parent.startedChildren) {
        const key = keyOf(parent, start)
        if (this.#links.has(key)) continue
        this.#links.set(key, await this.#linkOf(parent, start))
        hasNews = true
      }
    }
    for (const link of this.#links.values()) {
      if (await this.#follow(link)) hasNews = true
    }
    return hasNews
  }

  /** Time passes to this instant, and whatever is due then happens. */
  passTo(nowMs: number): void {
    this.#nowMs = Math.max(nowMs, this.#nowMs)
    for (const member of this.members) {
      const { dueMs } = member
      member.moveTo(this.#nowMs)
      if (dueMs !== undefined && dueMs <= this.#nowMs) member.wake()
    }
  }

  /** The clock alone: what is due then does not happen yet. */
  moveTo(nowMs: number): void {
    this.#nowMs = nowMs
    for (const member of this.members) member.moveTo(nowMs)
  }

  /** The members of this run id or workflow, the youngest first. */
  find(to: string | undefined): MemberRun | undefined {
    if (to === undefined) return this.root
    return this.members.toReversed().find(({ id, workflow }) => id === to || workflow === to)
  }

  async #linkOf(parent: MemberRun, start: ChildStart): Promise<Link> {
    const joined = this.members.find(({ id }) => id === start.id)
    const child = joined ?? (await this.#childOf(parent, start))
    return { parent, start, child, isTold: false, isStopped: false }
  }

  async #childOf(parent: MemberRun, start: ChildStart): Promise<Link["child"]> {
    const { workflow: name } = start
    const { children = {}, mocks = {}, dependencies } = this.#options
    const given = name in children ? children[name] : mocks[name]
    const isMocked = name in children || name in mocks
    const fn = isMocked ? given : parent.namedChild(name)
    if (isWorkflow(fn)) {
      const startMs = Math.max(this.#nowMs, start.startAtMs ?? 0)
      const options = {
        id: start.id,
        input: decode(start.inputText) as never[],
        nowMs: startMs,
        mocks,
        children: workflowsOf(this.#options),
        ...(dependencies !== undefined && { dependencies }),
        ...(start.deadlineMs !== undefined && { timeoutMs: start.deadlineMs - startMs }),
      }
      return new MemberRun(fn, options, this.#fields)
    }
    if (!isMocked) {
      throw new Error(
        `The run starts a child "${name}", and no workflow of this name is known here: give it as children: { ${JSON.stringify(name)}: theWorkflow }, or a mock in its place.`,
      )
    }
    return this.#mocked(given, start)
  }

  async #mocked(mock: StepMock, start: ChildStart): Promise<{ outcome: Outcome | undefined }> {
    const call = functionOf(mock, () => undefined)
    const ctx = { id: start.id, name: start.workflow, path: start.path, attempt: start.attempt }
    try {
      const given = call(ctx, ...(decode(start.inputText) as unknown[]))
      if (isHanging(given)) return { outcome: undefined }
      return { outcome: { state: "completed", text: encode(await given) } }
    } catch (error) {
      return { outcome: { state: "failed", text: encodeThrown(error) } }
    }
  }

  async #follow(link: Link): Promise<boolean> {
    const { parent, start, child } = link
    let hasNews = false
    if (child instanceof MemberRun) {
      if (!this.members.includes(child)) {
        if ((start.startAtMs ?? 0) > this.#nowMs) return false
        this.members.push(child)
        child.begin()
        hasNews = true
      }
      const reason = parent.stopOf(start.id)
      if (reason !== undefined && !link.isStopped) {
        link.isStopped = true
        hasNews = true
        if (!child.hasStopped) await child.cancel(reason)
      }
    } else if (child.outcome === undefined) {
      const reason = parent.stopOf(start.id)
      if (reason === undefined) return false
      const error = Object.assign(new Error(reason), { name: "CancelledError", code: "cancelled" })
      child.outcome = { state: "cancelled", text: encodeThrown(error) }
    }
    const outcome = child instanceof MemberRun ? child.end : child.outcome
    if (link.isTold || outcome === undefined) return hasNews
    link.isTold = true
    parent.hearOfChild(start, outcome)
    return true
  }
}

/** Children that run, by the names they are started under; the others are mocks. */
export function workflowsOf({
  children = {},
}: Pick<FamilyOptions, "children">): Readonly<Record<string, WorkflowFunction>> {
  const entries = Object.entries(children).filter(([, child]) => isWorkflow(child))
  return Object.fromEntries(entries) as Record<string, WorkflowFunction>
}

function isWorkflow(child: StepMock): child is WorkflowFunction {
  return typeof child === "function" && kindOfFunction(child as AnyFunction) === "generator"
}

function keyOf(parent: MemberRun, { path, attempt }: ChildStart): string {
  return [parent.id, parent.generation, path, attempt].join("\n")
}
