// Acceptance, timers: what sleeps wakes on time and never early, and an entity lives on from generation to generation.
// Where the clock is the test's, the alarm is fired by hand.

import { afterEach, describe, expect, it, vi } from "vitest"
import type { Context } from "../../src/engine/workflow/context.ts"
import {
  begin,
  codeOf,
  crash,
  endOf,
  evict,
  fireAlarm,
  journalOf,
  recordOf,
  resultOf,
  runs,
  suspended,
} from "../object/support/runs.ts"

const HOUR_MS = 3_600_000

afterEach(() => {
  vi.useRealTimers()
})

function stopClock(): void {
  vi.useFakeTimers({ toFake: ["Date"] })
}

function moveClock(ms: number): void {
  vi.setSystemTime(Date.now() + ms)
}

describe("check 21: many sleeps in one run", () => {
  function* nap(ctx: Context, ms: number) {
    const fromMs = yield* ctx.date.now()
    yield* ctx.sleep(ms)
    return (yield* ctx.date.now()) - fromMs - ms
  }

  it("check 21: a thousand at once, of whole, fractional and no milliseconds: all end, none early", async () => {
    const { id } = await begin(function* (ctx) {
      // From 0 to 333 ms in steps of a third.
      const naps = Array.from({ length: 1_000 }, (_, n) => ctx.run(nap, n / 3))
      const lateMs = yield* ctx.all(naps)
      return lateMs
    })
    const lateMs = (await resultOf(id)) as number[]
    expect(lateMs).toHaveLength(1_000)
    expect(Math.min(...lateMs)).toBeGreaterThanOrEqual(0)
  })

  it("check 21: a thousand that are one operation each, over a crash", async () => {
    stopClock()
    const { id } = await begin(function* (ctx) {
      yield* ctx.all(Array.from({ length: 1_000 }, (_, n) => ctx.sleep(1_000 + n / 10)))
      return yield* ctx.date.now()
    })
    const startedAtMs = Date.now()
    await crash(id)
    moveClock(1_050)
    await fireAlarm(id)
    expect((await recordOf(id)).waitingFor).toHaveLength(499)
    moveClock(50)
    await fireAlarm(id)
    expect(await resultOf(id)).toBe(startedAtMs + 1_100)
  })
})

describe("check 22: a clock that is wrong", () => {
  function* sleepy(ctx: Context) {
    yield* ctx.sleep(HOUR_MS)
    return yield* ctx.date.now()
  }

  it("check 22: set back, or an alarm that comes early, wakes nothing early", async () => {
    stopClock()
    const dueMs = Date.now() + HOUR_MS
    const { id } = await begin(sleepy)
    for (const [moveMs, lose] of [
      [-24 * HOUR_MS, evict],
      [24 * HOUR_MS, crash],
      [HOUR_MS - 1, evict],
    ] as const) {
      await lose(id)
      moveClock(moveMs)
      await fireAlarm(id)
      expect(await recordOf(id)).toMatchObject({
        status: "suspended",
        waitingFor: [{ kind: "timer", untilMs: dueMs }],
      })
    }
    moveClock(1)
    await fireAlarm(id)
    expect(await resultOf(id)).toBe(dueMs)
  })

  it("check 22: what fell due while nobody was there fires on return, in the order of the instants", async () => {
    stopClock()
    const { id } = await begin(function* (ctx) {
      const order: string[] = []
      function* one(inner: Context, name: string, ms: number) {
        yield* inner.sleep(ms)
        order.push(name)
      }
      yield* ctx.all([
        ctx.run(one, "third", 3 * HOUR_MS),
        ctx.run(one, "first", HOUR_MS),
        ctx.run(one, "second", 2 * HOUR_MS),
      ])
      return order
    })
    await crash(id)
    moveClock(9 * HOUR_MS)
    await fireAlarm(id)
    expect(await resultOf(id)).toEqual(["first", "second", "third"])
  })
})

describe("check 25: continueAsNew", () => {
  const LAST = 4

  function* account(
    ctx: Context,
    generation: number,
    balance: number,
  ): Generator<unknown, number, never> {
    const message = yield* ctx.receive<number>("add")
    const bonus = yield* ctx.signal<number>("bonus")
    const next = balance + message.value + bonus
    message.reply([generation, next])
    return generation === LAST ? next : yield* ctx.continueAsNew(generation + 1, next)
  }

  it("check 25: keeps the id, drops the history, carries the state; signals and updates wait for their generation", async () => {
    const { id } = await begin(account, [0, 100])
    const { incarnation } = await recordOf(id)
    const numbers = Array.from({ length: LAST + 1 }, (_, n) => n)
    // All of them are there before the first generation has taken one.
    for (const n of numbers) {
      await runs.update(id, "add", 1, { idempotencyKey: `add ${n}`, waitMs: 0 })
    }
    for (const n of numbers) {
      await (n % 2 === 0 ? crash(id) : evict(id))
      await runs.signal(id, "bonus", 10, `bonus ${n}`)
      await runs.signal(id, "bonus", 10, `bonus ${n}`)
    }
    const answers = numbers.map((n) => runs.updateAnswer(id, "add", `add ${n}`, 8_000))
    expect(await Promise.all(answers)).toEqual(
      numbers.map((n) => ({
        state: "replied",
        replyText: JSON.stringify([n, 100 + 11 * (n + 1)]),
      })),
    )
    expect(await resultOf(id)).toBe(155)
    expect(await recordOf(id)).toMatchObject({
      id,
      incarnation,
      generation: LAST,
      inputText: "[0,100]",
      unconsumedSignals: 0,
    })
    expect((await journalOf(id)).map(({ kind }) => kind)).toEqual(["update", "signal"])
    // A key of an earlier generation is still known.
    expect(await runs.update(id, "add", 1, { idempotencyKey: "add 0" })).toMatchObject({
      replyText: "[0,111]",
    })
  })

  it("check 25: a message taken and not answered is no reply, and says so at the end", async () => {
    const { id } = await begin(
      function* (ctx: Context, generation: number): Generator<unknown, void, never> {
        if (generation > 0) return void (yield* ctx.signal("end"))
        yield* ctx.receive("ask")
        yield* ctx.continueAsNew(1)
      },
      [0],
    )
    const options = { idempotencyKey: "k", waitMs: 0 }
    await runs.update(id, "ask", 1, options)
    await suspended(id)
    expect(await recordOf(id)).toMatchObject({ generation: 1 })
    expect(await runs.update(id, "ask", 1, options)).toEqual({ state: "pending", key: "k" })
    await runs.signal(id, "end", null)
    await endOf(id)
    expect(await codeOf(runs.update(id, "ask", 1, options))).toBe("run_ended")
  })
})
