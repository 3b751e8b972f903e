// Test kit: a workflow driven in memory, with time, steps, messages and crashes in the test's hands.
import { describe, expect, test } from "vitest"
import { Constant, type Context, type StepContext } from "../../src/engine/index.ts"
import { TestRun } from "../../src/testing/index.ts"

interface Order {
  readonly id: string
}

const reserve = async (_: StepContext, order: Order): Promise<string> => {
  throw new Error(`no warehouse in a test: ${order.id}`)
}
const charge = async (ctx: StepContext, order: Order) => `${order.id} under ${ctx.idempotencyKey}`
const release = async () => "released"

function* buy(ctx: Context, order: Order) {
  yield* ctx.run(reserve, order, ctx.options({ retryPolicy: new Constant({ delayMs: 1_000 }) }))
  const window = yield* ctx.race({ cancelled: ctx.signal("cancel"), over: ctx.sleep(5_000) })
  if (window.key === "cancelled") return yield* ctx.run(release)
  return yield* ctx.run(charge, order)
}

const mocks = { reserve: async () => "reserved" }
const input: [Order] = [{ id: "o1" }]

describe("a run in memory", () => {
  test("steps are mocked by name or run as they are, and time is the test's", async () => {
    const run = await TestRun.start(buy, { input, mocks })
    expect(run.status).toBe("suspended")
    expect(run.waitingFor.map(({ kind, name }) => name ?? kind)).toEqual(["cancel", "timer"])
    await run.advance(4_999)
    expect(run.status).toBe("suspended")
    await run.advance(1)
    expect(run.status).toBe("completed")
    expect(run.result).toBe("o1 under test-run/test/0/2")
    expect(run.calls.map(({ name }) => name)).toEqual(["reserve", "charge"])
    run.replay()
  })

  test("a signal comes first", async () => {
    const run = await TestRun.start(buy, { input, mocks })
    await run.signal("cancel")
    expect(run.result).toBe("released")
    run.replay()
  })

  test("attempts by hand: each failure is retried when its time has come", async () => {
    const run = await TestRun.start(buy, { input, byHand: ["reserve"] })
    expect(run.status).toBe("running")
    expect(run.held).toEqual([{ name: "reserve", path: "0", attempt: 1, input }])
    await run.fail("reserve", new Error("busy"))
    expect(run.status).toBe("suspended")
    await expect(run.finish("reserve")).rejects.toThrow('No attempt of step "reserve" waits')
    await run.advance(1_000)
    expect(run.held[0]?.attempt).toBe(2)
    await run.finish("0", "reserved")
    await run.advance(5_000)
    expect(run.status).toBe("completed")
  })

  test("time passes from one due instant to the next", async () => {
    let failures = 3
    const run = await TestRun.start(buy, {
      input,
      mocks: {
        reserve: async () => {
          if (failures-- > 0) throw new Error("busy")
        },
      },
    })
    await run.advance(60_000)
    expect(run.status).toBe("completed")
    expect(
      run.calls.filter(({ name }) => name === "reserve").map(({ attempt }) => attempt),
    ).toEqual([1, 2, 3, 4])
  })

  test("promise 1: a crash at any moment repeats no recorded step", async () => {
    const run = await TestRun.start(buy, { input, byHand: ["reserve"] })
    await run.crash()
    expect(run.held).toEqual([{ name: "reserve", path: "0", attempt: 2, input }])
    await run.finish("reserve")
    await run.crash()
    await run.advance(5_000)
    await run.crash()
    expect(run.status).toBe("completed")
    expect(run.calls.map(({ name, attempt }) => `${name} ${attempt}`)).toEqual([
      "reserve 1",
      "reserve 2",
      "charge 1",
    ])
  })

  test("promise 10: a replay on changed code says what diverges", async () => {
    const run = await TestRun.start(buy, { input, mocks })
    const changed = function* (ctx: Context, order: Order) {
      return yield* ctx.run(charge, order)
    }
    expect(() => run.replay(changed)).toThrow(/The replay halts: .*charge/)
    expect(run.status).toBe("suspended")
  })

  test("updates, promises, published state, cancel", async () => {
    function* desk(ctx: Context) {
      const key = yield* ctx.promise<string>()
      yield* ctx.publish("token", key.token)
      const message = yield* ctx.receive("add")
      yield* message.reply({ added: message.value })
      try {
        return yield* key
      } finally {
        yield* ctx.run(release)
      }
    }
    const run = await TestRun.start(desk)
    expect(await run.update("add", 1)).toEqual({ state: "replied", reply: { added: 1 } })
    const other = await TestRun.start(desk)
    await run.settlePromise(run.published("token") as string, { value: "key" })
    expect(run.result).toBe("key")
    await other.update("add", 1)
    await other.cancel("enough")
    expect(other.status).toBe("cancelled")
    expect(other.error).toMatchObject({ message: "enough" })
    expect(other.calls.map(({ name }) => name)).toEqual(["release"])
    expect(() => other.result).toThrow("it is cancelled")
  })

  test("sub-workflows, folds and compensations use the mocks, too", async () => {
    const add = (_: StepContext, sum: number, item: number) => sum + item
    function* inner(ctx: Context) {
      yield* ctx.compensate(release)
      return yield* ctx.run(reserve, { id: "inner" })
    }
    function* outer(ctx: Context) {
      const place = yield* ctx.run(inner)
      const sum = yield* ctx.reduce([1, 2, 3], add, 0)
      yield* ctx.panic(sum !== 6, "the sum is wrong")
      return { place, sum }
    }
    const run = await TestRun.start(outer, { mocks })
    expect(run.result).toEqual({ place: "reserved", sum: 6 })
    run.replay()
    const halted = await TestRun.start(outer, { mocks: { ...mocks, add: () => 0 } })
    expect(halted.status).toBe("halted")
    expect(halted.halt).toMatchObject({ code: "panic", message: "the sum is wrong" })
  })

  test("children end by the test's hand, and generations go on", async () => {
    function* child(_: Context, n: number) {
      return n
    }
    function* parent(ctx: Context, n: number): Generator<unknown, unknown, never> {
      const got = yield* ctx.rpc(child, n)
      if (n < 2) yield* ctx.continueAsNew(n + 1)
      return got
    }
    const run = await TestRun.start(parent, { input: [1], children: { child } })
    await run.endChild("0", { value: 1 })
    expect(run.generation).toBe(1)
    await run.crash()
    await run.endChild("0", { error: new Error("no") })
    expect(run.status).toBe("failed")
    expect(run.error).toMatchObject({ message: "no" })
  })

  test("dependencies, the run's deadline", async () => {
    const ask = async (ctx: StepContext) => ctx.getDependency<{ rate: number }>("bank").rate
    function* patient(ctx: Context) {
      const rate = yield* ctx.run(ask)
      yield* ctx.publish("rate", rate)
      yield* ctx.signal("never")
    }
    const options = { dependencies: { bank: { rate: 3 } }, timeoutMs: 10_000 }
    const run = await TestRun.start(patient, options)
    expect(run.published("rate")).toBe(3)
    await run.advance(10_000)
    expect(run.status).toBe("timed_out")
  })
})
