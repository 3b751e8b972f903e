// Alarm owed: promise 12 as one sentence to be said after anything that was done to a run.

import { runInDurableObject } from "cloudflare:test"
import { expect } from "vitest"
import { stubOf } from "./runs.ts"

/** What the rows say that is owed, and the alarm that is set, at one instant. */
async function owedBy(id: string): Promise<{ run: object; due: number; alarm: number | null }> {
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
  const run = sql.exec("SELECT status, deadline_at FROM run").one()
  const hasWaits = sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'waits'").toArray().length > 0
  const waits = hasWaits ? sql.exec("SELECT MIN(due) AS due FROM waits").one() : {}
  const due = Math.min(
    Number((waits as { due?: number }).due ?? Infinity),
    Number(run["deadline_at"] ?? Infinity),
  )
  return { run, due }
}

/** The alarm is what the rows of the run ask for: none, any, or one at an instant. */
export async function expectAlarmAsOwed(id: string): Promise<void> {
  const { run, due, alarm } = await owedBy(id)
  switch ((run as { status: string }).status) {
    case "running":
      expect(alarm).not.toBeNull()
      expect(alarm).toBeLessThanOrEqual(due)
      return
    case "suspended":
      expect(alarm).toBe(due === Infinity ? null : due)
      return
    default:
      expect(alarm).toBeNull()
  }
}
