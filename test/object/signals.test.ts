// Promise 7 at the object: a signal is delivered once, in order per name, and kept until consumed.

import { afterEach, describe, expect, it, vi } from "vitest"
import type { Context } from "../../src/engine/workflow/context.ts"
import { INBOX_MESSAGES_MAX } from "../../src/engine/limits.ts"
import {
  begin,
  codeOf,
  crash,
  doorOf,
  endOf,
  evict,
  fireAlarm,
  recordOf,
  resultOf,
  rowsOf,
  runs,
  stubOf,
  suspended,
  valueIn,
} from "./support/runs.ts"
import { runInDurableObject } from "cloudflare:test"

afterEach(() => {
  vi.useRealTimers()
})

function* takeAfterSleep(ctx: Context, ms: number, count: number) {
  yield* ctx.sleep(ms)
  const taken: unknown[] = []
  for (let n = 0; n < count; n++) taken.push(yield* ctx.signal("a"))
  return taken
}

describe("promise 7: a signal", () => {
  it("that arrives before the wait is kept, over an eviction and a crash", async () => {
    const { id } = await begin(takeAfterSleep, [150, 2])
    await runs.signal(id, "a", 1)
    await evict(id)
    await runs.signal(id, "a", 2)
    await crash(id)
    expect(await resultOf(id)).toEqual([1, 2])
  })

  it("is delivered in order per name, whatever happens between", async () => {
    const { id } = await begin(function* (ctx) {
      const a: unknown[] = []
      const b: unknown[] = []
      for (let n = 0; n < 4; n++) {
        a.push(yield* ctx.signal("a"))
        b.push(yield* ctx.signal("b"))
      }
      return { a, b }
    })
    for (let n = 0; n < 4; n++) {
      await runs.signal(id, "b", n)
      await evict(id)
      await runs.signal(id, "b", n + 10)
    }
    for (let n = 0; n < 4; n++) {
      await crash(id)
      await runs.signal(id, "a", n)
    }
    expect(await resultOf(id)).toEqual({ a: [0, 1, 2, 3], b: [0, 10, 1, 11] })
    expect(await recordOf(id)).toMatchObject({ unconsumedSignals: 4 })
  })

  it("with a key comes once, also after a crash and after it was consumed", async () => {
    const { id } = await begin(function* (ctx) {
      return [yield* ctx.signal("a"), yield* ctx.signal("a")]
    })
    await runs.signal(id, "a", 1, "key-1")
    await runs.signal(id, "a", 99, "key-1")
    await crash(id)
    await runs.signal(id, "a", 99, "key-1")
    // The same key under another name is another message.
    await runs.signal(id, "b", 3, "key-1")
    await runs.signal(id, "a", 2, "key-2")
    expect(await resultOf(id)).toEqual([1, 2])
    // Accepted before: answered again. A new one is too late.
    await runs.signal(id, "a", 2, "key-2")
    expect(await codeOf(runs.signal(id, "a", 5, "key-3"))).toBe("run_ended")
  })

  it("is never eaten by a waiter that timed out", async () => {
    const { id } = await begin(function* (ctx) {
      try {
        return ["early", yield* ctx.signal("a", { timeoutMs: 40 })]
      } catch (error) {
        const { code } = error as { code?: unknown }
        return [code, yield* ctx.signal("a")]
      }
    })
    await evict(id)
    await new Promise((resolve) => setTimeout(resolve, 60))
    await runs.signal(id, "a", "kept")
    expect(await resultOf(id)).toEqual(["timeout", "kept"])
  })

  it("and a timer both due: the one recorded first wins, for ever", async () => {
    vi.useFakeTimers({ toFake: ["Date"] })
    const winners: unknown[] = []
    const fn = function* (ctx: Context) {
      const { key } = yield* ctx.race({ signal: ctx.signal("a"), timer: ctx.sleep(1_000) })
      winners.push(key)
      yield* ctx.signal("end")
      return key
    }
    // While nothing runs the timer falls due; then the signal comes: the deadline was there first.
    const late = await begin(fn)
    await evict(late.id)
    vi.setSystemTime(Date.now() + 1_000)
    await runs.signal(late.id, "a", 1)
    // The signal is taken before the deadline: it stays the winner when the deadline has passed.
    const early = await begin(fn)
    await runs.signal(early.id, "a", 1)
    vi.setSystemTime(Date.now() + 2_000)
    for (const { id } of [late, early]) {
      await crash(id)
      await fireAlarm(id)
      await runs.signal(id, "end", null)
    }
    expect(await resultOf(late.id)).toBe("timer")
    expect(await resultOf(early.id)).toBe("signal")
    expect(await recordOf(late.id)).toMatchObject({ unconsumedSignals: 1 })
    expect(new Set(winners.slice(0, 2))).toEqual(new Set(["timer", "signal"]))
  })

  it("in two waits of one name goes to the one who waited first, once", async () => {
    const { id } = await begin(function* (ctx) {
      function* wait(inner: Context, name: string): Generator<unknown, unknown, never> {
        return [name, yield* inner.signal("a")]
      }
      const first = yield* ctx.beginRun(wait, "first")
      const second = yield* ctx.beginRun(wait, "second")
      return yield* ctx.all([first, second])
    })
    await crash(id)
    await runs.signal(id, "a", 1)
    await crash(id)
    await runs.signal(id, "a", 2)
    expect(await resultOf(id)).toEqual([
      ["first", 1],
      ["second", 2],
    ])
  })

  it("that was not consumed is counted when the run ends", async () => {
    const { id } = await begin(function* (ctx) {
      yield* ctx.signal("end")
    })
    for (let n = 0; n < 3; n++) await runs.signal(id, "a", n)
    await runs.signal(id, "end", null)
    expect(await endOf(id)).toMatchObject({ status: "completed", unconsumedSignals: 3 })
    expect(await codeOf(runs.signal(id, "a", 1))).toBe("run_ended")
  })

  it("that was not consumed is carried by continueAsNew", async () => {
    const { id } = await begin(
      function* (ctx: Context, taken: unknown[]) {
        if (taken.length === 3) return taken
        taken.push(yield* ctx.signal("a"))
        return yield* ctx.continueAsNew(taken)
      },
      [[]],
    )
    await suspended(id)
    await Promise.all([1, 2, 3].map((n) => runs.signal(id, "a", n)))
    expect(await resultOf(id)).toEqual([1, 2, 3])
    expect(await recordOf(id)).toMatchObject({ generation: 3, unconsumedSignals: 0 })
  })

  it("of a name that another begins with goes to its own name", async () => {
    const { id } = await begin(function* (ctx) {
      const { key, value } = yield* ctx.race({ a: ctx.signal("a"), ab: ctx.signal("a:b") })
      return [key, value]
    })
    await crash(id)
    await runs.signal(id, "a:b", 1)
    expect(await resultOf(id)).toEqual(["ab", 1])
  })
})

