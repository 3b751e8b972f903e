// Run workflow: mocks, messages at chosen moments, children and a clock that skips waits; the run is a result like any other.
import { describe, expect, test } from "vitest"
import {
  Constant,
  NonRetryableError,
  TimeoutError,
  type Context,
  type StepContext,
} from "../../src/engine/index.ts"
import {
  failsTimes,
  hangs,
  inTurn,
  replayJournal,
  returns,
  runWorkflow,
  throws,
} from "../../src/testing/index.ts"

const DAY_MS = 86_400_000

async function charge(_: StepContext, cents: number): Promise<string> {
  throw new Error(`no bank in a test: ${cents}`)
}
const refund = async () => "refunded"

function* buy(ctx: Context, id: string, cents: number) {
  const receipt = yield* ctx.run(charge, cents)
  yield* ctx.publish("order", { id, state: "charged" })
  yield* ctx.sleep(DAY_MS)
  return { id, receipt }
}

describe("steps", () => {
  test("a function is called as the step is, and waits take no time", async () => {
    const run = await runWorkflow(buy, ["o1", 500], {
      steps: { charge: (ctx: StepContext, cents: number) => `${cents} ${ctx.attempt}` },
    })
    expect(run).toMatchObject({
      workflow: "buy",
      status: "completed",
      result: { id: "o1", receipt: "500 1" },
      error: undefined,
      elapsedMs: DAY_MS,
      published: { order: { id: "o1", state: "charged" } },
      waitingFor: [],
      undelivered: [],
    })
    expect(run.calls).toEqual([{ name: "charge", path: "0", attempt: 1, input: [500] }])
    expect(run.journal).toMatchObject([
      { path: "0", kind: "step", name: "charge", state: "completed", attempts: 1, value: "500 1" },
      { path: "1", kind: "publish", name: "order", state: "completed" },
      { path: "2", kind: "timer", state: "completed" },
    ])
  })

  test("plain values, errors, helpers", async () => {
    const resultOf = async (mock: Parameters<typeof inTurn>[0]) => {
      const run = await runWorkflow(buy, ["o1", 1], { steps: { charge: mock } })
      return run.result?.receipt ?? run.error
    }
    expect(await resultOf("paid")).toBe("paid")
    expect(await resultOf(returns("paid"))).toBe("paid")
    expect(await resultOf(failsTimes(3, "busy", "paid"))).toBe("paid")
    expect(await resultOf(inTurn(throws("busy"), hangs(), "paid"))).toBe("paid")
    expect(await resultOf(new NonRetryableError("declined"))).toMatchObject({
      message: "declined",
    })
    expect(await resultOf(throws(new NonRetryableError("declined")))).toMatchObject({
      message: "declined",
    })
  })

  test("failsTimes lets the step itself go on, by the policy's delays", async () => {
    function* wf(ctx: Context) {
      return yield* ctx.run(refund)
    }
    const run = await runWorkflow(wf, [], { steps: { refund: failsTimes(3) } })
    expect(run).toMatchObject({ result: "refunded", elapsedMs: 2_000 + 4_000 + 8_000 })
    expect(run.calls.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4])
  })

  test("one that always fails is tried for ever; nobody looks for ever", async () => {
    const run = await runWorkflow(buy, ["o1", 1])
    expect(run).toMatchObject({
      status: "suspended",
      waitingFor: [{ kind: "retry", path: "0", name: "charge" }],
      stopped: expect.stringContaining('Step "charge" (path 0) had 50 attempts'),
    })
    expect(run.journal[0]).toMatchObject({ error: { message: "no bank in a test: 1" } })
    const three = await runWorkflow(buy, ["o1", 1], { attemptsMax: 3 })
    expect(three.calls).toHaveLength(3)
  })

  test("one that hangs passes its timeout, whether or not it says that it hangs", async () => {
    function* patient(ctx: Context) {
      try {
        return yield* ctx.run(charge, 1, ctx.options({ timeoutMs: 3_600_000 }))
      } catch (error) {
        return error instanceof TimeoutError ? "too late" : error
      }
    }
    for (const mock of [hangs(), () => new Promise(() => undefined)]) {
      const options = { steps: { charge: mock }, patienceMs: 100 }
      const run = await runWorkflow(patient, [], options)
      expect(run).toMatchObject({ result: "too late", elapsedMs: 3_600_000 })
    }
    const still = await runWorkflow(buy, ["o1", 1], { steps: { charge: hangs() }, untilMs: 1_000 })
    expect(still).toMatchObject({
      status: "running",
      waitingFor: [{ kind: "step", path: "0", name: "charge" }],
      stopped: expect.stringContaining("untilMs"),
    })
  })
})

