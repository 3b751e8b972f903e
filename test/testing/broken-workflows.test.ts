// Broken workflows: the three faults of durable code, in the spellings people write them in, and each is found.
import { describe, expect, test, vi } from "vitest"
import type { Context, StepContext, WorkflowFunction } from "../../src/engine/index.ts"
import {
  checkDeterminism,
  crashEverywhere,
  failsTimes,
  FindingsError,
  type Finding,
  type SweepOptions,
} from "../../src/testing/index.ts"

async function findingsOf(
  workflow: WorkflowFunction,
  options: SweepOptions = {},
): Promise<readonly Finding[]> {
  const error: unknown = await crashEverywhere(workflow, ["o1"] as never[], options).then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof FindingsError)) throw new Error("Nothing was found.", { cause: error })
  return error.findings
}

const pay = async (ctx: StepContext, what: unknown) => `${String(what)} ${ctx.idempotencyKey}`
const left = async () => "left"
const right = async () => "right"

describe("unrecorded random", () => {
  const spellings: Record<string, WorkflowFunction> = {
    "feeds a step": function* (ctx: Context) {
      return yield* ctx.run(pay, Math.random())
    },
    "decides a branch": function* (ctx: Context) {
      if (Math.random() < 0.5) return yield* ctx.run(left)
      return yield* ctx.run(right)
    },
    "is the result": function* (ctx: Context) {
      yield* ctx.run(left)
      return { id: Math.random() }
    },
    "an id of the platform": function* (ctx: Context) {
      const id = crypto.randomUUID()
      return yield* ctx.run(pay, id)
    },
    "bytes of the platform": function* (ctx: Context) {
      const [byte] = crypto.getRandomValues(new Uint8Array(1))
      yield* ctx.run(pay, byte)
    },
    "behind the first step, in a helper": function* (ctx: Context) {
      const draw = () => Math.floor(Math.random() * 1_000)
      yield* ctx.run(left)
      yield* ctx.publish("ticket", draw())
    },
    "in a sub-workflow": function* (ctx: Context) {
      return yield* ctx.run(function* lottery(inner: Context) {
        return yield* inner.run(pay, Math.random())
      })
    },
    "how long it sleeps": function* (ctx: Context) {
      yield* ctx.sleep(Math.random() * 1_000)
    },
  }
  test.each(Object.entries(spellings))("%s", async (_, workflow) => {
    expect(await findingsOf(workflow)).toContainEqual(
      expect.objectContaining({
        kind: "random",
        call: expect.stringMatching(/random|getRandomValues/i),
        location: expect.stringContaining("broken-workflows.test.ts"),
      }),
    )
    await expect(checkDeterminism(workflow)).rejects.toThrow("unrecorded random")
  })

  test("one that no global was asked for is found by its consequences", async () => {
    const { random } = Math
    function* sly(ctx: Context) {
      return yield* ctx.run(pay, random())
    }
    expect(await findingsOf(sly)).toMatchObject([
      { kind: "divergence", path: "0", expected: { kind: "step", name: "pay" } },
    ])
    await expect(checkDeterminism(sly)).rejects.toThrow('path "0"')
  })
})

describe("the wall clock", () => {
  const spellings: Record<string, WorkflowFunction> = {
    "Date.now() decides a branch": function* (ctx: Context) {
      if (Date.now() % 2 === 0) return yield* ctx.run(left)
      return yield* ctx.run(right)
    },
    "new Date() decides between a step and none": function* (ctx: Context) {
      if (new Date().getHours() < 12) yield* ctx.run(left)
      return "done"
    },
    "the weekday": function* (ctx: Context) {
      const today = new Date()
      return yield* ctx.run([0, 6].includes(today.getDay()) ? left : right)
    },
    "a deadline": function* (ctx: Context) {
      const deadlineMs = Date.now() + 60_000
      yield* ctx.sleep(61_000)
      return Date.now() > deadlineMs ? "late" : "in time"
    },
    "how long a step took": function* (ctx: Context) {
      const from = performance.now()
      yield* ctx.run(left)
      return performance.now() - from > 1 ? "slow" : "fast"
    },
    "the date as a text": function* (ctx: Context) {
      yield* ctx.run(pay, Date())
    },
    "without any step": function* () {
      return Date.now() > 1_000 ? "new" : "old"
    },
  }
  test.each(Object.entries(spellings))("%s", async (_, workflow) => {
    expect(await findingsOf(workflow)).toContainEqual(
      expect.objectContaining({ kind: "clock", call: expect.stringMatching(/Date|performance/) }),
    )
    await expect(checkDeterminism(workflow)).rejects.toThrow("ctx.date.now()")
  })
})

test("a branch is found by what follows, too: every replay is shown another time", async () => {
  function* odd(ctx: Context) {
    return yield* ctx.run(Date.now() % 2 === 0 ? left : right)
  }
  function* early(ctx: Context) {
    if (new Date().getUTCHours() < 1) yield* ctx.run(left)
    yield* ctx.run(right)
  }
  for (const [workflow, recorded, replayed] of [
    [odd, "left", "right"],
    [early, "left", "right"],
  ] as const) {
    const divergence = {
      kind: "divergence",
      path: "0",
      expected: { name: recorded },
      found: { name: replayed },
    }
    const found = await findingsOf(workflow)
    expect(found.slice(0, 2)).toMatchObject([{ kind: "clock" }, divergence])
    await expect(checkDeterminism(workflow)).rejects.toMatchObject({
      findings: [{ kind: "clock" }, divergence],
    })
  }
})

