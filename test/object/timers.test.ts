// Promises 6 and 15: deadlines are absolute, retries are durable.
// The clock of the object is the test's where it says so; the alarm is then fired by hand.

import { afterEach, describe, expect, it, vi } from "vitest"
import type { Context, StepContext } from "../../src/engine/workflow/context.ts"
import { Constant } from "../../src/engine/steps/retry.ts"
import { expectAlarmAsOwed } from "./support/alarm-owed.ts"
import {
  alarmOf,
  begin,
  codeOf,
  crash,
  endOf,
  errorOf,
  evict,
  fireAlarm,
  journalOf,
  pause,
  recordOf,
  resultOf,
  rowsOf,
  runs,
  suspended,
  until,
} from "./support/runs.ts"

const HOUR_MS = 3_600_000

function stopClock(): number {
  vi.useFakeTimers({ toFake: ["Date"] })
  return Date.now()
}

function advance(ms: number): void {
  vi.setSystemTime(Date.now() + ms)
}

afterEach(() => {
  vi.useRealTimers()
})

function* sleepy(ctx: Context, ms: number) {
  yield* ctx.sleep(ms)
  return yield* ctx.date.now()
}

describe("promise 6: a deadline is absolute", () => {
  it("fixed when first created, whatever wakes the run meanwhile", async () => {
    const startedMs = stopClock()
    const { id } = await begin(sleepy, [HOUR_MS])
    const due = startedMs + HOUR_MS
    for (const lose of [evict, crash, evict]) {
      advance(HOUR_MS / 4)
      await lose(id)
      expect((await recordOf(id)).waitingFor).toMatchObject([{ kind: "timer", untilMs: due }])
      expect(await alarmOf(id)).toBe(due)
    }
  })

  it("never early: an alarm before the time changes nothing, one at the time ends it", async () => {
    const startedMs = stopClock()
    const { id } = await begin(sleepy, [HOUR_MS])
    advance(HOUR_MS - 1)
    await fireAlarm(id)
    expect((await recordOf(id)).status).toBe("suspended")
    expect(await alarmOf(id)).toBe(startedMs + HOUR_MS)
    advance(1)
    await fireAlarm(id)
    expect(await resultOf(id)).toBe(startedMs + HOUR_MS)
  })

  it("a real alarm ends a sleep by itself, not before its time", async () => {
    const startedMs = Date.now()
    const { id } = await begin(sleepy, [60])
    await until(
      () => rowsOf(id, "SELECT status FROM run"),
      ([row]) => row?.["status"] === "completed",
    )
    expect(await resultOf(id)).toBeGreaterThanOrEqual(startedMs + 60)
  })

  const doors: Readonly<Record<string, (id: string, workflow: string) => Promise<unknown>>> = {
    get: (id) => runs.get(id),
    start: (id, workflow) => runs.start(id, { workflow, input: [HOUR_MS] }),
    journal: (id) => runs.journal(id, undefined, 10),
    state: (id) => runs.state(id, "nothing"),
    // Messages come too late: the run has ended by the time they are looked at.
    signal: (id) => codeOf(runs.signal(id, "other", 1)),
    update: (id) => codeOf(runs.update(id, "other", 1, { waitMs: 0 })),
    updateAnswer: (id) => runs.updateAnswer(id, "other", "key", 0),
    alarm: (id) => fireAlarm(id),
  }

  it.each(Object.keys(doors))(
    "what fell due while nothing ran fires by whatever door: %s",
    async (door) => {
      stopClock()
      const { id, workflow } = await begin(sleepy, [HOUR_MS])
      await evict(id)
      advance(HOUR_MS)
      await doors[door]?.(id, workflow)
      const [row] = await rowsOf(id, "SELECT status FROM run")
      expect(row).toEqual({ status: "completed" })
    },
  )

  it("sleep until an instant ends at that instant; one in the past ends at once", async () => {
    const startedMs = stopClock()
    const { id } = await begin(function* (ctx) {
      yield* ctx.sleep({ until: startedMs - HOUR_MS })
      yield* ctx.sleep({ until: new Date(startedMs + HOUR_MS) })
      return yield* ctx.date.now()
    })
    expect((await suspended(id)).waitingFor).toMatchObject([{ untilMs: startedMs + HOUR_MS }])
    advance(HOUR_MS)
    expect(await resultOf(id)).toBe(startedMs + HOUR_MS)
  })

  it("two sleeps that fell due in one absence fire in the order of their deadlines", async () => {
    stopClock()
    const { id } = await begin(function* (ctx) {
      const order: string[] = []
      function* one(inner: Context, name: string, ms: number) {
        yield* inner.sleep(ms)
        order.push(name)
      }
      const late = yield* ctx.beginRun(one, "late", HOUR_MS * 2)
      const early = yield* ctx.beginRun(one, "early", HOUR_MS)
      yield* ctx.all([late, early])
      return order
    })
    await crash(id)
    advance(HOUR_MS * 3)
    expect(await resultOf(id)).toEqual(["early", "late"])
  })

  it("the run's own deadline is absolute, too, and unwinds it", async () => {
    const startedMs = stopClock()
    const { id } = await begin(sleepy, [HOUR_MS], { timeoutMs: 1_000 })
    await evict(id)
    expect(await alarmOf(id)).toBe(startedMs + 1_000)
    advance(1_000)
    await fireAlarm(id)
    expect(await endOf(id)).toMatchObject({ status: "timed_out" })
    expect(await errorOf(id)).toMatchObject({ code: "timeout" })
    await expectAlarmAsOwed(id)
  })
})

