// Sound workflows: none of them is accused, whatever it uses of the programming model, and each is killed at every moment.
import { describe, expect, test, vi } from "vitest"
import {
  Constant,
  Never,
  NonRetryableError,
  type Context,
  type StepContext,
  type WorkflowFunction,
} from "../../src/engine/index.ts"
import {
  checkDeterminism,
  crashEverywhere,
  failsTimes,
  hangs,
  inTurn,
  replayJournal,
  returns,
  throws,
  type SweepOptions,
} from "../../src/testing/index.ts"

/** A bank that keeps the key beside the effect. */
const accounts = new Map<string, number>()
async function charge(ctx: StepContext, cents: number) {
  if (!accounts.has(ctx.idempotencyKey)) accounts.set(ctx.idempotencyKey, cents)
  return { cents, at: new Date(), receipt: crypto.randomUUID() }
}
async function refund({ idempotencyKey }: StepContext, cents: number) {
  accounts.set(`refund ${idempotencyKey}`, -cents)
}
const priceOf = (_: StepContext, sku: string) => sku.length * 100
const describeOrder = (_: StepContext, id: string) => `${id}: ${JSON.stringify({ id })}`
const lookUp = async (_: StepContext, id: string) => {
  const found = await Promise.resolve(new Map([["o1", { sku: "widget" }]]).get(id))
  if (found === undefined) throw new NonRetryableError(`There is no order ${id}.`)
  return found
}
const rest = async () => {
  await new Promise((resolve) => setTimeout(resolve, 1))
}
const mintId = () => crypto.randomUUID()
const stampOf = async () => new Date().toISOString()
const flip = async () => Math.random() < 0.5

function* pack(ctx: Context, id: string) {
  yield* ctx.sleep(1_000)
  return yield* ctx.run(describeOrder, id)
}

function* counted(ctx: Context, n: number): Generator<unknown, number, never> {
  const total = yield* ctx.run((_: StepContext, value: number) => value + 1, n)
  if (total < 3) yield* ctx.continueAsNew(total)
  return total
}

function* wait(ctx: Context) {
  return yield* ctx.signal<string>("go")
}

