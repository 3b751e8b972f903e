// Promise 16 at the object: whatever a workflow, a step or a caller does, it harms that run alone, and the answer is clear.

import { describe, expect, it } from "vitest"
import type { Context, StepContext } from "../../src/engine/workflow/context.ts"
import type { Future } from "../../src/engine/workflow/operation.ts"
import {
  begin,
  codeOf,
  crash,
  endOf,
  errorOf,
  fireAlarm,
  newId,
  pause,
  recordOf,
  resultOf,
  rowsOf,
  runs,
  until,
} from "./support/runs.ts"

const plain = (_: StepContext, value: unknown) => value

/** Another run, started after the harm was done, works. */
async function expectOthersUnharmed(): Promise<void> {
  const { id } = await begin(function* (ctx) {
    return [yield* ctx.run(plain, 1), yield* ctx.run(async () => 2)]
  })
  expect(await resultOf(id)).toEqual([1, 2])
}

describe("promise 16: a workflow that loops over synchronous steps for ever", () => {
  function* endless(ctx: Context) {
    let cleaned = 0
    try {
      for (let n = 0; ; n++) yield* ctx.run(plain, n)
    } finally {
      cleaned = yield* ctx.date.now()
      yield* ctx.publish("cleaned", cleaned)
    }
  }

  it("lets other requests to it be answered, and can be killed", async () => {
    const { id } = await begin(endless)
    const startedMs = performance.now()
    expect((await recordOf(id)).status).toBe("running")
    await runs.signal(id, "s", 1)
    expect((await runs.journal(id, undefined, 5)).entries).toHaveLength(5)
    expect(await codeOf(runs.update(id, "u", 1, { waitMs: 0 }))).toBeUndefined()
    expect(performance.now() - startedMs).toBeLessThan(5_000)
    await expectOthersUnharmed()
    expect((await runs.kill(id, {})).status).toBe("cancelled")
    await pause(20)
    const { entries } = await runs.journal(id, undefined, 1)
    expect(entries).toHaveLength(1)
    expect((await recordOf(id)).status).toBe("cancelled")
  })

  it("can be cancelled, with its clean-up", async () => {
    const { id } = await begin(endless)
    await runs.cancel(id, {})
    expect(await endOf(id)).toMatchObject({ status: "cancelled" })
    expect(Number(await runs.state(id, "cleaned"))).toBeGreaterThan(0)
  })

  it("ends at its deadline, over crashes", async () => {
    const { id } = await begin(endless, [], { timeoutMs: 150 })
    await crash(id)
    await fireAlarm(id)
    await crash(id)
    await fireAlarm(id)
    expect(await endOf(id)).toMatchObject({ status: "timed_out" })
  })

  it("goes on after a crash where it was", async () => {
    const { id } = await begin(endless)
    await until(
      () => recordsOf(id),
      (records) => records > 3_000,
    )
    await crash(id)
    const before = await recordsOf(id)
    await fireAlarm(id)
    const after = await until(
      () => recordsOf(id),
      (records) => records > before + 1_000,
    )
    expect(before).toBeGreaterThan(3_000)
    expect(after).toBeGreaterThan(before + 1_000)
    expect((await runs.kill(id, {})).status).toBe("cancelled")
  })

  async function recordsOf(id: string): Promise<number> {
    const [row] = await rowsOf(id, "SELECT MAX(seq) AS n FROM journal")
    return Number(row?.["n"])
  }

  it("and one that starts new generations for ever does not either", async () => {
    const { id } = await begin(
      function* (ctx: Context, n: number): Generator<unknown, void, never> {
        yield* ctx.continueAsNew(n + 1)
      },
      [0],
    )
    await until(
      () => recordOf(id),
      ({ generation }) => generation > 50,
    )
    await expectOthersUnharmed()
    await runs.kill(id, {})
    const { generation } = await recordOf(id)
    await pause(20)
    expect((await recordOf(id)).generation).toBe(generation)
  })
})

