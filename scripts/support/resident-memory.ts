// Resident memory: how much of a process stands in memory now, as Linux tells it.

import { readFileSync } from "node:fs"

/** @throws Error where there is no such process */
export function residentMebibytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8")
  const kibibytes = Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? Number.NaN)
  if (Number.isNaN(kibibytes)) throw new Error(`Process ${pid} shows no resident memory.`)
  return kibibytes / 1024
}
