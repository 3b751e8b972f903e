// Alarm again: an alarm that the platform delivers once more, because the object died while it handled it.
// Owns: what is done before the work is tried once more. Must not touch: the work.
// Why: our handlers catch what is thrown. What ends them all the same (too much memory, too much CPU time) may do so each
// time, and after six tries the platform forgets the alarm, and nobody would look at the object again (promise 12).
//   A1. Another alarm is on disk before the work begins: it takes the place of the platform's own tries, and has no end.

import { LEASE_MS_MAX } from "../engine/limits.ts"

/** @returns when the alarm behind this one is set for; `null` for a first delivery, which has none. */
export async function alarmBehind(
  storage: DurableObjectStorage,
  info: AlarmInvocationInfo | undefined,
): Promise<number | null> {
  if (info?.isRetry !== true) return null
  const atMs = Date.now() + LEASE_MS_MAX
  // What the store refuses is thrown: the platform goes on trying.
  await storage.setAlarm(atMs)
  await storage.sync()
  return atMs
}
