// Promise 12 at the object: while work is owed, an alarm is set.

import { runInDurableObject } from "cloudflare:test"
import { afterEach, describe, expect, it, vi } from "vitest"
import type { Context, StepContext } from "../../src/engine/workflow/context.ts"
import { Constant } from "../../src/engine/steps/retry.ts"
import {
  alarmOf,
  begin,
  crash,
  endOf,
  evict,
  fireAlarm,
  newId,
  recordOf,
  resultOf,
  runs,
  stubOf,
  tablesOf,
  until,
} from "./support/runs.ts"
import { expectAlarmAsOwed } from "./support/alarm-owed.ts"
import { registry } from "./support/registry.ts"
import { watchOf } from "./support/watch.ts"

afterEach(() => {
  vi.useRealTimers()
})

const plain = (_: StepContext, value: unknown) => value

const waits = registry.define(function* waits(ctx: Context) {
  yield* ctx.signal("go")
})

describe("promise 12: after every door the alarm is what the rows ask for", () => {
  it("through the whole life of a run, over crashes and evictions", async () => {
    const gate = Promise.withResolvers<void>()
    const hang = () => gate.promise
    const flaky = async ({ attempt }: StepContext) => {
      if (attempt < 2) throw new Error("once")
    }
    const { id } = await begin(
      function* (ctx) {
        yield* ctx.run(plain, 1)
        yield* ctx.signal("go")
        yield* ctx.run(flaky, ctx.options({ retryPolicy: Constant({ delayMs: 20 }) }))
        yield* ctx.race([ctx.signal("go"), ctx.sleep(60_000)])
        const promise = yield* ctx.promise({ timeoutMs: 90_000 })
        yield* promise
        const message = yield* ctx.receive("ask")
        message.reply("answer")
        yield* ctx.run(hang)
        yield* ctx.publish("state", 1)
      },
      [],
      { timeoutMs: 3_600_000 },
    )
    const doors: (() => Promise<unknown>)[] = [
      () => recordOf(id),
      () => runs.signal(id, "other", 1),
      () => runs.signal(id, "go", 1),
      () =>
        until(
          () => recordOf(id),
          ({ waitingFor }) => waitingFor.some(({ kind }) => kind === "signal"),
        ),
      () => runs.signal(id, "go", 2),
      async () => {
        const { waitingFor } = await recordOf(id)
        const token = waitingFor.find(({ kind }) => kind === "promise")?.token ?? ""
        return runs.settlePromise(token, { type: "resolve", value: 1 })
      },
      () => runs.update(id, "ask", 1, { waitMs: 1_000 }),
      () => runs.journal(id, undefined, 10),
      () => runs.state(id, "state").catch(() => undefined),
      async () => {
        gate.resolve()
        await endOf(id)
      },
    ]
    for (const door of doors) {
      await door()
      await expectAlarmAsOwed(id)
      await crash(id)
      await expectAlarmAsOwed(id)
      await recordOf(id)
      await expectAlarmAsOwed(id)
    }
    expect((await recordOf(id)).status).toBe("completed")
  })

  it("a run of many slices has one behind every slice", async () => {
    const { id } = await begin(function* (ctx) {
      for (let n = 0; n < 30_000; n++) yield* ctx.run(plain, n)
      return "done"
    })
    for (let n = 0; n < 5; n++) {
      await expectAlarmAsOwed(id)
      await crash(id)
      await expectAlarmAsOwed(id)
      await fireAlarm(id)
    }
    expect(await resultOf(id)).toBe("done")
  })

  it("a run that waits for a signal alone has none; killed and cancelled ones neither", async () => {
    for (const end of ["kill", "cancel"] as const) {
      const { id } = await begin(function* (ctx) {
        yield* ctx.race([ctx.signal("go"), ctx.sleep(60_000)])
      })
      await expectAlarmAsOwed(id)
      await runs[end](id, {})
      await expectAlarmAsOwed(id)
      await crash(id)
      await recordOf(id)
      await expectAlarmAsOwed(id)
    }
  })

  it("an alarm that the platform lost is set again by whoever looks", async () => {
    const { id } = await begin(function* (ctx) {
      yield* ctx.sleep(60_000)
    })
    const due = await alarmOf(id)
    await evict(id)
    await runInDurableObject(stubOf(id), (_, state) => state.storage.deleteAlarm())
    await recordOf(id)
    expect(await alarmOf(id)).toBe(due)
  })

  it("the watchdog's lease grows while one attempt is in flight, and is not pushed ahead by doors", async () => {
    vi.useFakeTimers({ toFake: ["Date"] })
    const gate = Promise.withResolvers<string>()
    const { id } = await begin(function* (ctx) {
      return yield* ctx.run(() => gate.promise)
    })
    const leases: number[] = []
    for (let n = 0; n < 7; n++) {
      const alarm = (await alarmOf(id)) ?? 0
      leases.push(alarm - Date.now())
      vi.setSystemTime(Date.now() + 10)
      await recordOf(id)
      expect(await alarmOf(id)).toBe(alarm)
      vi.setSystemTime(alarm)
      await fireAlarm(id)
    }
    expect(leases).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000])
    gate.resolve("done")
    expect(await resultOf(id)).toBe("done")
    await expectAlarmAsOwed(id)
  })
})

