// Run status: how a run stands, and which of these are its end.

export type RunStatus =
  "running" | "suspended" | "paused" | "halted" | "completed" | "failed" | "cancelled" | "timed_out"

const FINAL_STATUSES: ReadonlySet<RunStatus> = new Set<RunStatus>([
  "completed",
  "failed",
  "cancelled",
  "timed_out",
])

/** Whether a run of this status has ended. */
export function isFinal(status: RunStatus): boolean {
  return FINAL_STATUSES.has(status)
}
