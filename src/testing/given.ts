// Given: what a test hands to the kit, looked at before anything runs.
// Owns: the arguments' forms and the words for what is wrong with them.

import type { InputOf, WorkflowFunction } from "../engine/workflow/context.ts"
import { kindOfFunction } from "../engine/workflow/function-kind.ts"

type Sole<Input> = Input extends readonly [infer One]
  ? One extends readonly unknown[]
    ? never
    : One
  : never

/** The workflow's arguments as a list; a single one that is no list may stand alone. */
export type GivenInput<F> = InputOf<F> | Sole<InputOf<F>>

export function inputList(workflow: WorkflowFunction, input: unknown): readonly unknown[] {
  if (input === undefined) return []
  refuseOptions(workflow, input)
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
  if (unknown !== undefined) {
    throw new TypeError(
      `${caller}: there is no option "${unknown}". These are there: ${[...known].join(", ")}.`,
    )
  }
  for (const key of ["steps", "children", "dependencies"]) {
    const given: unknown = Reflect.get(options, key)
    if (given === undefined || isRecord(given)) continue
    throw new TypeError(
      `${caller}: ${key} is an object with an entry for each name, ${key}: { name: … }; got ${kindOf(given)}.`,
    )
  }
}

/** What no argument of a workflow is called, but an option is. */
const TELLING = new Set(
  "steps signals updates promises children dependencies during world".split(" "),
)

/** @throws TypeError when options stand where the input does, to a workflow that takes none */
function refuseOptions(workflow: WorkflowFunction, input: unknown): void {
  if (workflow.length > 1 || !isRecord(input)) return
  const [key] = Object.keys(input)
  if (key === undefined || !TELLING.has(key)) return
  throw new TypeError(
    `The workflow "${nameOf(workflow)}" takes no arguments, and { ${key}: … } stands in their place: options come after the input, (${nameOf(workflow)}, [], { ${key}: … }).`,
  )
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false
  return !(value instanceof Map || value instanceof Set)
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
  if (Array.isArray(value)) return "a list"
  if (value instanceof Map || value instanceof Set) return `a ${value.constructor.name}`
  return value === null ? "null" : typeof value
}

/** What a workflow without a name of its own is called. */
export function nameOf(workflow: WorkflowFunction): string {
  return workflow.name === "" ? "workflow" : workflow.name
}
