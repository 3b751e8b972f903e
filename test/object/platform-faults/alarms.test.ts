// Alarms that fail twenty times, come early, late, twice, again after a death, or not at all: for runs, limiters and
// schedules the same holds: while work is owed an alarm is set, and nothing is done twice or before its time.

import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import type { Context, StepContext } from "../../../src/engine/workflow/context.ts"
import { LEASE_MS_MAX } from "../../../src/engine/limits.ts"
import { deliveryOf } from "../../../src/object/alarm-delivery.ts"
import { RunAlarm } from "../../../src/object/run-alarm.ts"
import { fireLimiter, limiterRecord, limiterStub, settled, slotOf } from "../support/limits.ts"
import { registry } from "../support/registry.ts"
import {
  alarmOf,
  begin,
  crash,
  evict,
  fireAlarm,
  newId,
  pause,
  recordOf,
  resultOf,
  rowsOf,
  runs,
  stubOf,
  suspended,
  until,
} from "../support/runs.ts"
import {
  alarmAtRest,
  evictSchedule,
  newName,
  scheduleAlarm,
  scheduleStub,
  schedules,
  setClock,
  ticksBegun,
  wakeAt,
} from "../support/schedules.ts"
import { watchOf } from "../support/watch.ts"

/** Pauses after so many failures in a row: they grow, and end at five seconds. */
const PAUSES = [100, 200, 400, 800, 1_600, 3_200, ...Array<number>(14).fill(5_000)]

beforeEach(() => {
  vi.spyOn(console, "error").mockImplementation(() => undefined)
})

afterEach(() => {
  vi.restoreAllMocks()
  vi.useRealTimers()
})

function stopClock(): void {
  vi.useFakeTimers({ toFake: ["Date"] })
}

/** The store of this object throws at these statements, so many times. */
function breakStore(name: string, statements: RegExp, times: number): { failures: number } {
  const store = { failures: times }
  watchOf(name).onStatement = (statement) => {
    if (store.failures > 0 && statements.test(statement)) {
      store.failures--
      throw new Error("The store fails on purpose.")
    }
  }
  return store
}

interface Alarmable extends Rpc.DurableObjectBranded {
  alarm(info: AlarmInvocationInfo): Promise<void>
  fetch(request: Request): Promise<Response>
}

interface Alarmed {
  readonly alarm: () => Promise<number | null>
  readonly fire: () => Promise<boolean>
}

/** Fires the alarm at its instant until the store is whole again; gives the pauses that were left each time. */
async function pausesWhileBroken(
  { alarm, fire }: Alarmed,
  store: { failures: number },
): Promise<number[]> {
  const pauses: number[] = []
  for (let looks = 0; store.failures > 0 && looks < 400; looks++) {
    vi.setSystemTime(Math.max(Date.now(), (await alarm()) ?? 0))
    // A handler that throws would be thrown here. Where the machine was slow, the platform has come first.
    if (await fire()) pauses.push(((await alarm()) ?? Number.NaN) - Date.now())
    else await pause(20)
  }
  return pauses
}

const oneAtOnce = { limits: { key: () => "all", concurrency: 1 } }

function* gated(ctx: Context) {
  yield* ctx.signal("go")
}

// oxlint-disable-next-line require-yield
function* quick() {
  return "done"
}

/** A limiter with a holder and one that waits. */
async function queue() {
  const workflow = registry.define(gated, oneAtOnce)
  const [holder, next] = [newId(), newId()]
  await runs.start(holder, { workflow, input: [] })
  const { limiter } = await slotOf(holder)
  await settled(limiter, ({ holders }) => holders.length === 1)
  await runs.start(next, { workflow, input: [] })
  await settled(limiter, ({ queue: waiting }) => waiting.length === 1)
  return { holder, next, limiter }
}

async function hourly() {
  const name = newName()
  const workflow = registry.define(quick)
  await schedules.put(name, { workflow, input: [], cron: "0 * * * *" })
  return name
}