describe("promise 7: the limit of messages that wait", () => {
  it(`takes ${INBOX_MESSAGES_MAX} and refuses one more, until some are consumed`, async () => {
    const { id } = await begin(function* (ctx) {
      yield* ctx.signal("go")
      const taken: unknown[] = []
      for (let n = 0; n < 3; n++) taken.push(yield* ctx.signal("a"))
      yield* ctx.signal("end")
      return taken
    })
    // One event for most of them: ten thousand requests would take the test's time.
    await runInDurableObject(stubOf(id), async (object) => {
      for (let n = 1; n < INBOX_MESSAGES_MAX; n++) {
        valueIn(await object.signal(id, "a", String(n), undefined))
      }
    })
    await runs.signal(id, "a", "last")
    expect(await codeOf(runs.signal(id, "a", "one too many"))).toBe("limit_reached")
    expect(await codeOf(runs.update(id, "u", 1, { waitMs: 0 }))).toBe("limit_reached")
    await crash(id)
    expect(await codeOf(runs.signal(id, "go", null))).toBe("limit_reached")
    const [count] = await rowsOf(id, "SELECT COUNT(*) AS n FROM inbox")
    expect(count).toEqual({ n: INBOX_MESSAGES_MAX })
    expect(valueIn(await doorOf(id).cancel(id, {})).status).toBe("cancelled")
    expect(await recordOf(id)).toMatchObject({ unconsumedSignals: INBOX_MESSAGES_MAX })
  })

  it("a message consumed makes room for another", async () => {
    const { id } = await begin(function* (ctx) {
      for (let n = 0; n < 2; n++) yield* ctx.signal("go")
      return "taken"
    })
    await runInDurableObject(stubOf(id), async (object) => {
      for (let n = 0; n < INBOX_MESSAGES_MAX - 1; n++) {
        valueIn(await object.signal(id, "other", String(n), undefined))
      }
    })
    await runs.signal(id, "go", 1)
    await runs.signal(id, "go", 2)
    expect(await resultOf(id)).toBe("taken")
  })
})

describe("promise 7: idempotency keys", () => {
  it("are kept for the last 10,000, over evictions", async () => {
    const { id } = await begin(function* (ctx) {
      for (;;) yield* ctx.signal("a")
    })
    const send = (from: number, to: number) =>
      runInDurableObject(stubOf(id), async (object) => {
        for (let n = from; n < to; n++) {
          valueIn(await object.signal(id, "a", String(n), `key-${n}`))
        }
      })
    await send(0, 4_000)
    // A life too short for many messages sweeps as well.
    for (let n = 0; n < 3; n++) {
      await evict(id)
      await send(4_000 + n * 300, 4_300 + n * 300)
    }
    await evict(id)
    await send(4_900, 11_000)
    await evict(id)
    await send(11_000, 11_001)
    const [keys] = await rowsOf(id, "SELECT COUNT(*) AS n FROM keys")
    expect(keys?.["n"]).toBeLessThanOrEqual(10_000)
    const [kept] = await rowsOf(
      id,
      "SELECT COUNT(*) AS n FROM keys WHERE key = 'signal:a:key-1001'",
    )
    expect(kept).toEqual({ n: 1 })
  })
})

it("check 26: a message has a number that none had before, also in another life within the same millisecond", async () => {
  vi.useFakeTimers({ toFake: ["Date"] })
  const { id } = await begin(function* (ctx) {
    return [yield* ctx.signal("a"), yield* ctx.signal("a")]
  })
  await runs.signal(id, "a", 1)
  await crash(id)
  await runs.signal(id, "a", 2)
  expect(await resultOf(id)).toEqual([1, 2])
  const refs = await rowsOf<{ ref: number }>(id, "SELECT ref FROM journal WHERE ref IS NOT NULL")
  expect(new Set(refs.map(({ ref }) => ref)).size).toBe(2)
})
