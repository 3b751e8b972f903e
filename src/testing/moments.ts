// Moments: what reaches a run from outside while it is rehearsed, and when.
// Owns: the shapes a test writes them in. Must not touch: the run (rehearsal.ts).

import type { WorkflowFunction } from "../engine/workflow/context.ts"
import type { TestRun } from "./test-run.ts"

/** When something happens: as soon as the run waits for it, unless one of these says otherwise. */
export interface Moment {
  /** Virtual time since the start. */
  readonly atMs?: number | undefined
  /** As soon as this step, by its name in the journal, has its outcome. */
  readonly afterStep?: string | undefined
  /**
   * - `start`: it is there before the run begins
   * - `waiting`: the run waits for it
   * - a function: asked whenever nothing moves; the first true is the moment
   */
  readonly when?: "start" | "waiting" | ((run: TestRun<WorkflowFunction>) => boolean) | undefined
  /** Id of the run, or name of the workflow, that it is meant for; the run under test unless given. */
  readonly to?: string | undefined
}

export interface GivenMessage extends Moment {
  readonly name: string
  readonly value?: unknown
}

/** By name: the value, sent once, as soon as the run waits for it. As a list: each in its turn, each at its moment. */
export type GivenMessages = Readonly<Record<string, unknown>> | readonly GivenMessage[]

/** How a promise of the run is settled: the oldest that is pending, or the one at `path`. */
export type GivenSettlement = Moment & { readonly path?: string | undefined } & (
    { readonly value?: unknown } | { readonly error: unknown }
  )

export type GivenCancel = true | (Moment & { readonly reason?: string | undefined })

/** Something that will happen to the run. */
export type Happening = { readonly moment: Moment } & (
  | { readonly type: "signal" | "update"; readonly name: string; readonly value: unknown }
  | { readonly type: "promise"; readonly settlement: GivenSettlement }
  | { readonly type: "cancel"; readonly reason: string | undefined }
)

export interface GivenHappenings {
  readonly signals?: GivenMessages | undefined
  readonly updates?: GivenMessages | undefined
  readonly promises?: readonly GivenSettlement[] | undefined
  readonly cancel?: GivenCancel | undefined
}

/** All that will happen, in the order in which it is tried. */
export function happeningsOf(given: GivenHappenings): Happening[] {
  const { signals = [], updates = [], promises = [], cancel } = given
  const happenings: Happening[] = [
    ...messagesOf("signal", signals),
    ...messagesOf("update", updates),
    ...promises.map((settlement) => ({
      type: "promise" as const,
      settlement,
      moment: checked("promises", settlement),
    })),
  ]
  if (cancel === undefined) return happenings
  const moment = cancel === true ? {} : checked("cancel", cancel)
  const reason = cancel === true ? undefined : cancel.reason
  return [...happenings, { type: "cancel", reason, moment }]
}

function messagesOf(type: "signal" | "update", given: GivenMessages): Happening[] {
  const list: readonly GivenMessage[] = Array.isArray(given)
    ? (given as readonly GivenMessage[])
    : Object.entries(given).map(([name, value]) => ({ name, value: valueAlone(type, name, value) }))
  return list.map((message) => {
    const { name, value } = message
    if (typeof name !== "string" || name === "") {
      throw new TypeError(
        `${type}s: each needs a name: { name: "approve", value: true, atMs: 5_000 }.`,
      )
    }
    return { type, name, value, moment: checked(`${type}s`, message) }
  })
}

/** @throws TypeError for a value that is meant to say when it comes: by its name, a signal has its value alone */
function valueAlone(type: string, name: string, value: unknown): unknown {
  const keys = typeof value === "object" && value !== null ? Object.keys(value) : []
  const saysWhen = keys.some((key) => key === "atMs" || key === "afterStep")
  if (!saysWhen || keys.some((key) => !FIELDS.has(key))) return value
  throw new TypeError(
    `${type}s: by its name, "${name}" has its value alone; with a moment it stands in a list: ${type}s: [{ name: "${name}", value: true, atMs: 5_000 }].`,
  )
}

const FIELDS = new Set("name value error path reason atMs afterStep when to".split(" "))

/** @throws TypeError for a field that would be ignored */
function checked<M extends Moment>(where: string, moment: M): M {
  const unknown = Object.keys(moment).find((key) => !FIELDS.has(key))
  if (unknown !== undefined) {
    throw new TypeError(
      `${where}: "${unknown}" is not known; say when with atMs, afterStep or when, and for whom with to.`,
    )
  }
  const { atMs, when } = moment
  const isKnown = when === undefined || when === "start" || when === "waiting"
  if (!isKnown && typeof when !== "function") {
    throw new TypeError(
      `${where}: when is ${String(when)}; it is "start", "waiting" or a function of the run.`,
    )
  }
  if (atMs !== undefined && !(Number.isFinite(atMs) && atMs >= 0)) {
    throw new TypeError(`${where}: atMs is ${atMs}; give milliseconds since the start, from 0.`)
  }
  return moment
}
