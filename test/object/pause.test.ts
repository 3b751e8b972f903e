// Pause and resume at the object: nothing is owed while a run is paused, and nothing is lost when it goes on.

import { describe, expect, it } from "vitest"
import { decode } from "../../src/engine/values/codec.ts"
import type { Context, StepContext } from "../../src/engine/workflow/context.ts"
import { Constant, Never } from "../../src/engine/steps/retry.ts"
import { expectAlarmAsOwed } from "./support/alarm-owed.ts"
import { registry } from "./support/registry.ts"
import { watchOf } from "./support/watch.ts"
import {
  alarmOf,
  begin,
  codeOf,
  crash,
  endOf,
  evict,
  journalOf,
  pause,
  recordOf,
  resultOf,
  rowsOf,
  runs,
  suspended,
  textOf,
  until,
} from "./support/runs.ts"

const HOUR_MS = 3_600_000

/** A step that ends when the test says so. */
function gate() {
  let open: (value: string) => void = () => undefined
  const opened = new Promise<string>((resolve) => (open = resolve))
  let begun = 0
  const step = async (ctx: StepContext) => {
    begun++
    return ctx.attempt === 1 ? opened : "again"
  }
  return { step, open: (value: string) => open(value), begun: () => begun }
}

function actions(entries: Awaited<ReturnType<typeof journalOf>>) {
  return entries
    .filter(({ kind }) => kind === "operator")
    .map(({ name, valueText }) => [name, decode(valueText ?? "null")])
}

describe.each([
  ["while it stays", async () => undefined],
  ["over evictions", evict],
  ["over crashes", crash],
] as const)("check 49: a paused run, %s,", (_, away) => {
  it("keeps a timer's deadline and fires it on resume", async () => {
    let firedAtMs = 0
    const { id } = await begin(function* (ctx) {
      yield* ctx.sleep(600)
      firedAtMs = yield* ctx.date.now()
    })
    const [{ untilMs } = {}] = (await suspended(id)).waitingFor
    await runs.pause(id, { by: "Ada", reason: "look" })
    await away(id)
    await pause(700)
    expect(await recordOf(id)).toMatchObject({
      status: "paused",
      waitingFor: [{ kind: "timer", untilMs }],
    })
    await expectAlarmAsOwed(id)
    await runs.resume(id, { by: "Bob" })
    await endOf(id)
    expect(firedAtMs).toBeGreaterThan(untilMs ?? Infinity)
    expect(actions(await journalOf(id))).toEqual([
      ["pause", { by: "Ada", reason: "look" }],
      ["resume", { by: "Bob" }],
    ])
  })

  it("takes signals, updates and settled promises, and hands them over on resume", async () => {
    const { id } = await begin(function* (ctx) {
      const promise = yield* ctx.promise<string>()
      yield* ctx.publish("token", promise.token)
      const first = yield* ctx.signal("name")
      const message = yield* ctx.receive("ask")
      message.reply("yes")
      return [first, message.value, yield* promise]
    })
    await suspended(id)
    await runs.pause(id, {})
    await away(id)
    await runs.signal(id, "name", "Ada")
    const update = { idempotencyKey: "k", waitMs: 10 }
    expect(await runs.update(id, "ask", 1, update)).toEqual({ state: "pending", key: "k" })
    const token = String(decode((await runs.state(id, "token")) ?? "null"))
    expect(await runs.settlePromise(token, { type: "resolve", value: "kept" })).toMatchObject({
      status: "resolved",
    })
    await away(id)
    expect((await recordOf(id)).status).toBe("paused")
    await runs.resume(id, {})
    expect(await runs.update(id, "ask", 1, { idempotencyKey: "k" })).toEqual({
      state: "replied",
      replyText: textOf("yes"),
    })
    expect(await resultOf(id)).toEqual(["Ada", 1, "kept"])
  })

  it("has no deadline until it is resumed", async () => {
    const { id } = await begin(
      function* (ctx) {
        yield* ctx.signal("never")
      },
      [],
      { timeoutMs: 100 },
    )
    await runs.pause(id, {})
    await away(id)
    await pause(150)
    expect((await recordOf(id)).status).toBe("paused")
    await runs.resume(id, {})
    expect((await endOf(id)).status).toBe("timed_out")
  })

  it("unwinds when it is cancelled", async () => {
    const cleaned: string[] = []
    const clean = () => void cleaned.push("cleaned")
    const { id } = await begin(function* (ctx) {
      try {
        yield* ctx.signal("never")
      } finally {
        yield* ctx.run(clean)
      }
    })
    await suspended(id)
    await runs.pause(id, {})
    await away(id)
    await runs.cancel(id, { by: "Ada" })
    expect((await endOf(id)).status).toBe("cancelled")
    expect(cleaned).toEqual(["cleaned"])
    expect(actions(await journalOf(id)).map(([name]) => name)).toEqual([
      "pause",
      "cancel",
      "unwind",
    ])
  })

  it("is killed at once", async () => {
    const { id } = await begin(function* (ctx) {
      yield* ctx.signal("never")
    })
    await runs.pause(id, {})
    await away(id)
    await runs.kill(id, { reason: "enough" })
    expect((await recordOf(id)).status).toBe("cancelled")
    await expectAlarmAsOwed(id)
  })

  it("that has not begun does not begin, until it is resumed", async () => {
    const { id } = await begin(
      function* () {
        return "begun"
      },
      [],
      { startAtMs: Date.now() + 500 },
    )
    await runs.pause(id, {})
    await away(id)
    await pause(550)
    expect(await recordOf(id)).toMatchObject({ status: "paused", waitingFor: [{ kind: "start" }] })
    await runs.resume(id, {})
    expect(await resultOf(id)).toBe("begun")
  })
})

