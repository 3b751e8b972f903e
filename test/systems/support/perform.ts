// Perform: a workflow walked through by hand, each step answering what the test says; no engine, no store.
// For tables of "these steps answered that, so the workflow did this"; how steps really run is tested elsewhere.

import type { Context } from "../../../src/engine/workflow/context.ts"
import { WorkflowContext } from "../../../src/engine/workflow/workflow-context.ts"
import { Operation } from "../../../src/engine/workflow/operation.ts"

export interface Performance {
  readonly result?: unknown
  /** The message of the panic that held. */
  readonly halted?: string
  /** Names of the steps, in the order they were called. */
  readonly called: readonly string[]
}

/** @param answers what each step gives back, or the error it throws, by the step function's name; also "date.now". */
export function perform(
  start: (ctx: Context) => Generator<unknown, unknown, never>,
  answers: Readonly<Record<string, unknown>>,
): Performance {
  const ctx = new WorkflowContext("run", {
    dependency: (name) => {
      throw new Error(`No dependency "${name}" outside a step.`)
    },
    workflowName: () => undefined,
  })
  const generator = start(ctx) as Generator<unknown, unknown, unknown>
  const called: string[] = []
  let turn = generator.next()
  while (turn.done !== true) {
    const operation = turn.value
    if (!(operation instanceof Operation)) throw new Error("The workflow yielded no operation.")
    const { spec } = operation
    switch (spec.kind) {
      case "run": {
        const { name } = spec.fn
        called.push(name)
        const answer = answers[name]
        turn = answer instanceof Error ? generator.throw(answer) : generator.next(answer)
        break
      }
      case "panic":
        if (spec.holds) return { halted: spec.message, called }
        turn = generator.next()
        break
      case "publish":
        turn = generator.next()
        break
      case "value":
        turn = generator.next(answers[spec.name])
        break
      default:
        throw new Error(`${spec.kind} cannot be performed by hand.`)
    }
  }
  return { result: turn.value, called }
}
