// Fault-of: the fault on purpose that is meant for an attempt (development only).
// Owns: the match. Must not touch: what a fault does (steps.ts).

import type { Core } from "../machine/core.ts"
import type { Fault } from "../ports/ports.ts"
import type { StepEntry } from "../machine/tree.ts"

export function faultOf({ run }: Core, entry: StepEntry, number: number): Fault | undefined {
  return run.faults.find(
    (fault) =>
      fault.step === entry.name &&
      fault.call === entry.body.call &&
      (fault.attempt === "*" || fault.attempt === number),
  )
}
