// Machine host: what a machine asks of the object it runs in.
// Owns: the wiring of the engine's Host port.

import type { Host } from "../engine/ports.ts"
import type { DriverParts } from "./driver-parts.ts"
import { logLine } from "./run-log.ts"

type HostParts = Pick<DriverParts, "dependency" | "workflowName" | "crash" | "about">

export function machineHost(parts: HostParts, wake: () => void): Host {
  return {
    wake,
    dependency: (name) => parts.dependency(name),
    workflowName: (fn) => parts.workflowName(fn),
    crash: () => parts.crash(),
    log: (level, message, fields) => logLine(level, message, { ...parts.about(), ...fields }),
  }
}
