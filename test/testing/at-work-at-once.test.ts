// At work at once: a crash changes who comes first among steps that were begun together, and nothing that was promised.
import { describe, expect, test } from "vitest"
import type { Context, StepContext, WorkflowFunction } from "../../src/engine/index.ts"
import { checkDeterminism, crashEverywhere } from "../../src/testing/index.ts"

const first = async () => "first"
const second = async () => "second"
function* child(ctx: Context, name: string) {
  yield* ctx.run(first)
  return name
}
const charges = new Map<string, number>()
const charge = async ({ idempotencyKey }: StepContext, cents: number) => {
  charges.set(idempotencyKey, cents)
}

const sound: Record<string, WorkflowFunction> = {
  "a race of two steps": function* (ctx: Context) {
    const { key } = yield* ctx.race({ one: ctx.run(first), other: ctx.run(second) })
    yield* ctx.run(charge, key === "one" ? 1 : 2)
    return key
  },
  "whoever succeeds first": function* (ctx: Context) {
    return yield* ctx.any([ctx.run(first), ctx.run(second)])
  },
  "a race of two children": function* (ctx: Context) {
    return yield* ctx.race([ctx.rpc(child, "one"), ctx.rpc(child, "other")])
  },
  "a race in a generation that is over": function* again(ctx: Context, before?: string) {
    if (before !== undefined) return before
    const { key } = yield* ctx.race({ one: ctx.run(first), other: ctx.run(second) })
    return yield* ctx.continueAsNew(key)
  },
  "branches that note when they are done, and are undone in that order": function* (ctx: Context) {
    const done: number[] = []
    yield* ctx.all(
      [1, 2, 3].map((cents) =>
        ctx.run(function* (inner: Context) {
          yield* inner.run(charge, cents)
          done.push(cents)
        }),
      ),
    )
    for (const cents of done) yield* ctx.run(charge, -cents)
    return done
  },
}

describe("nothing is found in", () => {
  test.each(Object.entries(sound))("%s", async (_, workflow) => {
    expect((await crashEverywhere(workflow, [] as never[])).ok).toBe(true)
    expect((await checkDeterminism(workflow, [] as never[])).ok).toBe(true)
  })

  test("effects that come in another order", async () => {
    function* order(ctx: Context) {
      yield* ctx.all([1, 2, 3].map((cents) => ctx.run(charge, cents)))
    }
    const world = () => {
      const known = new Set<string>()
      const booked: number[] = []
      const once = async ({ idempotencyKey }: StepContext, cents: number) => {
        if (!known.has(idempotencyKey)) booked.push(cents)
        known.add(idempotencyKey)
      }
      return { steps: { charge: once }, effects: () => booked }
    }
    expect((await crashEverywhere(order, [], { world })).ok).toBe(true)
  })
})

describe("found all the same", () => {
  test("an effect that is made twice", async () => {
    function* order(ctx: Context) {
      yield* ctx.all([ctx.run(first), ctx.run(second)])
    }
    const world = () => {
      const sent: string[] = []
      const send = async () => void sent.push("mail")
      return { steps: { first: send, second: send }, effects: () => sent }
    }
    await expect(crashEverywhere(order, [], { world })).rejects.toThrow("the outside is another")
  })

  test("a result that hangs on how often a step was called", async () => {
    const counted: Record<string, number> = {}
    const count = async (_: StepContext, name: string) => {
      const number = (counted[name] ?? 0) + 1
      counted[name] = number
      return number
    }
    function* order(ctx: Context) {
      return yield* ctx.all(["a", "b"].map((name) => ctx.run(count, name)))
    }
    const reset = () => Object.assign(counted, { a: 0, b: 0 })
    await expect(crashEverywhere(order, [], { reset, pure: ["count"] })).rejects.toThrow(
      "the run ends otherwise",
    )
  })
})