describe("a step in flight when the run is paused", () => {
  it("may end, is recorded, and nothing follows before the resume", async () => {
    const { step, open } = gate()
    let hasFollowed = false
    const follow = async () => void (hasFollowed = true)
    const { id } = await begin(function* (ctx) {
      const value = yield* ctx.run(step)
      yield* ctx.run(follow)
      return value
    })
    await runs.pause(id, {})
    expect(await alarmOf(id)).toBeNull()
    open("at last")
    await until(
      async () => (await journalOf(id))[0]?.state,
      (state) => state === "completed",
    )
    expect(hasFollowed).toBe(false)
    expect(await recordOf(id)).toMatchObject({ status: "paused" })
    await expectAlarmAsOwed(id)
    await crash(id)
    await runs.resume(id, {})
    expect(await resultOf(id)).toBe("at last")
    expect(hasFollowed).toBe(true)
  })

  it("goes on over a resume, and is made once", async () => {
    const { step, open, begun } = gate()
    const { id } = await begin(function* (ctx) {
      return yield* ctx.run(step)
    })
    await runs.pause(id, {})
    await runs.resume(id, {})
    open("once")
    expect(await resultOf(id)).toBe("once")
    expect(begun()).toBe(1)
  })

  it("that is lost is made again after the resume, and not before", async () => {
    const { step, begun } = gate()
    const { id } = await begin(function* (ctx) {
      return yield* ctx.run(step)
    })
    await runs.pause(id, {})
    await crash(id)
    await recordOf(id)
    expect(begun()).toBe(1)
    await runs.resume(id, {})
    expect(await resultOf(id)).toBe("again")
  })

  it("fails, and its next attempt waits for the resume", async () => {
    const { step, open, begun } = gate()
    const fails = async (ctx: StepContext) => {
      if ((await step(ctx)) === "fail") throw new Error("once")
      return begun()
    }
    const { id } = await begin(function* (ctx) {
      return yield* ctx.run(fails, ctx.options({ retryPolicy: Constant({ delayMs: 1 }) }))
    })
    await runs.pause(id, {})
    open("fail")
    await pause(80)
    expect(begun()).toBe(1)
    expect(await recordOf(id)).toMatchObject({ status: "paused", waitingFor: [{ kind: "retry" }] })
    await runs.resume(id, {})
    expect(await resultOf(id)).toBe(2)
  })

  it("is the last one: the run ends when it is resumed", async () => {
    const { step, open } = gate()
    const { id } = await begin(function* (ctx) {
      return yield* ctx.run(step)
    })
    await runs.pause(id, {})
    open("the end")
    await pause(20)
    expect((await recordOf(id)).status).toBe("paused")
    await runs.resume(id, {})
    expect(await resultOf(id)).toBe("the end")
  })
})