describe("promise 15: retries are durable", () => {
  function failing(times: number) {
    const attempts: number[] = []
    const step = async (ctx: StepContext) => {
      attempts.push(ctx.attempt)
      if (attempts.length <= times) throw new Error(`failure ${attempts.length}`)
      return "at last"
    }
    return { attempts, step }
  }

  it("by default 2, 4, 8, 16, 30, 30 s apart, over evictions and crashes, and without end", async () => {
    stopClock()
    const { attempts, step } = failing(7)
    const { id } = await begin(function* (ctx) {
      return yield* ctx.run(step)
    })
    for (const [index, delayMs] of [
      2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000,
    ].entries()) {
      const { waitingFor } = await suspended(id)
      expect(waitingFor).toMatchObject([{ kind: "retry", untilMs: Date.now() + delayMs }])
      expect(await alarmOf(id)).toBe(Date.now() + delayMs)
      await (index % 2 === 0 ? evict(id) : crash(id))
      advance(delayMs - 1)
      await fireAlarm(id)
      expect(attempts).toHaveLength(index + 1)
      advance(1)
      await fireAlarm(id)
      await until(
        () => attempts.length,
        (count) => count === index + 2,
      )
    }
    expect(await resultOf(id)).toBe("at last")
    expect(attempts).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
  })

  it("a delay that would pass the deadline fails the step at once", async () => {
    const { attempts, step } = failing(9)
    const { id } = await begin(function* (ctx) {
      return yield* ctx.run(step, ctx.options({ timeoutMs: 1_999 }))
    })
    expect(await errorOf(id)).toMatchObject({ message: "failure 1" })
    expect(attempts).toEqual([1])
  })

  it("maxRetries counts over a crash", async () => {
    const { attempts, step } = failing(9)
    const { id } = await begin(function* (ctx) {
      const retryPolicy = Constant({ delayMs: 30, maxRetries: 2 })
      return yield* ctx.run(step, ctx.options({ retryPolicy }))
    })
    await crash(id)
    expect(await errorOf(id)).toMatchObject({ message: "failure 3" })
    expect(attempts).toEqual([1, 2, 3])
    expect(await journalOf(id)).toMatchObject([{ attempts: 3, state: "failed" }])
  })

  it("an error that says so is not tried again", async () => {
    let calls = 0
    const step = async () => {
      calls++
      throw Object.assign(new Error("never"), { nonRetryable: true })
    }
    const { id } = await begin(function* (ctx) {
      return yield* ctx.run(step)
    })
    expect(await errorOf(id)).toMatchObject({ message: "never" })
    await pause(20)
    expect(calls).toBe(1)
  })

  it("a retry shows as suspended, with the error in the journal", async () => {
    const { step } = failing(9)
    const { id } = await begin(function* (ctx) {
      return yield* ctx.run(step)
    })
    expect((await suspended(id)).status).toBe("suspended")
    const [entry] = await journalOf(id)
    expect(entry).toMatchObject({ state: "waiting", attempts: 1 })
    expect(entry?.errorText).toContain("failure 1")
  })
})
