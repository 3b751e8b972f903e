// Alarm delivery: what is known of an alarm that the platform delivers, and what stands behind one that it delivers once
// more, because the object died while it handled it.
// Owns: what is done before the work is tried once more. Must not touch: the work.
// Why: our handlers catch what is thrown. What ends them all the same (too much memory, too much CPU time) may do so each
// time, and after six tries the platform forgets the alarm, and nobody would look at the object again (promise 12).
//   A1. Another alarm is on disk before the work begins: it takes the place of the platform's own tries, and has no end.

import { LEASE_MS_MAX } from "../engine/limits.ts"

export interface AlarmDelivery {
  /** What it had been set for; `undefined` where the platform does not tell. */
  readonly setForMs: number | undefined
  /** Whether another one was set behind it. Others may have moved that one since: where it stands now nobody knows. */
  readonly isBacked: boolean
}

export async function deliveryOf(
  storage: DurableObjectStorage,
  info: AlarmInvocationInfo | undefined,
): Promise<AlarmDelivery> {
  const setForMs = info?.scheduledTime
  if (info?.isRetry !== true) return { setForMs, isBacked: false }
  // What the store refuses is thrown: the platform goes on trying.
  await storage.setAlarm(Date.now() + LEASE_MS_MAX)
  await storage.sync()
  return { setForMs, isBacked: true }
}
