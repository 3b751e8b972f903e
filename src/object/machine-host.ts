// Machine host: what a machine asks of the object it runs in.
// Owns: the wiring of the engine's Host port.

import type { Host } from "../engine/ports.ts"
import type { DriverParts } from "./driver-parts.ts"
import { logLine } from "./run-log.ts"

type HostParts = Pick<
  DriverParts,
  "dependency" | "workflowName" | "crash" | "undoStretch" | "about"
>

export interface RunHost extends Host {
  /** The machine was driven: whatever it was to be woken for is taken up. */
  driven(): void
}

export function machineHost(parts: HostParts, wake: () => void): RunHost {
  let isWaking = false
  return {
    // Attempts that end in the same turn are one stretch: their outcomes are written together.
    wake() {
      if (isWaking) return
      isWaking = true
      queueMicrotask(() => {
        if (!isWaking) return
        isWaking = false
        wake()
      })
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