describe("an alarm whose handler fails twenty times in a row: the pauses grow, end at five seconds, and it ends well", () => {
  it("of a run", async () => {
    stopClock()
    const { id } = await begin(function* (ctx) {
      yield* ctx.sleep(1_000)
      return "done"
    })
    const store = breakStore(id, /^INSERT INTO journal/, 20)
    const pauses = await pausesWhileBroken(
      { alarm: () => alarmOf(id), fire: () => fireAlarm(id) },
      store,
    )
    expect(pauses).toEqual(PAUSES)
    vi.setSystemTime((await alarmOf(id)) ?? 0)
    await fireAlarm(id)
    expect(await rowsOf(id, "SELECT status FROM run")).toEqual([{ status: "completed" }])
  })

  it("of a limiter", async () => {
    const { holder, next, limiter } = await queue()
    stopClock()
    const store = breakStore(limiter, /^INSERT INTO holders/, 21)
    // Its slot is free, and cannot be given on: the first failure is that of this message.
    await runs.signal(holder, "go", 1)
    await resultOf(holder)
    await until(
      () => store.failures,
      (failures) => failures <= 20,
    )
    const alarm = async () => (await limiterRecord(limiter)).alarm
    const pauses = await pausesWhileBroken({ alarm, fire: () => fireLimiter(limiter) }, store)
    expect(pauses.at(-1)).toBe(5_000)
    expect(Math.max(...pauses)).toBe(5_000)
    expect(pauses).toEqual([...pauses].sort((one, other) => one - other))
    vi.setSystemTime((await alarm()) ?? 0)
    await fireLimiter(limiter)
    const { holders } = await settled(limiter, (record) => record.holders.length === 1)
    expect(holders).toEqual([next])
  })

  it("of a schedule", async () => {
    setClock("2031-05-01T00:10:00.000Z")
    const name = await hourly()
    vi.setSystemTime((await alarmAtRest(name)) ?? 0)
    const store = breakStore(name, / INTO starts/, 20)
    const pauses = await pausesWhileBroken(
      {
        alarm: () => scheduleAlarm(name),
        fire: () => runDurableObjectAlarm(scheduleStub(name)),
      },
      store,
    )
    expect(pauses).toEqual(PAUSES)
    vi.setSystemTime((await scheduleAlarm(name)) ?? 0)
    await runDurableObjectAlarm(scheduleStub(name))
    const ticks = [
      "2031-05-01T00:00:00.000Z",
      "2031-05-01T01:00:00.000Z",
      "2031-05-01T02:00:00.000Z",
    ]
    expect(await ticksBegun(name, ticks)).toEqual(["2031-05-01T01:00:00.000Z"])
  })
})

describe("an alarm that comes early does nothing early, and is set again for the same instant", () => {
  it("of a run", async () => {
    stopClock()
    const { id } = await begin(function* (ctx) {
      yield* ctx.sleep(60_000)
      return "woken"
    })
    const dueMs = (await alarmOf(id)) ?? 0
    for (const lose of [() => Promise.resolve(), evict, crash]) {
      await lose(id)
      await fireAlarm(id)
      expect((await recordOf(id)).status).toBe("suspended")
      expect(await alarmOf(id)).toBe(dueMs)
    }
    vi.setSystemTime(dueMs - 1)
    await fireAlarm(id)
    expect((await recordOf(id)).status).toBe("suspended")
    vi.setSystemTime(dueMs)
    await fireAlarm(id)
    expect(await resultOf(id)).toBe("woken")
  })

  it("of a limiter whose rate lets nobody in yet", async () => {
    const workflow = registry.define(quick, {
      limits: { key: () => "all", rate: { starts: 1, perMs: 3_600_000 } },
    })
    const [first, second] = [newId(), newId()]
    await runs.start(first, { workflow, input: [] })
    await resultOf(first)
    await runs.start(second, { workflow, input: [] })
    const { limiter } = await slotOf(second)
    const { alarm } = await settled(limiter, (record) => record.queue.length === 1)
    await fireLimiter(limiter)
    expect(await limiterRecord(limiter)).toMatchObject({ queue: [second], holders: [], alarm })
    expect((await recordOf(second)).startedAtMs).toBeUndefined()
  })

  it("of a schedule", async () => {
    setClock("2032-05-01T00:10:00.000Z")
    const name = await hourly()
    const dueMs = await alarmAtRest(name)
    await wakeAt(name, "2032-05-01T00:59:59.999Z")
    expect(await ticksBegun(name, ["2032-05-01T01:00:00.000Z"])).toEqual([])
    expect(await scheduleAlarm(name)).toBe(dueMs)
  })
})

