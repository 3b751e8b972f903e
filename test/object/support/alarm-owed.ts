// Alarm owed: promise 12 as one sentence to be said after anything that was done to a run.

import { runInDurableObject } from "cloudflare:test"
import { expect } from "vitest"
import { SLOT_AUDIT_MS } from "../../../src/object/limiter/run-slot.ts"
import { pause, stubOf } from "./runs.ts"

interface Owed {
  readonly status: string
  readonly due: number
  /** It waits in the queue of a limiter, which it asks again now and then. */
  readonly isQueued: boolean
  /** When an ended run deletes itself. */
  readonly deleteAt: number | null
  readonly alarm: number | null
}

/** What the rows say that is owed, and the alarm that is set, at one instant. */
async function owedBy(id: string): Promise<Owed> {
  return runInDurableObject(stubOf(id), async (_, { storage }) => {
    for (;;) {
      const before = rowsIn(storage)
      const alarm = await storage.getAlarm()
      // Something may have happened while the alarm was asked for.
      if (JSON.stringify(before) === JSON.stringify(rowsIn(storage))) return { ...before, alarm }
    }
  })
}

function rowsIn({ sql }: DurableObjectStorage) {
  const run = sql
    .exec<
      Record<"deadline_at" | "start_at" | "delete_at", number | null> & {
        status: string
        limits: string | null
      }
    >(
      "SELECT status, deadline_at, delete_at, limits, CASE WHEN started_at IS NULL THEN start_at END AS start_at FROM run",
    )
    .one()
  const hasWaits = sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'waits'").toArray().length > 0
  const waits = hasWaits
    ? sql.exec<{ due: number | null }>("SELECT MIN(due) AS due FROM waits").one()
    : { due: null }
  return {
    status: run.status,
    deleteAt: run.delete_at,
    isQueued: (JSON.parse(run.limits ?? "{}") as { state?: string }).state === "asked",
    due: Math.min(waits.due ?? Infinity, run.deadline_at ?? Infinity, run.start_at ?? Infinity),
  }
}

/** While an alarm is being delivered none is set, for a moment. */
const DELIVERY_MS = 1_000

/** The alarm is what the rows of the run ask for: none, any, or one at an instant. */
export async function expectAlarmAsOwed(id: string): Promise<void> {
  const untilMs = performance.now() + DELIVERY_MS
  let owed = await owedBy(id)
  while (!isAsOwed(owed) && performance.now() < untilMs) {
    await pause(5)
    owed = await owedBy(id)
  }
  expect(owed).toSatisfy(isAsOwed)
}

function isAsOwed({ status, due, isQueued, deleteAt, alarm }: Owed): boolean {
  if (status === "suspended" && isQueued) {
    return alarm !== null && alarm <= Math.min(due, Date.now() + SLOT_AUDIT_MS)
  }
  switch (status) {
    case "running":
      return alarm !== null && alarm <= due
    case "suspended":
      return alarm === (due === Infinity ? null : due)
    default:
      return alarm === deleteAt
  }
}
