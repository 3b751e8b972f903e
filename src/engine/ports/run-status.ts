// Run status: how a run stands, and which of these are its end.

export type RunStatus =
  "running" | "suspended" | "paused" | "halted" | "completed" | "failed" | "cancelled" | "timed_out"

export const FINAL_STATUSES: readonly RunStatus[] = [
  "completed",
  "failed",
  "cancelled",
  "timed_out",
]

const statuses: Readonly<Record<RunStatus, true>> = {
  running: true,
  suspended: true,
  paused: true,
  halted: true,
  completed: true,
  failed: true,
  cancelled: true,
  timed_out: true,
}

/** All of them, for whoever reads one that was written elsewhere. */
export const RUN_STATUSES: ReadonlySet<RunStatus> = new Set(Object.keys(statuses) as RunStatus[])

/** Whether a run of this status has ended. */
export function isFinal(status: RunStatus): boolean {
  return FINAL_STATUSES.includes(status)
}
