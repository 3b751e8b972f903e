// Step context: what a step needs to be called outside a run, as a plain function.

import type { Context, StepContext } from "../../../src/engine/workflow/context.ts"
import { WorkflowContext } from "../../../src/engine/workflow/workflow-context.ts"

export function stepContext(
  dependencies: Readonly<Record<string, unknown>>,
  fields: Partial<Pick<StepContext, "id" | "name" | "attempt" | "runCreatedAtMs" | "signal">>,
): Context & StepContext {
  const getDependency = <T>(name: string): T => {
    if (!(name in dependencies)) throw new Error(`The test gives no dependency "${name}".`)
    return dependencies[name] as T
  }
  const host = { dependency: getDependency, workflowName: () => undefined }
  return Object.assign(new WorkflowContext(fields.id ?? "run", host), {
    name: "step",
    path: "0",
    attempt: 1,
    idempotencyKey: "run/1/0/0",
    runCreatedAtMs: 1_700_000_000_000,
    signal: new AbortController().signal,
    getDependency,
    ...fields,
  })
}
