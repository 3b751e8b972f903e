// The trial of `npm run scale -- --sleepers`, with few of them: a runtime that is killed in their sleep wakes all, each once.

import { expect, it } from "vitest"
import { lossesOf } from "../../scripts/scale/sleepers/sleepers-report.ts"
import { runTrial } from "../../scripts/scale/sleepers/trial.ts"

const OPTIONS = {
  sleepers: 40,
  callers: 8,
  hasIndex: true,
  isFloor: false,
  dueInMs: 9_000,
  settleMs: 500,
  windowMs: 500,
  kill: "asleep",
} as const

it("wakes all sleepers after a kill, with no request, and counts them from the disk", async () => {
  const figures = await runTrial(OPTIONS, () => undefined)
  expect(figures).toMatchObject({ woken: 40, wokenByAlarm: 40, twice: 0, isInTime: true })
  expect(figures.statuses).toEqual({ completed: 40 })
  expect(figures.index?.statuses).toMatchObject({ completed: 40 })
  expect(figures.latenessMs).toHaveLength(40)
  expect(Math.min(...figures.latenessMs)).toBeGreaterThanOrEqual(0)
  expect(figures.asleep.bytesPerSleeper).toBeGreaterThan(4_096)
  expect(lossesOf(figures)).toEqual([])
}, 60_000)

it("tells of what is lost", () => {
  const figures = {
    options: { ...OPTIONS, sleepers: 3 },
    isInTime: true,
    woken: 2,
    wokenByAlarm: 1,
    twice: 1,
    statuses: { completed: 2, suspended: 1 },
  }
  expect(lossesOf(figures)).toEqual([
    "1 were missed by the runtime and woken by a rebuild",
    "1 never woke",
    "1 ran their step more than once",
    "2 of 3 are completed on disk: 2 completed, 1 suspended",
  ])
})
