// Rehearsal: a run played from its start to where nothing happens any more by itself.
// Owns: the order of what happens: steps, messages at their moments, then time. Must not touch: results (run-workflow.ts).
//   R1. It ends: when nothing is due, when a step has been tried so often, or after so many instants; and it says which.

import type { WorkflowFunction } from "../engine/workflow/context.ts"
import { isOutcome } from "../engine/ports/journal.ts"
import { Family, type FamilyOptions, type Patience } from "./family.ts"
import type { MemberFields, MemberRun } from "./member-run.ts"
import { happeningsOf, type GivenHappenings, type Happening } from "./moments.ts"
import type { TestRun, UpdateState } from "./test-run.ts"

export interface RehearsalOptions extends FamilyOptions, GivenHappenings {
  /** Called whenever nothing moves, before time passes: a test may look at the run, and signal it. */
  readonly during?: ((run: TestRun<WorkflowFunction>) => void | Promise<void>) | undefined
  /** Virtual time after which nobody looks any more. */
  readonly untilMs?: number | undefined
  /** Attempts of one step after which nobody looks any more. */
  readonly attemptsMax?: number | undefined
}

/** A run that goes on for ever is let go of after so many instants. */
const INSTANTS_MAX = 10_000
const ATTEMPTS_MAX = 50

type SentUpdate = { readonly name: string; readonly value: unknown } & UpdateState

export class Rehearsal {
  readonly family: Family
  readonly #options: RehearsalOptions
  readonly #startedAtMs: number
  #pending: Happening[]
  readonly #sent: { name: string; value: unknown; to: MemberRun; id: number }[] = []
  /** Why the rehearsal ended although something would still have happened. */
  stopped: string | undefined

  private constructor(
    fn: WorkflowFunction,
    options: RehearsalOptions,
    fields: MemberFields,
    patience: Patience,
  ) {
    this.#options = options
    this.#pending = happeningsOf(options)
    this.family = new Family(fn, options, fields, patience)
    this.#startedAtMs = this.family.nowMs
  }

  static async of(
    fn: WorkflowFunction,
    options: RehearsalOptions,
    fields: MemberFields,
    patience: Patience,
  ): Promise<Rehearsal> {
    const rehearsal = new Rehearsal(fn, options, fields, patience)
    await rehearsal.#play()
    return rehearsal
  }

  get elapsedMs(): number {
    return this.family.nowMs - this.#startedAtMs
  }

  /** What was to happen and found no moment. */
  get undelivered(): readonly Happening[] {
    return this.#pending
  }

  get updates(): readonly SentUpdate[] {
    return this.#sent.map(({ name, value, to, id }) => ({ name, value, ...to.answerOf(id) }))
  }

  async #play(): Promise<void> {
    const { family } = this
    while (await this.#happen(({ moment }) => moment.when === "start"));
    family.root.begin()
    for (let instants = 0; ;) {
      await family.settle()
      if (await family.passOn()) continue
      if (await this.#happen((happening) => this.#isNow(happening))) continue
      if (await this.#during()) continue
      if (this.#isTriedEnough()) return
      const nextMs = this.#nextMs()
      if (nextMs === undefined) return
      if (nextMs - this.#startedAtMs > (this.#options.untilMs ?? Infinity)) {
        this.stopped = `Nobody looked any further than untilMs, ${this.#options.untilMs} ms.`
        return
      }
      if (++instants > INSTANTS_MAX) {
        this.stopped = `The run still went on after ${INSTANTS_MAX} instants; give untilMs to look at a part of it.`
        return
      }
      // A message that comes in the very instant of a timer comes before it.
      if (nextMs > family.nowMs && this.#messageMs() === nextMs) family.moveTo(nextMs)
      else family.passTo(nextMs)
    }
  }

  #nextMs(): number | undefined {
    const dueMs = this.family.dueMs
    const messageMs = this.#messageMs()
    if (dueMs === undefined || messageMs === undefined) return dueMs ?? messageMs
    return Math.min(dueMs, messageMs)
  }

  /** When the next message comes whose time is said. */
  #messageMs(): number | undefined {
    const { nowMs } = this.family
    const times = this.#pending
      .map(({ moment }) => this.#startedAtMs + (moment.atMs ?? -1))
      .filter((atMs) => atMs > nowMs)
    return times.length === 0 ? undefined : Math.min(...times)
  }

  /** @returns whether the test did something to the run */
  async #during(): Promise<boolean> {
    const { during } = this.#options
    const { root } = this.family
    if (during === undefined) return false
    const before = root.trace
    await during(root)
    return root.trace !== before
  }

  #isTriedEnough(): boolean {
    const most = this.#options.attemptsMax ?? ATTEMPTS_MAX
    for (const member of this.family.members) {
      if (member.hasStopped) continue
      const last = member.calls.at(-1)
      if (last === undefined || last.attempt < most) continue
      this.stopped = `Step "${last.name}" (path ${last.path}) had ${last.attempt} attempts, and nobody looked any further: give its policy maxRetries, or raise attemptsMax.`
      return true
    }
    return false
  }

  #isNow({ type, moment, ...rest }: Happening): boolean {
    const target = this.family.find(moment.to)
    if (target === undefined || target.hasStopped) return false
    const { atMs, afterStep, when } = moment
    if (atMs !== undefined && this.#startedAtMs + atMs > this.family.nowMs) return false
    if (afterStep !== undefined && !hasOutcome(target, afterStep)) return false
    if (typeof when === "function") return when(target)
    const isTimed = atMs !== undefined || afterStep !== undefined
    if (when === undefined && isTimed && type !== "promise") return true
    switch (type) {
      case "cancel":
        return true
      case "promise": {
        const { path } = (rest as { settlement: { path?: string } }).settlement
        return target.pendingPromise(path) !== undefined
      }
      case "signal":
      case "update": {
        const { name } = rest as { name: string }
        return target.waitingFor.some((wait) => wait.kind === type && wait.name === name)
      }
    }
  }

  /** The first that is to happen happens. @returns whether one was */
  async #happen(isNow: (happening: Happening) => boolean): Promise<boolean> {
    const next = this.#pending.find(isNow)
    if (next === undefined) return false
    this.#pending = this.#pending.filter((each) => each !== next)
    const target = this.family.find(next.moment.to) ?? this.family.root
    switch (next.type) {
      case "signal":
        target.send("signal", next.name, next.value)
        break
      case "update": {
        const { name, value } = next
        this.#sent.push({ name, value, to: target, id: target.send("update", name, value) })
        break
      }
      case "promise": {
        const { settlement } = next
        const token = target.pendingPromise(settlement.path)
        if (token !== undefined) {
          const how =
            "error" in settlement ? { error: settlement.error } : { value: settlement.value }
          await target.settlePromise(token, how)
        }
        break
      }
      case "cancel":
        await target.cancel(next.reason)
        break
    }
    return true
  }
}

function hasOutcome(run: MemberRun, step: string): boolean {
  const paths = new Set(
    run.journal
      .filter(({ kind, name }) => kind === "step" && name === step)
      .map(({ path }) => path),
  )
  return run.journal.some((record) => isOutcome(record) && paths.has(record.path))
}