describe("an alarm that comes late", () => {
  it("fires all that fell due, in the order of the deadlines", async () => {
    stopClock()
    const { id } = await begin(function* (ctx) {
      const order: number[] = []
      const nap = function* (inner: Context, ms: number) {
        yield* inner.sleep(ms)
        order.push(ms)
      }
      yield* ctx.all([3_000, 1_000, 2_000].map((ms) => ctx.run(nap, ms)))
      return order
    })
    await evict(id)
    vi.setSystemTime(Date.now() + 3_600_000)
    await fireAlarm(id)
    expect(await resultOf(id)).toEqual([1_000, 2_000, 3_000])
  })
})

describe("an alarm that is delivered twice", () => {
  it("calls a step once, at once or one after the other", async () => {
    stopClock()
    const called: number[] = []
    const gate = Promise.withResolvers<void>()
    const step = async ({ attempt }: StepContext) => {
      called.push(attempt)
      await gate.promise
    }
    const { id } = await begin(function* (ctx) {
      yield* ctx.sleep(1_000)
      yield* ctx.run(step)
    })
    vi.setSystemTime(Date.now() + 1_000)
    await runInDurableObject(stubOf(id), (object) => Promise.all([object.alarm(), object.alarm()]))
    await fireAlarm(id)
    await runInDurableObject(stubOf(id), (object) => object.alarm())
    gate.resolve()
    await resultOf(id)
    await runInDurableObject(stubOf(id), (object) => object.alarm())
    expect(called).toEqual([1])
  })

  it("grants one slot once", async () => {
    const { holder, next, limiter } = await queue()
    await runs.signal(holder, "go", 1)
    await resultOf(holder)
    await runInDurableObject(limiterStub(limiter), (object) =>
      Promise.all([object.alarm(), object.alarm()]),
    )
    const { holders } = await settled(limiter, (record) => record.holders.length === 1)
    expect(holders).toEqual([next])
  })

  it("begins one run of a tick", async () => {
    setClock("2033-05-01T00:10:00.000Z")
    const name = await hourly()
    await alarmAtRest(name)
    setClock("2033-05-01T01:00:00.000Z")
    await runInDurableObject(scheduleStub(name), (object) =>
      Promise.all([object.alarm(), object.alarm()]),
    )
    await wakeAt(name, "2033-05-01T01:00:00.500Z")
    expect((await schedules.get(name))?.counters.started).toBe(1)
  })
})

describe("an alarm that the platform has lost is set again by whoever asks for the object", () => {
  const lose = async (id: string) => {
    await evict(id)
    await runInDurableObject(stubOf(id), (_, { storage }) => storage.deleteAlarm())
  }

  const doors: Readonly<Record<string, (id: string) => Promise<unknown>>> = {
    "a look at it": (id) => runs.get(id),
    "its journal": (id) => runs.journal(id, undefined, 10),
    "its events": (id) => runs.events(id, undefined, 0),
    "a state": (id) => runs.state(id, "none"),
    "a signal": (id) => runs.signal(id, "other", 1),
    "a repeated start": async (id) => {
      const { workflow } = await recordOf(id)
      return runs.start(id, { workflow, input: [] })
    },
  }

  it.each(Object.keys(doors))("of a run: %s", async (door) => {
    const { id } = await begin(function* (ctx) {
      yield* ctx.sleep(60_000)
    })
    const dueMs = await alarmOf(id)
    await lose(id)
    await doors[door]?.(id)
    await until(
      () => alarmOf(id),
      (atMs) => atMs !== null,
    )
    expect(await alarmOf(id)).toBe(dueMs)
  })

  it("of a run whose timer is overdue: it fires at once", async () => {
    stopClock()
    const { id } = await begin(function* (ctx) {
      yield* ctx.sleep(1_000)
      return "woken"
    })
    await lose(id)
    vi.setSystemTime(Date.now() + 5_000)
    expect((await recordOf(id)).status).toBe("completed")
  })

  it("of a limiter: the next message to it", async () => {
    const workflow = registry.define(quick, {
      limits: { key: () => "all", rate: { starts: 1, perMs: 3_600_000 } },
    })
    const ids = [newId(), newId(), newId()] as const
    for (const id of ids.slice(0, 2)) await runs.start(id, { workflow, input: [] })
    const { limiter } = await slotOf(ids[0])
    const { alarm } = await settled(limiter, (record) => record.queue.length === 1)
    await runInDurableObject(limiterStub(limiter), (_, { storage }) => storage.deleteAlarm())
    await runInDurableObject(limiterStub(limiter), (_, state) => state.abort("lost")).catch(
      () => undefined,
    )
    await runs.start(ids[2], { workflow, input: [] })
    const record = await settled(limiter, ({ queue: waiting }) => waiting.length === 2)
    expect(record.alarm).toBe(alarm)
  })

  it("of a schedule: a look at it", async () => {
    setClock("2034-05-01T00:10:00.000Z")
    const name = await hourly()
    const dueMs = await alarmAtRest(name)
    await evictSchedule(name)
    await runInDurableObject(scheduleStub(name), (_, { storage }) => storage.deleteAlarm())
    await schedules.get(name)
    await until(
      () => scheduleAlarm(name),
      (atMs) => atMs !== null,
    )
    expect(await scheduleAlarm(name)).toBe(dueMs)
  })
})

