// Step log: the one line a step writes, so that a person can follow a run through its steps and attempts.
// Owns: the shape of the line. Must not touch: what the step does; no secret and no whole body belongs in it.

import type { StepContext } from "../engine/workflow/context.ts"

/** Writes one JSON line with the run's id, the step, the attempt, a message for people and a few facts. */
export function logStep(
  ctx: Pick<StepContext, "id" | "name" | "attempt">,
  message: string,
  fields: Readonly<Record<string, unknown>> = {},
): void {
  const { id: run, name: step, attempt } = ctx
  console.log(JSON.stringify({ run, step, attempt, message, ...fields }))
}