describe("what comes from outside", () => {
  function* approval(ctx: Context) {
    const decision = yield* ctx.race({
      approved: ctx.signal<string>("approve"),
      over: ctx.sleep(10_000),
    })
    const message = yield* ctx.receive<number>("add", { validate: (value) => value !== 0 })
    message.reply({ sum: message.value + 1 })
    const key = yield* ctx.promise<string>()
    return { decision, key: yield* key }
  }
  const updates = { add: 1 }
  const promises = [{ value: "key" }]

  test("signals, updates and promises come when the run waits for them", async () => {
    const run = await runWorkflow(approval, [], { signals: { approve: "yes" }, updates, promises })
    expect(run).toMatchObject({
      result: { decision: { key: "approved", value: "yes" }, key: "key" },
      elapsedMs: 0,
      updates: [{ name: "add", value: 1, state: "replied", reply: { sum: 2 } }],
    })
  })

  test.each([
    [{ atMs: 9_999 }, "approved", 9_999],
    [{ atMs: 10_000 }, "approved", 10_000],
    [{ atMs: 10_001 }, "over", 10_001],
    [{ when: "start" as const }, "approved", 0],
    [{ when: () => true }, "approved", 0],
    [{ when: () => false }, "over", 10_000],
  ])("a signal with %j: %s", async (moment, key, elapsedMs) => {
    const signals = [{ name: "approve", value: "yes", ...moment }]
    const run = await runWorkflow(approval, [], {
      signals,
      updates: [{ name: "add", value: 1, ...(elapsedMs > 10_000 && { atMs: elapsedMs }) }],
      promises,
    })
    expect(run.result?.decision.key).toBe(key)
    expect(run.elapsedMs).toBe(elapsedMs)
    expect(run.undelivered).toHaveLength("when" in moment && key === "over" ? 1 : 0)
  })

  test("an update that is refused; a promise that is rejected", async () => {
    const run = await runWorkflow(approval, [], {
      updates: [
        { name: "add", value: 0 },
        { name: "add", value: 2 },
      ],
      promises: [{ error: new Error("lost") }],
    })
    expect(run.updates.map(({ state }) => state)).toEqual(["rejected", "replied"])
    expect(run).toMatchObject({ status: "failed", error: { message: "lost" } })
  })

  test("after a step; a cancel; the run's own deadline", async () => {
    function* order(ctx: Context) {
      yield* ctx.compensate(refund)
      yield* ctx.run(charge, 1)
      yield* ctx.signal("never")
    }
    const steps = { charge: "paid" }
    const cancel = { afterStep: "charge", reason: "enough" }
    const cancelled = await runWorkflow(order, [], { steps, cancel })
    expect(cancelled).toMatchObject({ status: "cancelled", error: { message: "enough" } })
    expect(cancelled.calls.map(({ name }) => name)).toEqual(["charge", "refund"])
    const late = await runWorkflow(order, [], { steps, timeoutMs: 5_000 })
    expect(late).toMatchObject({ status: "timed_out", elapsedMs: 5_000 })
    expect(late.calls.map(({ name }) => name)).toEqual(["charge", "refund"])
  })

  test("during: a test looks at the run whenever nothing moves", async () => {
    const seen: string[] = []
    const run = await runWorkflow(approval, [], {
      updates,
      promises,
      during: async (live) => {
        seen.push(live.waitingFor.map(({ kind }) => kind).join())
        if (live.waitingFor.some(({ name }) => name === "approve")) await live.signal("approve")
      },
    })
    expect(run.result?.decision.key).toBe("approved")
    expect(seen[0]).toBe("signal,timer")
  })

  test("what it waits for is told", async () => {
    expect(await runWorkflow(approval, [], { signals: { approve: 1 } })).toMatchObject({
      status: "suspended",
      result: undefined,
      waitingFor: [{ kind: "update", name: "add", path: "1" }],
    })
  })
})

