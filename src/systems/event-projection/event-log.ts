// Event log: the lines of a stream's steps, one a step, written together.
// Owns: the lines of one synchronous stretch, until its end. Must not touch: what stands in a line.
//   L1. A stretch of thousands of steps is one call of the console: under a development server each call costs more
//       than the step. The lines leave before anything else in the object can run.

import type { StepContext } from "../../engine/workflow/context.ts"

let lines: string[] = []

/** One JSON line with the run's id, the step, the attempt, a message for people and the event. */
export function logEvent(ctx: StepContext, message: string, eventId: string): void {
  const { id: run, name: step, attempt } = ctx
  if (lines.length === 0) queueMicrotask(write)
  lines.push(JSON.stringify({ run, step, attempt, message, event: eventId }))
}

function write(): void {
  const text = lines.join("\n")
  lines = []
  console.log(text)
}