describe("an alarm that is delivered again because the object died in its handler", () => {
  const again = (retryCount: number) => ({ isRetry: true, retryCount, scheduledTime: 0 })

  it("of a run that kills its object in each wake: another alarm is on disk before the work begins (promise 12)", async () => {
    const { id } = await begin(function* (ctx) {
      yield* ctx.sleep(60_000)
      return "survived"
    })
    stopClock()
    vi.setSystemTime(Date.now() + 60_000)
    for (let tries = 1; tries <= 8; tries++) {
      // The platform has forgotten the alarm after its last try; the object dies where the timer's end is recorded.
      await runInDurableObject(stubOf(id), (_, { storage }) => storage.deleteAlarm())
      watchOf(id).planCrash({ at: "record", number: watchOf(id).records + 1, moment: "before" })
      await runInDurableObject(stubOf(id), (object) => object.alarm(again(tries))).catch(
        () => undefined,
      )
      expect(watchOf(id).hasCrashed).toBe(true)
      expect(await alarmOf(id)).toBe(Date.now() + LEASE_MS_MAX)
    }
    vi.setSystemTime(Date.now() + LEASE_MS_MAX)
    await fireAlarm(id)
    expect(await resultOf(id)).toBe("survived")
  })

  it("and a message that comes in before the work begins has moved that other one: it is not taken for set", async () => {
    const { id } = await begin(function* (ctx) {
      yield* ctx.signal("never")
    })
    const { atMs, nowMs } = await runInDurableObject(stubOf(id), async (_, { storage }) => {
      const alarm = new RunAlarm(
        storage,
        () => undefined,
        () => undefined,
      )
      const delivered = deliveryOf(storage, again(1))
      // A run at rest until tomorrow, or with nothing to wait for.
      alarm.setTo(Date.now() + 24 * 3_600_000)
      alarm.setTo(undefined)
      alarm.fired(await delivered)
      // Something goes in flight.
      const now = Date.now()
      alarm.guard(now, undefined, 1)
      return { atMs: await storage.getAlarm(), nowMs: now }
    })
    expect(atMs).not.toBeNull()
    expect(atMs).toBeLessThanOrEqual(nowMs + LEASE_MS_MAX)
  })

  it("a first delivery sets none: a wake costs no row more", async () => {
    const { id } = await begin(function* (ctx) {
      yield* ctx.sleep(60_000)
    })
    await suspended(id)
    const { alarmsSet } = watchOf(id)
    await runInDurableObject(stubOf(id), (object) =>
      object.alarm({ isRetry: false, retryCount: 0, scheduledTime: 0 }),
    )
    expect(watchOf(id).alarmsSet - alarmsSet).toBe(1)
  })

  it("of limiters and schedules, too", async () => {
    const { limiter } = await queue()
    const name = await hourly()
    const nowMs = Date.now()
    for (const stub of [limiterStub(limiter), scheduleStub(name)] as unknown[]) {
      const set: number[] = []
      await runInDurableObject(
        stub as DurableObjectStub<Alarmable>,
        async (object, { storage }) => {
          const setAlarm = storage.setAlarm.bind(storage)
          vi.spyOn(storage, "setAlarm").mockImplementation((atMs) => {
            set.push(Number(atMs))
            return setAlarm(atMs)
          })
          await object.alarm(again(1))
        },
      )
      expect(set[0]).toBeGreaterThanOrEqual(nowMs + LEASE_MS_MAX)
      expect(set[0]).toBeLessThan(nowMs + 2 * LEASE_MS_MAX)
    }
  })
})
