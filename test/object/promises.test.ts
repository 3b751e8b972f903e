// Promises by token at the object: settled from outside, once, whatever the run is doing.

import { afterEach, describe, expect, it, vi } from "vitest"
import { decode } from "../../src/engine/values/codec.ts"
import type { Context } from "../../src/engine/workflow/context.ts"
import type { Operation } from "../../src/engine/workflow/operation.ts"
import type { Settlement } from "../../src/engine/ports/runs.ts"
import { newPromiseToken, runIdOfToken } from "../../src/object/store/promise-token.ts"
import {
  begin,
  codeOf,
  crash,
  endOf,
  errorOf,
  evict,
  fireAlarm,
  newId,
  recordOf,
  resultOf,
  runs,
  suspended,
  tablesOf,
} from "./support/runs.ts"

afterEach(() => {
  vi.useRealTimers()
})

function* waiter(ctx: Context, timeoutMs?: number) {
  const promise = yield* ctx.promise(timeoutMs === undefined ? {} : { timeoutMs })
  yield* ctx.publish("token", promise.token)
  return yield* promise
}

async function tokenOf(id: string): Promise<string> {
  return decode((await runs.state(id, "token")) ?? "null") as string
}

const yes: Settlement = { type: "resolve", value: { yes: 1n } }
const no: Settlement = { type: "reject", message: "no", code: "denied", details: { by: "ada" } }

const losses: Readonly<Record<string, (id: string) => Promise<void>>> = {
  "of a run in memory": () => Promise.resolve(),
  "after an eviction": evict,
  "after a crash": crash,
}

describe.each(Object.keys(losses))("a promise %s", (loss) => {
  it("is resolved from outside; the second gets the first outcome", async () => {
    const { id } = await begin(waiter)
    const token = await tokenOf(id)
    await losses[loss]?.(id)
    const first = await runs.settlePromise(token, yes)
    expect(first.status).toBe("resolved")
    await losses[loss]?.(id)
    expect(await runs.settlePromise(token, no)).toEqual(first)
    expect(await resultOf(id)).toEqual({ yes: 1n })
    expect(await runs.settlePromise(token, no)).toEqual(first)
  })

  it("is rejected from outside with message, code and details", async () => {
    const { id } = await begin(waiter)
    const token = await tokenOf(id)
    await losses[loss]?.(id)
    expect((await runs.settlePromise(token, no)).status).toBe("rejected")
    expect(await errorOf(id)).toMatchObject({
      message: "no",
      code: "denied",
      details: { by: "ada" },
    })
    expect((await runs.settlePromise(token, yes)).status).toBe("rejected")
  })

  it("that timed out stays so", async () => {
    vi.useFakeTimers({ toFake: ["Date"] })
    const { id } = await begin(waiter, [60_000])
    const token = await tokenOf(id)
    expect((await recordOf(id)).waitingFor).toMatchObject([
      { kind: "promise", token, untilMs: Date.now() + 60_000 },
    ])
    await losses[loss]?.(id)
    vi.setSystemTime(Date.now() + 60_000)
    await fireAlarm(id)
    expect(await errorOf(id)).toMatchObject({ code: "timeout" })
    expect((await runs.settlePromise(token, yes)).status).toBe("timed_out")
  })
})

