// Machine host: what a machine asks of the object it runs in.
// Owns: the wiring of the engine's Host port.

import type { Host } from "../../engine/ports/ports.ts"
import type { DriverParts } from "./driver-parts.ts"
import { logLine } from "../run-log.ts"

type HostParts = Pick<
  DriverParts,
  "dependency" | "workflowName" | "crash" | "undoStretch" | "about"
>

export interface RunHost extends Host {
  /**
   * The machine is driven now: whatever it was to be woken for is taken up, or lost with it. Told before the drive: one that
   * throws is tried again by the alarm, later and later, and not at once.
   */
  driven(): void
}

export function machineHost(parts: HostParts, wake: () => void): RunHost {
  let isWaking = false
  let isGathering = false
  let areOthersAtWork = false

  function wakeNow(): void {
    if (!isWaking) return
    isWaking = false
    wake()
  }

  /** What ended in this turn is known. */
  function atItsEnd(): void {
    if (!areOthersAtWork) return wakeNow()
    if (isGathering || !isWaking) return
    isGathering = true
    // Not a timer of the run: the watchdog's alarm stands behind the attempts.
    setTimeout(() => {
      isGathering = false
      wakeNow()
    }, 0)
  }

  return {
    // Each stretch is a commit. Attempts that end in the same turn are one; and while others are at work, so are those that
    // end in turns right behind one another, as those of steps that wait equally long do.
    wake(mayMoreEnd) {
      areOthersAtWork = mayMoreEnd
      if (isWaking && mayMoreEnd) return
      isWaking = true
      // A promise's turn: `queueMicrotask` is a call out of the engine in this runtime, and there is one for each attempt.
      void Promise.resolve().then(atItsEnd)
    },
    driven() {
      isWaking = false
    },
    dependency: (name) => parts.dependency(name),
    workflowName: (fn) => parts.workflowName(fn),
    crash: () => parts.crash(),
    undoStretch: (error) => parts.undoStretch(error),
    log: (level, message, fields) => logLine(level, message, { ...parts.about(), ...fields }),
  }
}