describe("promise 12: an alarm that comes before its time", () => {
  /** As the platform delivers it, by a clock that was set back after it had been found due. */
  function deliver(id: string, setForMs: number): Promise<void> {
    return runInDurableObject(stubOf(id), (object: { alarm(info: AlarmInvocationInfo): void }) =>
      object.alarm({ scheduledTime: setForMs, isRetry: false, retryCount: 0 }),
    )
  }

  const lives = {
    "in the same life": () => Promise.resolve(),
    "in a new life": evict,
    "after a crash": crash,
  }

  it.each(Object.keys(lives) as (keyof typeof lives)[])(
    "is not set for the very same instant again, which the platform would take for no change and forget: %s",
    async (life) => {
      const { id } = await begin(function* (ctx) {
        yield* ctx.sleep(60_000)
      })
      const dueMs = (await alarmOf(id)) ?? 0
      await lives[life](id)
      await deliver(id, dueMs)
      expect(await alarmOf(id)).toBe(dueMs + 1)
      // The next one comes for the instant after it.
      await deliver(id, dueMs + 1)
      expect(await alarmOf(id)).toBe(dueMs)
      expect((await recordOf(id)).status).toBe("suspended")
    },
  )
})

describe("promise 12: an alarm in which the run goes, with a message under way", () => {
  it("is not set for the very same instant again: what was to be told stays owed", async () => {
    const id = newId()
    const watch = watchOf(id)
    const gate = Promise.withResolvers<void>()
    watch.onCall = () => gate.promise
    vi.useFakeTimers({ toFake: ["Date"] })
    await begin(
      function* (ctx) {
        yield* ctx.detached(waits, ctx.options({ id: `${id}-child` }))
      },
      [],
      { id, options: { retentionMs: 500 } },
    )
    // The run is to go first. In its place comes the alarm behind the message, late, which finds both due.
    await until(
      () => Promise.resolve(watch.calls),
      (calls) => calls > 0,
    )
    const leaseMs = Date.now() + 1_000
    vi.setSystemTime(leaseMs + 10_000)
    const alarmMs = await runInDurableObject(stubOf(id), async (object, { storage }) => {
      await storage.setAlarm(leaseMs)
      const info = { scheduledTime: leaseMs, isRetry: false, retryCount: 0 }
      await (object as unknown as { alarm(info: AlarmInvocationInfo): Promise<void> }).alarm(info)
      return storage.getAlarm()
    })
    expect(await tablesOf(id)).not.toContain("run")
    expect(alarmMs).toBe(leaseMs + 1)
    gate.resolve()
    watch.onCall = undefined
    vi.useRealTimers()
    await until(
      () => runs.get(`${id}-child`),
      (run) => run !== undefined,
    )
    await runs.kill(`${id}-child`, {})
  })
})

describe("promise 12: a run that gives way in the middle keeps its alarm", () => {
  it("when its generation ends in an alarm: a crash before its next turn leaves it an alarm", async () => {
    const { id } = await begin(function* (ctx, generation = 0) {
      if (generation > 0) return "next"
      yield* ctx.sleep(60_000)
      return yield* ctx.continueAsNew(generation + 1)
    })
    vi.useFakeTimers({ toFake: ["Date", "setTimeout"], now: Date.now() + 60_001 })
    const alarmMs = await runInDurableObject(stubOf(id), async (object, { storage }) => {
      await object.alarm()
      // Its next turn is a timer away, and that does not fire here.
      return storage.getAlarm()
    })
    expect(alarmMs).not.toBeNull()
    await crash(id)
    vi.useRealTimers()
    expect(await fireAlarm(id)).toBe(true)
    expect(await resultOf(id)).toBe("next")
  })
})
