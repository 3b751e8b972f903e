// Step warning: what the log says of an attempt that did not end well and is followed by another.

import { textOfThrown } from "../values/bare-error.ts"
import type { Core } from "../machine/core.ts"
import type { StepEntry } from "../machine/tree.ts"

/** Nobody knows how far it got. */
export function warnOfLost(core: Core, entry: StepEntry, thrown: unknown): void {
  const message = `An attempt of step ${entry.name} was lost and is made again.`
  warnOf(core, entry, message, entry.body.attempts, thrown)
}

/** It was tried again before, and is not any more. */
export function warnOfEnd(core: Core, entry: StepEntry, attempt: number, thrown: unknown): void {
  if (entry.body.failures === 0) return
  warnOf(core, entry, `Step ${entry.name} has failed for good.`, attempt, thrown)
}

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