const sound: Record<string, readonly [WorkflowFunction, SweepOptions?]> = {
  "steps of every kind": [
    function* (ctx: Context, id: string) {
      const { sku } = yield* ctx.run(lookUp, id)
      const cents = yield* ctx.run(priceOf, sku)
      yield* ctx.run(rest)
      return yield* ctx.run(charge, cents)
    },
  ],
  "recorded time, chance and ids": [
    function* (ctx: Context) {
      const atMs = yield* ctx.date.now()
      const isLucky = (yield* ctx.math.random()) < 0.5
      const id = yield* ctx.uuid()
      const day = new Date(atMs).toISOString()
      yield* ctx.sleep({ until: atMs + 60_000 })
      yield* ctx.run(isLucky ? rest : charge, 5)
      return { id, day, utc: Date.UTC(2026, 0, 1), parsed: Date.parse(day) }
    },
  ],
  "ids, times and chance made in steps": [
    function* (ctx: Context) {
      const id = yield* ctx.run(mintId)
      const at = yield* ctx.run(stampOf)
      return { id, at, way: (yield* ctx.run(flip)) ? "left" : ["right"] }
    },
  ],
  "a race of a signal and a timer": [
    function* (ctx: Context) {
      const first = yield* ctx.race({ go: ctx.signal("go"), late: ctx.sleep(5_000) })
      yield* ctx.run(charge, first.key === "go" ? 1 : 2)
      return first.key
    },
  ],
  "a signal in time": [
    function* (ctx: Context) {
      const first = yield* ctx.race({ go: ctx.signal("go"), late: ctx.sleep(5_000) })
      return first.key
    },
    { signals: [{ name: "go", value: 1, atMs: 4_000 }] },
  ],
  "side by side": [
    function* (ctx: Context) {
      const begun = yield* ctx.beginRun(charge, 1)
      const prices = yield* ctx.all([ctx.run(priceOf, "a"), ctx.run(lookUp, "o1"), ctx.sleep(10)])
      return [yield* begun, prices]
    },
  ],
  "sub-workflows and sub-generators": [
    function* (ctx: Context, id: string) {
      const direct = yield* pack(ctx, id)
      return [direct, yield* ctx.run(pack, id), yield* ctx.shield(pack, id)]
    },
  ],
  compensations: [
    function* (ctx: Context) {
      yield* ctx.run(charge, 500)
      yield* ctx.compensate(refund, 500)
      throw new Error("sold out")
    },
  ],
  "a failing step, caught": [
    function* (ctx: Context, id: string) {
      try {
        return yield* ctx.run(lookUp, `no ${id}`)
      } catch (error) {
        return (error as Error).message
      }
    },
  ],
  retries: [
    function* (ctx: Context) {
      const policy = Constant({ delayMs: 20, maxRetries: 5 })
      return yield* ctx.run(charge, 7, ctx.options({ retryPolicy: policy }))
    },
    { steps: { charge: failsTimes(2, "busy", "charged") } },
  ],
  "no retry": [
    function* (ctx: Context) {
      return yield* ctx.run(charge, 7, ctx.options({ retryPolicy: Never() }))
    },
    { steps: { charge: throws("declined") } },
  ],
  "an attempt that hangs": [
    function* (ctx: Context) {
      return yield* ctx.run(charge, 7, ctx.options({ attemptTimeoutMs: 100, timeoutMs: 5_000 }))
    },
    { steps: { charge: inTurn(hangs(), returns("charged")) } },
  ],
  "a step that hangs for ever": [
    function* (ctx: Context) {
      return yield* ctx.race({ charged: ctx.run(charge, 7), over: ctx.sleep(9_000) })
    },
    { steps: { charge: hangs() } },
  ],
  "a panic": [
    function* (ctx: Context) {
      const cents = yield* ctx.run(priceOf, "x")
      yield* ctx.panic(cents === 100, "that is too cheap")
    },
  ],
  "a cancel, with what follows it": [
    function* (ctx: Context) {
      try {
        yield* ctx.signal("never")
      } finally {
        yield* ctx.run(refund, 5)
      }
    },
    { cancel: { atMs: 1_000, reason: "enough" } },
  ],
  "a deadline": [
    function* (ctx: Context) {
      yield* ctx.compensate(refund, 5)
      yield* ctx.sleep(100_000)
    },
    { timeoutMs: 5_000 },
  ],
  "an update, state and a promise": [
    function* (ctx: Context) {
      const message = yield* ctx.receive<number>("add")
      yield* message.reply(message.value + 1)
      const key = yield* ctx.promise<string>()
      yield* ctx.publish("token", key.token)
      return [message.value, yield* key]
    },
    { updates: { add: 1 }, promises: [{ value: "settled" }] },
  ],
  "a fold": [
    function* (ctx: Context) {
      return yield* ctx.reduce([1, 2, 3], (_, sum: number, item: number) => sum + item, 0, {
        publish: { name: "sum" },
      })
    },
  ],
  generations: [
    function* (ctx: Context) {
      return yield* ctx.rpc(counted, 0)
    },
  ],
  "children: awaited, begun, detached, cancelled": [
    function* (ctx: Context, id: string) {
      const begun = yield* ctx.beginRpc(pack, id)
      yield* ctx.detached(counted, 1)
      const first = yield* ctx.race({ waits: ctx.rpc(wait), over: ctx.sleep(500) })
      return [first.key, yield* begun, yield* ctx.rpc("elsewhere", 4)]
    },
    { children: { elsewhere: (_: unknown, n: number) => n * 2 } },
  ],
  "a child that is sent something": [
    function* (ctx: Context) {
      return yield* ctx.rpc(wait)
    },
    { signals: [{ name: "go", value: "gone", to: "wait" }] },
  ],
  "a version": [
    function* (ctx: Context) {
      return (yield* ctx.patched("new")) ? yield* ctx.run(priceOf, "new") : 0
    },
  ],
  "nothing at all": [
    function* () {
      return "done"
    },
  ],
  "spies as mocks": [
    function* (ctx: Context) {
      return [yield* ctx.run(charge, 5), yield* ctx.run(priceOf, "x")]
    },
    { steps: { charge: vi.fn().mockResolvedValue("ok"), priceOf: vi.fn(() => 7) } },
  ],
  "values as mocks": [
    function* (ctx: Context) {
      return [yield* ctx.run(charge, 5), yield* ctx.run(priceOf, "x")]
    },
    { steps: { charge: { receipt: 1 }, priceOf: 7 } },
  ],
}

describe("nothing is found", () => {
  test.each(Object.entries(sound))("%s", async (_, [workflow, options = {}]) => {
    const input = ["o1"] as never[]
    const report = await crashEverywhere(workflow, input, options)
    expect(report).toMatchObject({ ok: true, findings: [], skipped: 0 })
    expect(report.crashes).toBe(report.points)
    expect(report.points).toBe(2 * report.writes + 3 * report.calls)
    const determinism = await checkDeterminism(workflow, input, options)
    expect(determinism).toMatchObject({ ok: true, findings: [] })
    const { run } = determinism
    const replayed = await replayJournal(run.exported, workflow)
    expect(replayed).toMatchObject({ ok: true, status: run.status })
  })

  test("a branch on chance that a step has drawn, however seldom it is taken", async () => {
    const rare = async () => Math.random() < 0.05
    function* draw(ctx: Context) {
      return (yield* ctx.run(rare)) ? { prize: yield* ctx.run(charge, 5) } : "nothing"
    }
    for (let time = 0; time < 12; time++) {
      expect((await crashEverywhere(draw)).ok).toBe(true)
    }
  })

  test("killed twice in a row", async () => {
    for (const [workflow, options = {}] of Object.values(sound)) {
      const report = await crashEverywhere(workflow, ["o1"] as never[], {
        ...options,
        twice: true,
        maxCrashes: 60,
      })
      expect(report.ok).toBe(true)
    }
  })
})
