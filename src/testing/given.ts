// Given: what a test hands to the kit, looked at before anything runs.
// Owns: the arguments' forms and the words for what is wrong with them.

import type { InputOf, WorkflowFunction } from "../engine/context.ts"
import { kindOfFunction } from "../engine/function-kind.ts"

type Sole<Input> = Input extends readonly [infer One]
  ? One extends readonly unknown[]
    ? never
    : One
  : never

/** The workflow's arguments as a list; a single one that is no list may stand alone. */
export type GivenInput<F> = InputOf<F> | Sole<InputOf<F>>

export function inputList(workflow: WorkflowFunction, input: unknown): readonly unknown[] {
  if (input === undefined) return []
  return Array.isArray(input) ? (input as unknown[]) : [input]
}

/** @throws TypeError when the workflow is none, or an option is unknown and would be ignored */
export function checkOptions(
  caller: string,
  workflow: unknown,
  options: object,
  known: ReadonlySet<string>,
): void {
  if (typeof workflow !== "function" || kindOfFunction(workflow as WorkflowFunction) === "async") {
    throw new TypeError(
      `${caller} takes a workflow, a generator function (function*), got ${typeof workflow === "function" ? `the async function "${workflow.name}"` : typeof workflow}.`,
    )
  }
  const unknown = Object.keys(options).find((key) => !known.has(key))
  if (unknown === undefined) return
  throw new TypeError(
    `${caller}: there is no option "${unknown}". These are there: ${[...known].join(", ")}.`,
  )
}

const FUNCTIONS = {
  effects: "effects: () => charges",
  world: "world: () => ({ effects, steps })",
  reset: "reset: () => charges.clear()",
  compare: "compare: (run) => run.result",
}

/** @throws TypeError for an option of a sweep that could not be used as it is given */
export function checkSweep(options: Readonly<Record<string, unknown>>): void {
  for (const [key, example] of Object.entries(FUNCTIONS)) {
    const given = options[key]
    if (given === undefined || typeof given === "function") continue
    throw new TypeError(
      `crashEverywhere: ${key} is a function, called for each run: \`${example}\`; got ${kindOf(given)}.`,
    )
  }
  for (const key of ["pure", "idempotent"]) {
    const given = options[key]
    if (given === undefined || Array.isArray(given)) continue
    throw new TypeError(
      `crashEverywhere: ${key} is a list of names of steps: \`${key}: ["charge"]\`; got ${kindOf(given)}.`,
    )
  }
}

function kindOf(value: unknown): string {
  return Array.isArray(value) ? "a list" : value === null ? "null" : typeof value
}

/** What a workflow without a name of its own is called. */
export function nameOf(workflow: WorkflowFunction): string {
  return workflow.name === "" ? "workflow" : workflow.name
}