it("a long run of synchronous steps stops between two slices", async () => {
  const plain = (_: StepContext, n: number) => n
  const { id } = await begin(function* (ctx) {
    for (let n = 0; n < 20_000; n++) yield* ctx.run(plain, n)
    return "done"
  })
  await runs.pause(id, {})
  const { length } = await journalOf(id)
  await pause(50)
  expect((await journalOf(id)).length).toBe(length)
  expect(length).toBeLessThan(20_000)
  await crash(id)
  await runs.resume(id, {})
  expect(await resultOf(id)).toBe("done")
})

describe("what goes with a status and what does not", () => {
  function* waiting(ctx: Context) {
    yield* ctx.signal("never")
  }

  it("a paused run takes no second pause, no retry, no skip and no other start", async () => {
    const { id } = await begin(waiting)
    await runs.pause(id, {})
    const asked = [runs.pause(id, {}), runs.retry(id, {}), runs.skip(id, { path: "0", value: 1 })]
    for (const each of asked) expect(await codeOf(each)).toBe("wrong_status")
    expect(await codeOf(runs.resume(id, { startAtMs: Date.now() }))).toBe("invalid_request")
    expect((await recordOf(id)).status).toBe("paused")
  })

  it("a run that is not paused cannot be resumed, nor one paused that has halted or ended", async () => {
    const waits = await begin(waiting)
    expect(await codeOf(runs.resume(waits.id, {}))).toBe("wrong_status")
    const halted = await begin(function* (ctx) {
      yield* ctx.panic(true, "look")
    })
    expect((await endOf(halted.id)).status).toBe("halted")
    const ended = await begin(function* () {
      return 1
    })
    for (const { id } of [halted, ended]) {
      expect(await codeOf(runs.pause(id, {}))).toBe("wrong_status")
      expect(await codeOf(runs.resume(id, {}))).toBe("wrong_status")
    }
    expect(await codeOf(runs.pause("no such run", {}))).toBe("run_unknown")
  })
})

describe("check 24: a delayed start", () => {
  function* begun() {
    return "begun"
  }

  it("is brought forward", async () => {
    const { id } = await begin(begun, [], { startAtMs: Date.now() + HOUR_MS })
    await crash(id)
    await runs.resume(id, { by: "Ada" })
    expect(await resultOf(id)).toBe("begun")
    const [[name, note] = []] = actions(await journalOf(id))
    expect(name).toBe("resume")
    expect(note).toMatchObject({ by: "Ada" })
  })

  it("is pushed back, with its time limit", async () => {
    const startAtMs = Date.now() + 100
    const { id } = await begin(begun, [], { startAtMs, timeoutMs: HOUR_MS })
    await runs.resume(id, { startAtMs: startAtMs + 200 })
    await expectAlarmAsOwed(id)
    await crash(id)
    expect((await recordOf(id)).waitingFor).toEqual([
      { kind: "start", path: "", untilMs: startAtMs + 200 },
    ])
    await endOf(id)
    expect((await recordOf(id)).startedAtMs).toBeGreaterThanOrEqual(startAtMs + 200)
  })
})

it("promise 12: what a paused run tells others has an alarm behind it", async () => {
  const waits = registry.define(function* waits(ctx: Context) {
    return yield* ctx.signal("go")
  })
  const hurdle = Promise.withResolvers<void>()
  const step = async () => hurdle.promise
  const { id } = await begin(function* (ctx) {
    const noRetry = ctx.options({ retryPolicy: Never() })
    return yield* ctx.all([ctx.rpc(waits), ctx.run(step, noRetry)])
  })
  await until(
    () => recordOf(id),
    ({ waitingFor }) => waitingFor.some(({ kind }) => kind === "child"),
  )
  await until(
    () => rowsOf(id, "SELECT * FROM outbox"),
    (rows) => rows.length === 0,
  )
  await runs.pause(id, {})
  const { alarmsSet } = watchOf(id)
  hurdle.reject(new Error("over"))
  expect((await endOf(`${id}:${(await recordOf(id)).incarnation.slice(0, 8)}:0:0.0`)).status).toBe(
    "cancelled",
  )
  expect(watchOf(id).alarmsSet).toBeGreaterThan(alarmsSet)
})