describe("promise 16: a generator that yields garbage", () => {
  it.each([
    ["nothing", undefined],
    ["a number", 7],
    ["a promise", Promise.resolve(1)],
    ["a function", () => 1],
    ["an object that looks like an operation", { spec: { kind: "run" } }],
    ["null", null],
    ["another generator", (function* () {})()],
  ])("%s gets a typed error at the yield, and may go on", async (_, garbage) => {
    const { id } = await begin(function* (ctx): Generator<unknown, unknown, never> {
      try {
        yield garbage
      } catch (error) {
        return [(error as { code?: unknown }).code, yield* ctx.run(plain, "on")]
      }
      return "not reached"
    })
    expect(await resultOf(id)).toEqual(["invalid_operation", "on"])
  })

  it.each([
    ["an async function", async () => 1],
    ["a plain function", () => 1],
    ["an async generator", async function* () {}],
    ["one that throws when called", () => thrower()],
  ])("%s as a workflow fails the run", async (_, fn) => {
    const { id } = await begin(fn as never)
    expect(await endOf(id)).toMatchObject({ status: "failed" })
    await expectOthersUnharmed()
  })

  function thrower(): never {
    throw new Error("when called")
  }

  it("a generator that swallows everything for ever is killed", async () => {
    const { id } = await begin(function* (ctx): Generator<unknown, void, never> {
      for (;;) {
        try {
          yield* ctx.signal("never")
        } catch {
          // It does not want to end.
        }
      }
    })
    await runs.cancel(id, {})
    await crash(id)
    expect((await runs.kill(id, {})).status).toBe("cancelled")
  })

  it("a future of another run is refused, alone and in a race, and takes nothing from its owner", async () => {
    const stolen: Future<unknown>[] = []
    const owner = await begin(function* (ctx) {
      const promise = yield* ctx.promise()
      stolen.push(promise)
      return yield* promise
    })
    const thefts: ((
      ctx: Context,
      future: Future<unknown>,
    ) => Generator<unknown, unknown, never>)[] = [
      function* (ctx, future) {
        return yield* ctx.race([future, ctx.sleep(10)])
      },
      function* (_, future): Generator<unknown, unknown, never> {
        return yield* future as unknown as Generator<unknown, unknown, never>
      },
    ]
    for (const theft of thefts) {
      const { id } = await begin(function* (ctx: Context): Generator<unknown, unknown, never> {
        const [future] = stolen
        return future && (yield* theft(ctx, future))
      })
      expect(await endOf(id)).toMatchObject({ status: "failed" })
      expect(await errorOf(id)).toMatchObject({ code: "invalid_operation" })
    }
    const token = (await recordOf(owner.id)).waitingFor[0]?.token ?? ""
    await runs.settlePromise(token, { type: "resolve", value: "mine" })
    expect(await resultOf(owner.id)).toBe("mine")
  })
})

describe("promise 16: a broken run harms no other", () => {
  it("forty runs beside ten that fail in every way all end well", async () => {
    const bad = Array.from({ length: 10 }, (_, n) =>
      begin(function* (ctx): Generator<unknown, unknown, never> {
        if (n % 4 === 0) throw new Error("at once")
        if (n % 4 === 1) yield* ctx.panic(true)
        if (n % 4 === 2) return { bad: Symbol("bad") }
        return yield* ctx.run(async () => new Promise(() => undefined))
      }),
    )
    const good = Array.from({ length: 40 }, (_, n) =>
      begin(function* (ctx) {
        yield* ctx.sleep(5)
        return [yield* ctx.run(plain, n), yield* ctx.run(async () => n)]
      }),
    )
    await Promise.all(bad)
    const results = await Promise.all(good.map(async (each) => resultOf((await each).id)))
    expect(results).toEqual(Array.from({ length: 40 }, (_, n) => [n, n]))
    await Promise.all(bad.map(async (each) => codeOf(runs.kill((await each).id, {}))))
  })

  it("two runs share nothing, also in one isolate", async () => {
    const ids = [newId(), newId()]
    await Promise.all(
      ids.map((id) =>
        begin(
          function* (ctx) {
            yield* ctx.publish("state", ctx.id)
            return yield* ctx.signal("s")
          },
          [],
          { id },
        ),
      ),
    )
    await runs.signal(ids[0] ?? "", "s", "first")
    expect(await resultOf(ids[0] ?? "")).toBe("first")
    expect((await recordOf(ids[1] ?? "")).status).toBe("suspended")
    expect(await runs.state(ids[1] ?? "", "state")).toBe(JSON.stringify(ids[1]))
  })
})
