// Promise 16 at the object: whatever a workflow, a step or a caller does, it harms that run alone, and the answer is clear.

import { describe, expect, it } from "vitest"
import type { Context, StepContext } from "../../src/engine/context.ts"
import type { Future } from "../../src/engine/operation.ts"
import { Never } from "../../src/engine/retry.ts"
import {
  begin,
  codeOf,
  crash,
  endOf,
  errorOf,
  evict,
  fireAlarm,
  journalOf,
  newId,
  pause,
  recordOf,
  resultOf,
  runs,
  until,
} from "./support/runs.ts"

const plain = (_: StepContext, value: unknown) => value

/** Another run, started after the harm was done, works. */
async function expectOthersUnharmed(): Promise<void> {
  const { id } = await begin(function* (ctx) {
    return [yield* ctx.run(plain, 1), yield* ctx.run(async (_: StepContext) => 2)]
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
      async () => (await journalPageEnd(id)) > 3_000,
      (isFar) => isFar,
    )
    await crash(id)
    const before = await journalPageEnd(id)
    await fireAlarm(id)
    await until(
      async () => (await journalPageEnd(id)) > before,
      (isFurther) => isFurther,
    )
    expect((await runs.kill(id, {})).status).toBe("cancelled")
  })

  async function journalPageEnd(id: string): Promise<number> {
    let end = 0
    for (let after: string | undefined = "0"; after !== undefined && end < 4_000;) {
      const page = await runs.journal(id, after, 1_000)
      end += page.entries.length
      after = page.next
    }
    return end
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

describe("promise 16: steps that throw and return what they should not", () => {
  it.each([
    ["undefined", undefined, "undefined"],
    ["null", null, "null"],
    ["a text", "text", "text"],
    ["a number", 0, "0"],
    ["an object", { code: "x" }, undefined],
    ["a function", () => 1, undefined],
    ["an error with a cycle", cyclicError(), "cyclic"],
    ["an error whose message throws", hostileError(), undefined],
  ])("throwing %s fails the run after its retries", async (_, thrown, message) => {
    for (const step of [
      (_: StepContext) => {
        throw thrown
      },
      async (_: StepContext) => {
        throw thrown
      },
    ]) {
      const { id } = await begin(function* (ctx) {
        yield* ctx.run(step, ctx.options({ retryPolicy: Never() }))
      })
      const record = await endOf(id)
      expect(record.status).toBe("failed")
      if (message === "cyclic") expect(await errorOf(id)).toMatchObject({ message })
      else if (message !== undefined) expect(String(await errorOf(id))).toBe(message)
      await evict(id)
      expect((await recordOf(id)).status).toBe("failed")
      expect(await journalOf(id)).toMatchObject([{ state: "failed", attempts: 1 }])
    }
    await expectOthersUnharmed()
  })

  function cyclicError(): Error {
    const error = new Error("cyclic")
    return Object.assign(error, { cause: error })
  }

  function hostileError(): Error {
    return Object.defineProperty(new Error("x"), "message", {
      get() {
        throw new Error("even this")
      },
    })
  }

  it.each([
    ["a generator object", () => (function* () {})()],
    [
      "a thenable that never calls back twice",
      () => ({ then: (ok: (v: number) => void) => (ok(1), ok(2)) }),
    ],
    ["a thenable that throws", () => ({ then: () => thrower() })],
    [
      "a proxy that throws",
      () => new Proxy({}, { get: thrower, ownKeys: thrower, getPrototypeOf: thrower }),
    ],
    [
      "an object with a throwing getter",
      () => ({
        get value() {
          return thrower()
        },
      }),
    ],
  ])("returning %s is settled one way or the other", async (_, step) => {
    const { id } = await begin(function* (ctx) {
      return yield* ctx.run(step, ctx.options({ retryPolicy: Never() }))
    })
    const record = await endOf(id)
    expect(["completed", "failed"]).toContain(record.status)
    await crash(id)
    expect((await recordOf(id)).status).toBe(record.status)
    await expectOthersUnharmed()
  })

  function thrower(): never {
    throw new Error("thrown on sight")
  }

  it("a result that cannot be stored fails the run, not the object", async () => {
    const { id } = await begin(function* (ctx) {
      yield* ctx.run(plain, 1)
      return { deep: [() => 1] }
    })
    const error = await errorOf(id)
    expect(error).toMatchObject({ code: "encoding" })
    expect(error.message).toContain(".deep[0]")
  })

  it("a value nested a hundred thousand deep fails its step", async () => {
    const deep = (_: StepContext) => {
      let value: unknown = "bottom"
      for (let n = 0; n < 100_000; n++) value = [value]
      return value
    }
    const { id } = await begin(function* (ctx) {
      return yield* ctx.run(deep)
    })
    expect(await errorOf(id)).toMatchObject({ code: "encoding" })
    await expectOthersUnharmed()
  })

  it("a dependency that cannot be made fails the step that asks for it", async () => {
    const { id } = await begin(function* (ctx) {
      return yield* ctx.run(
        (stepCtx: StepContext) => stepCtx.getDependency("nobody") === undefined,
        ctx.options({ retryPolicy: Never() }),
      )
    })
    expect(["completed", "failed"]).toContain((await endOf(id)).status)
  })

  it("a run that recurses without end fails or is killed, and others go on", async () => {
    function* nest(ctx: Context, depth: number): Generator<unknown, number, never> {
      return depth > 200 ? depth : yield* ctx.run(nest, depth + 1)
    }
    const { id } = await begin(nest, [0])
    expect(await resultOf(id)).toBe(201)
    await expectOthersUnharmed()
  })
})

describe("promise 16: a broken run harms no other", () => {
  it("a hundred runs beside ten that fail in every way all end well", async () => {
    const bad = Array.from({ length: 10 }, (_, n) =>
      begin(function* (ctx): Generator<unknown, unknown, never> {
        if (n % 4 === 0) throw new Error("at once")
        if (n % 4 === 1) yield* ctx.panic(true)
        if (n % 4 === 2) return { bad: Symbol("bad") }
        return yield* ctx.run(async (_: StepContext) => new Promise(() => undefined))
      }),
    )
    const good = Array.from({ length: 100 }, (_, n) =>
      begin(function* (ctx) {
        yield* ctx.sleep(5)
        return [yield* ctx.run(plain, n), yield* ctx.run(async (_: StepContext) => n)]
      }),
    )
    await Promise.all(bad)
    const results = await Promise.all(good.map(async (each) => resultOf((await each).id)))
    expect(results).toEqual(Array.from({ length: 100 }, (_, n) => [n, n]))
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