describe("an effect without idempotency key", () => {
  const sent: unknown[] = []
  let count = 0
  const balances = { alice: 0 }
  const byOrder = new Map<string, number>()
  const bank = { charge: async (cents: number) => sent.push(cents) }
  const deliver = vi.fn()
  class Mailer {
    sent = 0
    async send(): Promise<void> {
      this.sent++
    }
  }
  const mailer = new Mailer()

  const steps: Record<string, (ctx: StepContext, order: string) => unknown> = {
    "pushes to a list": async (_, order) => {
      sent.push(order)
    },
    counts: async () => {
      count++
      return "ok"
    },
    "counts, and is no async function": () => {
      count += 1
      return count
    },
    "changes a balance": async () => {
      balances.alice -= 500
    },
    "adds up": (_, order) => {
      byOrder.set(order, (byOrder.get(order) ?? 0) + 1)
    },
    "calls a bank": async () => bank.charge(500),
    "calls a bank and gives back its promise": () => bank.charge(500),
    fetches: async () => {
      const answer = await fetch("data:application/json,{}", { method: "GET" })
      return answer.ok
    },
    "calls a helper": async (_, order) => {
      await bank.charge(order.length)
      deliver(order)
    },
    "uses a class": async () => {
      await mailer.send()
    },
    "asks a dependency": async (ctx, order) => {
      const post = ctx.getDependency<{ send(text: string): void }>("post")
      post.send(order)
    },
    "knows the run's id and yet gives no key": async (ctx, order) => {
      sent.push([ctx.id, order])
    },
  }
  const dependencies = { post: { send: (text: string) => sent.push(text) } }

  test.each(Object.entries(steps))("%s", async (name, step) => {
    function* order(ctx: Context, id: string) {
      return yield* ctx.run(step, id, ctx.options({ name }))
    }
    const found = await findingsOf(order, { dependencies })
    expect(found).toMatchObject([
      { kind: "effect", step: name, path: "0", crash: expect.stringContaining("killed") },
    ])
    expect(found[0]?.message).toContain("never asked for ctx.idempotencyKey")
  })

  test("a mock is looked at as a step is", async () => {
    function* order(ctx: Context) {
      return yield* ctx.run(left)
    }
    const options = { steps: { left: vi.fn(async () => sent.push("mocked")) } }
    expect(await findingsOf(order, options)).toMatchObject([{ kind: "effect", step: "left" }])
    const failing = async () => sent.push("again")
    expect(
      await findingsOf(order, { steps: { left: failsTimes(1, "busy", failing) } }),
    ).toMatchObject([{ kind: "effect", step: "left" }])
  })

  test("a compensation is a step", async () => {
    const undo = async () => sent.push("undone")
    function* order(ctx: Context) {
      yield* ctx.compensate(undo)
      throw new Error("no")
    }
    expect(await findingsOf(order)).toMatchObject([{ kind: "effect", step: "undo" }])
  })

  test("with its key on it the outside tells: the world of each run is compared", async () => {
    function* order(ctx: Context, id: string) {
      return yield* ctx.run(pay, id)
    }
    const world = () => {
      const ledger: string[] = []
      return {
        steps: { pay: async (ctx: StepContext) => ledger.push(`paid ${ctx.idempotencyKey}`) },
        effects: () => ledger,
      }
    }
    const found = await findingsOf(order, { world })
    expect(found.map(({ kind }) => kind).toSorted()).toEqual(["effects", "result"])
    expect(found.find(({ kind }) => kind === "effects")).toMatchObject({
      expected: ["paid test-run/test/0/0"],
      found: ["paid test-run/test/0/0", "paid test-run/test/0/0"],
    })
  })

  test("an outside that outlives the runs: more than ever without a crash is too much", async () => {
    const ledger: string[] = []
    const state = { total: 0 }
    async function book(ctx: StepContext, id: string) {
      ledger.push(`${ctx.idempotencyKey} ${id}`)
      state.total += 5
    }
    function* order(ctx: Context, id: string) {
      yield* ctx.run(book, id)
    }
    expect(await findingsOf(order, { effects: () => ledger })).toMatchObject([
      { kind: "effects", expected: "1 more", found: "2 more" },
    ])
    expect(await findingsOf(order, { effects: () => state })).toMatchObject([{ kind: "effects" }])
  })
})

describe("what else is found", () => {
  test("a call out of the body itself", async () => {
    function* order(ctx: Context) {
      void fetch("data:text/plain,hello")
      yield* ctx.run(left)
    }
    expect(await findingsOf(order)).toContainEqual(
      expect.objectContaining({ kind: "call", call: "fetch()" }),
    )
  })

  test("state that outlives a run: the second run does something else", async () => {
    let runs = 0
    function* order(ctx: Context) {
      runs++
      yield* ctx.run(pay, runs)
    }
    expect((await findingsOf(order)).map(({ kind }) => kind)).toContain("divergence")
  })

  test("a result that only a crash can bring about", async () => {
    const attemptOf = async (ctx: StepContext) => ctx.attempt
    function* order(ctx: Context) {
      return { attempts: yield* ctx.run(attemptOf) }
    }
    expect(await findingsOf(order)).toMatchObject([
      {
        kind: "result",
        expected: 1,
        found: 2,
        message: expect.stringContaining("result.attempts"),
      },
    ])
  })

  test("a child is swept with its parent", async () => {
    function* child(ctx: Context) {
      return yield* ctx.run(pay, Math.random())
    }
    function* parent(ctx: Context) {
      return yield* ctx.rpc(child)
    }
    expect(await findingsOf(parent)).toContainEqual(expect.objectContaining({ kind: "random" }))
  })
})
