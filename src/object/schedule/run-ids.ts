// Run ids: how the runs of a schedule are called. Part of the contract: whoever knows name and instant knows the run.
// Invariant: every id fits in a run's id, whatever the schedule's name.

/** `<name>/2026-03-29T01:00:00.000Z`: a tick has one run, however often it is begun. */
export function tickRunId(name: string, tickMs: number): string {
  return `${name}/${new Date(tickMs).toISOString()}`
}

const MARK_CHARACTERS = 8

/** `<name>/2026-03-29T01:00:00.123Z/1f0c9a2b`: each trigger has a run of its own, and none is taken for a tick's. */
export function triggerRunId(name: string, atMs: number): string {
  return `${tickRunId(name, atMs)}/${crypto.randomUUID().slice(0, MARK_CHARACTERS)}`
}