describe("ends", () => {
  test("a failure, a panic, a caught one", async () => {
    function* fails(ctx: Context, how: string) {
      yield* ctx.panic(how === "panic", "look at this")
      throw new RangeError(how)
    }
    expect(await runWorkflow(fails, "boom")).toMatchObject({
      status: "failed",
      error: { name: "RangeError", message: "boom" },
    })
    expect(await runWorkflow(fails, ["panic"])).toMatchObject({
      status: "halted",
      halt: { code: "panic", message: "look at this" },
      result: undefined,
    })
  })

  test("generations", async () => {
    function* counter(ctx: Context, n: number): Generator<unknown, number, never> {
      yield* ctx.sleep(1_000)
      if (n < 3) yield* ctx.continueAsNew(n + 1)
      return n
    }
    const run = await runWorkflow(counter, [0])
    expect(run).toMatchObject({ result: 3, generation: 3, elapsedMs: 4_000 })
    expect(await replayJournal(run.exported, counter)).toMatchObject({ status: "completed" })
  })

  test("a run that never ends is let go of", async () => {
    function* forEver(ctx: Context) {
      for (;;) yield* ctx.sleep(DAY_MS)
    }
    const run = await runWorkflow(forEver, [], { untilMs: 30 * DAY_MS })
    expect(run).toMatchObject({ status: "suspended", elapsedMs: 30 * DAY_MS })
    expect(run.stopped).toContain("untilMs")
  })
})

describe("children", () => {
  function* ship(ctx: Context, id: string) {
    yield* ctx.sleep(5_000)
    return `${id}: ${yield* ctx.run(charge, 7)}`
  }
  function* order(ctx: Context, id: string) {
    const begun = yield* ctx.beginRpc(ship, id)
    try {
      return yield* begun
    } catch (error) {
      return (error as Error).message
    }
  }
  const steps = { charge: "paid" }

  test("run in memory, under the same clock and with the same mocks", async () => {
    const run = await runWorkflow(order, "o1", { steps })
    expect(run).toMatchObject({ result: "o1: paid", elapsedMs: 5_000 })
    expect(run.children).toMatchObject([{ workflow: "ship", status: "completed" }])
    expect(run.calls.map(({ name }) => name)).toEqual(["charge"])
  })

  test("are mocked by name, and given by name", async () => {
    const mocked = (mock: unknown) =>
      runWorkflow(order, "o1", { children: { ship: mock as string } })
    expect((await mocked("sent")).result).toBe("sent")
    expect((await mocked((_: unknown, id: string) => `sent ${id}`)).result).toBe("sent o1")
    expect((await mocked(throws("lost"))).result).toBe("lost")
    expect(await mocked(hangs())).toMatchObject({
      status: "suspended",
      waitingFor: [{ kind: "child", name: "ship", path: "0" }],
    })
    function* byName(ctx: Context) {
      return yield* ctx.rpc<string>("ship", "o2")
    }
    expect((await runWorkflow(byName, [], { steps, children: { ship } })).result).toBe("o2: paid")
    await expect(runWorkflow(byName)).rejects.toThrow('starts a child "ship"')
  })

  test("a cancel reaches them first", async () => {
    const run = await runWorkflow(order, "o1", { cancel: { atMs: 1_000 } })
    expect(run.children[0]?.status).toBe("cancelled")
    expect(run).toMatchObject({ status: "cancelled", elapsedMs: 1_000 })
  })

  test("retries of a child are runs of their own", async () => {
    let fails = 1
    function* flaky(): Generator<unknown, string, never> {
      if (fails-- > 0) throw new Error("once")
      return "well"
    }
    function* parent(ctx: Context) {
      const retryPolicy = Constant({ delayMs: 1_000, maxRetries: 2 })
      return yield* ctx.rpc(flaky, ctx.options({ retryPolicy }))
    }
    const run = await runWorkflow(parent)
    expect(run).toMatchObject({ result: "well", elapsedMs: 1_000 })
    expect(run.children.map(({ status }) => status)).toEqual(["failed", "completed"])
  })
})

describe("mistakes in a test are told", () => {
  test("an option that is none, a moment that is none, a workflow that is none", async () => {
    const options = { mocks: {} } as object
    await expect(runWorkflow(buy, ["o1", 1], options)).rejects.toThrow(
      'there is no option "mocks". These are there: steps, children',
    )
    const signals = [{ name: "go", at: 5 } as { name: string }]
    await expect(runWorkflow(buy, ["o1", 1], { signals })).rejects.toThrow('"at" is not known')
    const nameless = [{ value: 5 } as unknown as { name: string }]
    await expect(runWorkflow(buy, ["o1", 1], { signals: nameless })).rejects.toThrow("needs a name")
    const late = { cancel: { atMs: -1 } }
    await expect(runWorkflow(buy, ["o1", 1], late)).rejects.toThrow("atMs is -1")
    await expect(runWorkflow(refund as never)).rejects.toThrow('the async function "refund"')
  })
})
