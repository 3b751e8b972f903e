// Step warning: what the log says of an attempt that did not end well and is followed by another.

import { textOfThrown } from "./bare-error.ts"
import type { Core } from "./core.ts"
import type { StepEntry } from "./tree.ts"

export function warnOf(
  { run, ports }: Core,
  { name: step, path }: StepEntry,
  message: string,
  attempt: number,
  thrown: unknown,
  retryInMs?: number,
): void {
  const error = textOfThrown(thrown)
  ports.host.log("warn", message, { run: run.id, step, path, attempt, retryInMs, error })
}
