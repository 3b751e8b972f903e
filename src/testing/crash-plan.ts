// Crash plan: where one run of a sweep is killed, and what is seen of its calls meanwhile.
// Owns: the counting of writes and calls, and who asked for its idempotency key. Must not touch: what that means.
//   C1. Writes and calls are counted over all lives and all runs of a family, so a number names one moment of it.

import type { StepContext } from "../engine/workflow/context.ts"
import type { JournalRecord } from "../engine/ports/journal.ts"
import { MACHINE_LIMITS, type MachineLimits } from "../engine/machine/machine-limits.ts"
import type { CallFate, Instruments, WatchedCall } from "./instruments.ts"

/**
 * - a write: killed before the record is committed, with all that is not, or as soon as it is
 * - a call out: killed before the function is called, when it first gives way, or after its end and before that is recorded
 */
export type CrashPoint =
  | { readonly type: "write"; readonly number: number; readonly moment: "before" | "after" }
  | { readonly type: "call"; readonly number: number; readonly moment: CallFate }

export interface SeenCall extends WatchedCall {
  usedKey: boolean
}

/** Every record is a slice of its own, so that a process can die between any two. */
const ONE_RECORD: MachineLimits = { ...MACHINE_LIMITS, sliceRecords: 1 }

export class CrashPlan implements Instruments {
  readonly calls: SeenCall[] = []
  readonly limits: MachineLimits | undefined
  readonly #point: CrashPoint | undefined
  readonly #timesMax: number
  writes = 0
  callsOut = 0
  /** Each crash that happened, in words. */
  readonly crashes: string[] = []

  /** @param point none lets the run live; @param times how often it is killed there, in a row */
  constructor(point?: CrashPoint, times = 1) {
    this.#point = point
    this.#timesMax = times
    this.limits = point?.type === "write" && point.moment === "after" ? ONE_RECORD : undefined
  }

  get isUndisturbed(): boolean {
    return this.#point === undefined
  }

  wrote(_run: string, record: JournalRecord): "now" | "committed" | undefined {
    this.writes++
    const point = this.#point
    if (point?.type !== "write" || !this.#isHere(this.writes)) return undefined
    const what = `${record.type} at path "${record.path}"${record.name === undefined ? "" : ` (${record.name})`}`
    this.crashes.push(
      point.moment === "before"
        ? `killed before journal write ${this.writes}, ${what}, was committed`
        : `killed once journal write ${this.writes}, ${what}, was committed`,
    )
    return point.moment === "before" ? "now" : "committed"
  }

  fateOf({ name, path, attempt }: WatchedCall): CallFate | undefined {
    this.callsOut++
    const point = this.#point
    if (point?.type !== "call" || !this.#isHere(this.callsOut)) return undefined
    const what = `attempt ${attempt} of step "${name}" (path ${path})`
    this.crashes.push(
      {
        before: `killed when ${what} was on record, before it was called`,
        during: `killed in the middle of ${what}`,
        after: `killed after ${what} had ended, before its outcome was recorded`,
      }[point.moment],
    )
    // It has its context already, and yet is never called.
    if (point.moment === "before") this.calls.pop()
    return point.moment
  }

  contextOf(call: WatchedCall, ctx: StepContext): StepContext {
    const seen: SeenCall = { ...call, usedKey: false }
    this.calls.push(seen)
    return new Proxy(ctx, {
      get: (target, property) => {
        if (property === "idempotencyKey") seen.usedKey = true
        const value: unknown = Reflect.get(target, property)
        return typeof value === "function" ? (value.bind(target) as unknown) : value
      },
    })
  }

  #isHere(number: number): boolean {
    const done = this.crashes.length
    return done < this.#timesMax && number === (this.#point?.number ?? 0) + done
  }
}

/** Every moment at which a run with so many writes and calls out is killed. */
export function crashPoints(writes: number, callsOut: number): CrashPoint[] {
  const numbers = (count: number) => Array.from({ length: count }, (_, index) => index + 1)
  // Calls first: what is found there is understood best.
  return [
    ...numbers(callsOut).flatMap((number): CrashPoint[] => [
      { type: "call", number, moment: "after" },
      { type: "call", number, moment: "during" },
      { type: "call", number, moment: "before" },
    ]),
    ...numbers(writes).flatMap((number): CrashPoint[] => [
      { type: "write", number, moment: "before" },
      { type: "write", number, moment: "after" },
    ]),
  ]
}
