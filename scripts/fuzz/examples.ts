// Examples: for operations of the contract a body that they take, from which the fuzzer bends others.
// Owns: the table by operationId. An operation that is missing here is fuzzed with bodies of no particular form.

const SESSION = { sessionId: "fuzz", userId: "u", idleTimeoutMs: 60_000 }

/** A year between two ticks: the fuzzer's schedules must not run the machine hot. */
const YEARLY = "0 0 1 1 *"

export const EXAMPLES: Readonly<Record<string, unknown>> = {
  startRun: {
    workflow: "userSession",
    input: [SESSION],
    tags: { a: "b" },
    timeoutMs: 60_000,
    signal: { name: "activity", value: { type: "click" } },
  },
  signalRun: { type: "click", data: { at: 1 } },
  updateRun: { to: "confirmed" },
  resolvePromise: { any: ["value"] },
  rejectPromise: { message: "no", code: "no", details: { a: 1 } },
  cancelRun: { reason: "fuzz" },
  killRun: { reason: "fuzz" },
  pauseRun: { reason: "fuzz" },
  resumeRun: { startAt: "2026-01-31T08:00:00.000Z", reason: "fuzz" },
  retryRun: { from: "0", reason: "fuzz" },
  skipRun: { path: "0", value: 1, reason: "fuzz" },
  forkRun: { id: "fuzz-fork", from: "0", reason: "fuzz" },
  putSchedule: { workflow: "userSession", input: [SESSION], cron: YEARLY, timeZone: "UTC" },
  pauseSchedule: { reason: "fuzz" },
  resumeSchedule: { reason: "fuzz" },
  triggerSchedule: {},
  backfillSchedule: { from: "2024-01-01T00:00:00.000Z", to: "2026-01-01T00:00:00.000Z" },
}