describe("a promise", () => {
  it("due and settled in one absence: the deadline was there first", async () => {
    vi.useFakeTimers({ toFake: ["Date"] })
    const { id } = await begin(waiter, [60_000])
    const token = await tokenOf(id)
    await evict(id)
    vi.setSystemTime(Date.now() + 60_000)
    expect((await runs.settlePromise(token, yes)).status).toBe("timed_out")
    expect((await endOf(id)).status).toBe("failed")
  })

  it("settled before it is waited for is kept", async () => {
    const { id } = await begin(function* (ctx) {
      const promise = yield* ctx.promise<string>()
      yield* ctx.publish("token", promise.token)
      yield* ctx.signal("go")
      return yield* promise
    })
    await runs.settlePromise(await tokenOf(id), { type: "resolve", value: "early" })
    await crash(id)
    await runs.signal(id, "go", null)
    expect(await resultOf(id)).toBe("early")
  })

  it("of a run that ended, was killed or went on as new is cancelled", async () => {
    const ends: Readonly<Record<string, (id: string) => Promise<unknown>>> = {
      ended: (id) => runs.signal(id, "end", null),
      killed: (id) => runs.kill(id, {}),
      renewed: (id) => runs.signal(id, "renew", null),
    }
    for (const end of Object.keys(ends)) {
      const { id } = await begin(
        function* (ctx: Context, generation: number): Generator<unknown, void, never> {
          if (generation > 0) return void (yield* ctx.signal("never"))
          const promise = yield* ctx.promise()
          yield* ctx.publish("token", promise.token)
          const { key } = yield* ctx.race({ end: ctx.signal("end"), renew: ctx.signal("renew") })
          if (key === "renew") yield* ctx.continueAsNew(1)
        },
        [0],
      )
      const token = await tokenOf(id)
      await ends[end]?.(id)
      expect((await runs.settlePromise(token, yes)).status).toBe("cancelled")
      await crash(id)
      expect((await runs.settlePromise(token, yes)).status).toBe("cancelled")
    }
  })

  it("settled ten times at once has one outcome", async () => {
    const { id } = await begin(waiter)
    const token = await tokenOf(id)
    const outcomes = await Promise.all(
      Array.from({ length: 10 }, (_, n) =>
        runs.settlePromise(token, { type: "resolve", value: n }),
      ),
    )
    expect(new Set(outcomes.map(({ valueText }) => valueText)).size).toBe(1)
    expect(await resultOf(id)).toBe(Number(outcomes[0]?.valueText))
  })

  it("in a race loses to what came first and is told so", async () => {
    const { id } = await begin(function* (ctx) {
      const promise = yield* ctx.promise()
      yield* ctx.publish("token", promise.token)
      const { key } = yield* ctx.race({ promise, signal: ctx.signal("go") })
      yield* ctx.signal("end")
      return key
    })
    await runs.signal(id, "go", null)
    expect((await runs.settlePromise(await tokenOf(id), yes)).status).toBe("cancelled")
    await runs.signal(id, "end", null)
    expect(await resultOf(id)).toBe("signal")
  })

  it("of megabytes crosses whole", async () => {
    const big = "ü".repeat(2_000_000)
    const { id } = await begin(waiter)
    const token = await tokenOf(id)
    await runs.settlePromise(token, { type: "resolve", value: big })
    await crash(id)
    expect(await resultOf(id)).toBe(big)
    expect((await runs.settlePromise(token, no)).valueText).toBe(JSON.stringify(big))
  })
})

describe("a token", () => {
  it.each([
    ["of no form", "garbage"],
    ["empty", ""],
    ["of a run that is not there", newPromiseToken("not-there", crypto.randomUUID())],
    ["that is no base64", "%%%.x.y"],
    ["that is no UTF-8", "gICA.x.y"],
    ["too long", `${"a".repeat(700)}.x.y`],
    ["with one part more", "YQ.b.c.d"],
  ])("%s is unknown", async (_, token) => {
    expect(await codeOf(runs.settlePromise(token, yes))).toBe("promise_unknown")
  })

  it("of another life, or guessed, is unknown and leaves no trace", async () => {
    const { id } = await begin(waiter)
    await suspended(id)
    const tables = await tablesOf(id)
    expect(await codeOf(runs.settlePromise(newPromiseToken(id, "other"), yes))).toBe(
      "promise_unknown",
    )
    expect(await tablesOf(id)).toEqual(tables)
    expect((await recordOf(id)).status).toBe("suspended")
  })

  it("leads to its run whatever the id is, and never holds the same secret twice", async () => {
    for (const runId of ["order/42", "🎁", "a.b.c", "x".repeat(256), "%2F", " "]) {
      const token = newPromiseToken(runId, "incarnation")
      expect(token).toMatch(/^[\w.-]+$/)
      expect(runIdOfToken(token)).toBe(runId)
      expect(newPromiseToken(runId, "incarnation")).not.toBe(token)
    }
    expect(await codeOf(runs.settlePromise(newPromiseToken(newId(), "x"), yes))).toBe(
      "promise_unknown",
    )
  })
})

it("a promise that a lost race keeps from being made leaves the run whole", async () => {
  // The first promise of the run is cancelled where it is asked for: no table of promises was ever made.
  const { id } = await begin(function* (ctx) {
    const winner = yield* ctx.race([
      ctx.run(function* asker(inner: Context): Generator<Operation<unknown>, unknown, never> {
        return yield* yield* inner.promise()
      }),
      ctx.publish("done", true),
    ])
    return winner.key
  })
  expect(await resultOf(id)).toBe(1)
})
