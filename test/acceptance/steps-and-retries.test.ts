// Acceptance, steps and retries: how a step fails, is tried again and is given up, as an outsider sees it.
// What a value may be stands in stored-values.test.ts.

import { describe, expect, it } from "vitest"
import type { Context, StepContext } from "../../src/engine/workflow/context.ts"
import { NonRetryableError } from "../../src/engine/errors.ts"
import { Constant, Custom, Exponential, Linear, Never } from "../../src/engine/steps/retry.ts"
import { registry } from "../object/support/registry.ts"
import {
  begin,
  crash,
  endOf,
  errorOf,
  evict,
  journalOf,
  pause,
  resultOf,
  runs,
  suspended,
  textOf,
  until,
} from "../object/support/runs.ts"
import { watchOf } from "../object/support/watch.ts"
import { ask } from "./support/ask.ts"
import { faraway } from "./support/faraway-step.ts"

/** A step that always fails, and the attempts it saw. */
function failing(makeError: (attempt: number) => unknown) {
  const attempts: number[] = []
  const atMs: number[] = []
  const step = async ({ attempt }: StepContext): Promise<never> => {
    attempts.push(attempt)
    atMs.push(Date.now())
    throw makeError(attempt)
  }
  return { attempts, atMs, step }
}

describe("check 11: retries follow the policy, attempts are numbered, and the last error can be caught", () => {
  it.each([
    ["exponential", Exponential({ delayMs: 10, maxRetries: 3 }), [20, 40, 80]],
    [
      "exponential with a cap",
      Exponential({ delayMs: 10, maxDelayMs: 25, maxRetries: 2 }),
      [20, 25],
    ],
    ["linear", Linear({ delayMs: 15, maxRetries: 2 }), [15, 30]],
    ["constant", Constant({ delayMs: 15, maxRetries: 2 }), [15, 15]],
    ["never", Never(), []],
  ])("%s", async (_, retryPolicy, delaysMs) => {
    const { attempts, atMs, step } = failing((attempt) =>
      Object.assign(new Error(`failure ${attempt}`), { code: "flaky" }),
    )
    const { id } = await begin(function* (ctx) {
      try {
        return yield* ctx.run(step, ctx.options({ retryPolicy, name: "flaky" }))
      } catch (error) {
        return ["caught", (error as Error).message, (error as { code?: unknown }).code]
      }
    })
    const count = delaysMs.length + 1
    expect(await resultOf(id)).toEqual(["caught", `failure ${count}`, "flaky"])
    expect(attempts).toEqual(Array.from({ length: count }, (__, index) => index + 1))
    delaysMs.forEach((delayMs, index) => {
      expect((atMs[index + 1] ?? 0) - (atMs[index] ?? 0)).toBeGreaterThanOrEqual(delayMs)
    })
    expect((await ask(`GET /v1/runs/${id}/journal`)).body).toMatchObject({
      entries: [{ path: "0", kind: "step", name: "flaky", state: "failed", attempts: count }],
    })
  })
})

describe("check 12: an error that no attempt can help stops the retries at once", () => {
  class Refusal extends Error {}

  it.each([
    ["with an empty message", () => new NonRetryableError("")],
    ["with a message", () => new NonRetryableError("no")],
    ["by its own word", () => Object.assign(new Error(""), { nonRetryable: true })],
    ["that is no error", () => ({ nonRetryable: true })],
    ["of a listed class", () => new Refusal("")],
  ])("%s", async (_, makeError) => {
    const { attempts, step } = failing(makeError)
    const { id } = await begin(function* (ctx) {
      return yield* ctx.run(step, ctx.options({ nonRetryableErrors: [Refusal] }))
    })
    expect(await endOf(id)).toMatchObject({ status: "failed" })
    expect(attempts).toEqual([1])
  })
})

describe("check 12: a predicate says whether an error is worth another attempt", () => {
  it("check 12: it is asked with each error, and its no is final", async () => {
    const asked: string[] = []
    const { attempts, step } = failing((attempt) => new Error(`failure ${attempt}`))
    const retryIf = (error: unknown): boolean => {
      asked.push((error as Error).message)
      return asked.length < 3
    }
    const { id } = await begin(function* (ctx) {
      const retryPolicy = Constant({ delayMs: 1 })
      return yield* ctx.run(step, ctx.options({ retryPolicy, retryIf }))
    })
    expect(await errorOf(id)).toMatchObject({ message: "failure 3" })
    expect(asked).toEqual(["failure 1", "failure 2", "failure 3"])
    expect(attempts).toEqual([1, 2, 3])
  })

  it("check 12: one that answers later is waited for, and its no is final", async () => {
    const { attempts, step } = failing((attempt) => new Error(`failure ${attempt}`))
    const retryIf = async (error: unknown): Promise<boolean> => {
      await new Promise((resolve) => setTimeout(resolve, 5))
      return (error as Error).message !== "failure 3"
    }
    const { id } = await begin(function* (ctx) {
      const retryPolicy = Constant({ delayMs: 1 })
      return yield* ctx.run(step, ctx.options({ retryPolicy, retryIf }))
    })
    expect(await errorOf(id)).toMatchObject({ message: "failure 3" })
    expect(attempts).toEqual([1, 2, 3])
  })

  const unclear: readonly (readonly [string, () => unknown, string])[] = [
    ["that throws", () => JSON.parse("{") as unknown, "JSON"],
    ["that rejects later", () => Promise.reject(new Error("away")), "away"],
    ["that gives no answer", () => undefined, "true or false"],
    ["that gives none later", () => Promise.resolve("yes"), "true or false"],
  ]

  it.each(unclear)("check 12: one %s fails the step and is named", async (_, retryIf, word) => {
    const { attempts, step } = failing(() => new Error("the step's own"))
    const { id } = await begin(function* (ctx) {
      const options = ctx.options({ retryIf: retryIf as () => boolean, name: "charge" })
      return yield* ctx.run(step, options)
    })
    const error = await errorOf(id)
    expect(error).toMatchObject({ name: "InvalidOperationError" })
    expect(error.message).toContain("charge")
    expect(error.message).toContain(word)
    expect(error.cause).toMatchObject({ message: "the step's own" })
    expect(attempts).toEqual([1])
  })
})

describe("check 13: when the next attempt comes", () => {
  it("check 13: with a delay of 0, at once", async () => {
    const { attempts, step } = failing(() => new Error("again"))
    const { id } = await begin(function* (ctx) {
      const retryPolicy = Constant({ delayMs: 0, maxRetries: 20 })
      return yield* ctx.run(step, ctx.options({ retryPolicy }))
    })
    expect(await errorOf(id)).toMatchObject({ message: "again" })
    expect(attempts).toHaveLength(21)
  })

  it("check 13: when the error asks for it, sooner or later than the policy says", async () => {
    const hintsMs = [120, 0, 60]
    const { atMs, step } = failing((attempt) =>
      Object.assign(new Error("slow down"), { retryAfterMs: hintsMs[attempt - 1] }),
    )
    const { id } = await begin(function* (ctx) {
      const retryPolicy = Linear({ delayMs: 20, maxRetries: 4 })
      return yield* ctx.run(step, ctx.options({ retryPolicy }))
    })
    expect(await errorOf(id)).toMatchObject({ message: "slow down" })
    const gapsMs = atMs.slice(1).map((each, index) => each - (atMs[index] ?? 0))
    expect(gapsMs).toHaveLength(4)
    // The last failure hints at nothing, so the policy's fourth delay counts.
    for (const [index, delayMs] of [120, 0, 60, 80].entries()) {
      expect(gapsMs[index]).toBeGreaterThanOrEqual(delayMs)
    }
  })

  it("check 13: when a function says, told the retry and the error", async () => {
    const told: unknown[] = []
    const { atMs, step } = failing((attempt) => new Error(`failure ${attempt}`))
    const { id } = await begin(function* (ctx) {
      const retryPolicy = Custom({
        maxRetries: 2,
        delayMs: (retry, error) => {
          told.push([retry, (error as Error).message])
          return retry * 30
        },
      })
      return yield* ctx.run(step, ctx.options({ retryPolicy }))
    })
    expect(await errorOf(id)).toMatchObject({ message: "failure 3" })
    expect(told).toEqual([
      [1, "failure 1"],
      [2, "failure 2"],
    ])
    expect((atMs[1] ?? 0) - (atMs[0] ?? 0)).toBeGreaterThanOrEqual(30)
    expect((atMs[2] ?? 0) - (atMs[1] ?? 0)).toBeGreaterThanOrEqual(60)
  })

  it.each([
    ["throws", () => JSON.parse("{") as number, "JSON"],
    ["gives a negative number", () => -1, "-1"],
    ["gives NaN", () => Number.NaN, "NaN"],
    ["gives a text", () => "soon" as unknown as number, "soon"],
    ["answers later", (async () => 1) as unknown as () => number, "object"],
  ])("check 13: when it %s, the step fails and says so", async (_, delayMs, word) => {
    const { attempts, step } = failing(() => new Error("the step's own"))
    const { id } = await begin(function* (ctx) {
      const options = ctx.options({ retryPolicy: Custom({ delayMs }), name: "charge" })
      return yield* ctx.run(step, options)
    })
    const error = await errorOf(id)
    expect(error.message).toContain("charge")
    expect(error.message).toContain(word)
    expect(error.cause).toMatchObject({ message: "the step's own" })
    expect(attempts).toEqual([1])
  })
})

describe("check 14: after its timeout an attempt is a zombie", () => {
  it.each([
    ["its late result is discarded", (gate: PromiseWithResolvers<string>) => gate.resolve("late")],
    [
      "its late rejection harms nobody",
      (gate: PromiseWithResolvers<string>) => gate.reject(new Error("late")),
    ],
  ])("%s", async (_, end) => {
    const gate = Promise.withResolvers<string>()
    const reasons: unknown[] = []
    const step = async ({ attempt, signal }: StepContext) => {
      if (attempt > 1) return `attempt ${attempt}`
      signal.addEventListener("abort", () => reasons.push((signal.reason as Error).name))
      return gate.promise
    }
    const { id } = await begin(function* (ctx) {
      const options = { attemptTimeoutMs: 20, retryPolicy: Constant({ delayMs: 1 }) }
      return [yield* ctx.run(step, ctx.options(options)), yield* ctx.signal("end")]
    })
    // Behind the step, which was suspended, too, before its second attempt.
    const journal = await until(
      () => journalOf(id),
      (entries) => entries.length === 2,
    )
    const { lives } = watchOf(id)
    end(gate)
    await pause(20)
    expect(await journalOf(id)).toEqual(journal)
    await runs.signal(id, "end", null)
    expect(await resultOf(id)).toEqual(["attempt 2", null])
    expect(watchOf(id).lives).toBe(lives)
    expect(reasons).toEqual(["TimeoutError"])
  })
})

describe("check 15: deadlines", () => {
  const hangs = () => new Promise<never>(() => undefined)

  it("check 15: the run's beats the step's, which no catch outlives", async () => {
    const { id } = await begin(
      function* (ctx) {
        for (;;) {
          try {
            yield* ctx.run(hangs, ctx.options({ timeoutMs: 60_000, attemptTimeoutMs: 60_000 }))
          } finally {
            yield* ctx.publish("left", true)
          }
        }
      },
      [],
      { timeoutMs: 50 },
    )
    expect(await endOf(id)).toMatchObject({ status: "timed_out" })
    expect(await errorOf(id)).toMatchObject({ name: "TimeoutError", code: "timeout" })
    expect(await runs.state(id, "left")).toBe("true")
  })

  it("check 15: the step's comes first when it is the earlier one, and can be caught", async () => {
    const { id } = await begin(
      function* (ctx) {
        try {
          return yield* ctx.run(hangs, ctx.options({ timeoutMs: 30 }))
        } catch (error) {
          return (error as Error).name
        }
      },
      [],
      { timeoutMs: 60_000 },
    )
    expect(await resultOf(id)).toBe("TimeoutError")
  })

  it("check 15: a child inherits the run's, one that is detached does not", async () => {
    const waits = registry.define(function* waits(ctx: Context) {
      return yield* ctx.signal("go")
    })
    const { id } = await begin(
      function* (ctx) {
        const inner = yield* ctx.beginRpc(waits)
        const outer = yield* ctx.detached(waits)
        yield* ctx.publish("children", [inner.id, outer.id])
        yield* ctx.signal("never")
      },
      [],
      { timeoutMs: 400 },
    )
    const [inner = "", outer = ""] = JSON.parse(
      (await runs.state(id, "children")) ?? "[]",
    ) as string[]
    expect(await endOf(id)).toMatchObject({ status: "timed_out" })
    expect(await endOf(inner)).toMatchObject({ status: "timed_out" })
    await runs.signal(outer, "go", "still there")
    expect(await resultOf(outer)).toBe("still there")
  })
})

type PaymentRefused = AggregateError & { readonly code: unknown; readonly metadata: unknown }

it("check 16: an error is byte for byte the same on every replay", async () => {
  const cause = Object.assign(new TypeError("the cause"), { code: "E_CAUSE" })
  const make = () =>
    Object.assign(new AggregateError([new RangeError("one of them")], "outer", { cause }), {
      name: "PaymentRefused",
      code: "refused",
      metadata: { amount: 12n, at: new Date(0), tags: new Set(["a"]) },
    })
  const step = async () => {
    throw make()
  }
  const plain = () => {
    throw make()
  }
  const seen: string[] = []
  const { id } = await begin(function* (ctx) {
    const caught: unknown[] = []
    for (const each of [step, plain]) {
      try {
        yield* ctx.run(each, ctx.options({ retryPolicy: Never() }))
      } catch (error) {
        caught.push(error, (error as Error).stack)
      }
    }
    seen.push(textOf(caught))
    yield* ctx.signal("go")
    yield* ctx.signal("go")
    throw caught[0]
  })
  await suspended(id)
  await evict(id)
  await runs.signal(id, "go", null)
  await crash(id)
  await runs.signal(id, "go", null)
  const error = await errorOf(id)
  expect(seen).toHaveLength(3)
  expect(new Set(seen).size).toBe(1)
  const { name, message, code, metadata, errors } = error as PaymentRefused
  expect({ name, message, code, metadata }).toEqual({
    name: "PaymentRefused",
    message: "outer",
    code: "refused",
    metadata: { amount: 12n, at: new Date(0), tags: new Set(["a"]) },
  })
  expect(error.cause).toMatchObject({ name: "TypeError", message: "the cause", code: "E_CAUSE" })
  expect(errors).toMatchObject([{ name: "RangeError", message: "one of them" }])
  expect(seen[0]).toContain(textOf(error.stack).slice(1, -1))
})

it("check 17: a stack leads to the user's own source, across files, and is shown to role operate", async () => {
  const { id } = await begin(function* (ctx) {
    return yield* ctx.run(faraway, ctx.options({ retryPolicy: Never() }))
  })
  await endOf(id)
  const shown = await ask(`GET /v1/runs/${id}`)
  const { stack } = (shown.body as { error: { stack: string } }).error
  const [, first = "", second = ""] = stack.split("\n")
  expect(first).toMatch(/stumble.*faraway-step\.ts:8:/)
  expect(second).toMatch(/faraway.*faraway-step\.ts:4:/)
  const hidden = await ask(`GET /v1/runs/${id}`, { role: "read" })
  expect(hidden.body).toMatchObject({
    error: { name: "TypeError", message: "It stumbled far away." },
  })
  expect(JSON.stringify(hidden.body)).not.toContain("faraway-step.ts")
})

it("check 20: a step called outside a run works as a plain function", async () => {
  const price = (_: StepContext | undefined, count: number) => count * 3
  const charge = async ({ idempotencyKey }: Pick<StepContext, "idempotencyKey">, amount: number) =>
    `${amount} charged${idempotencyKey === "" ? "" : " once"}`
  expect(price(undefined, 2)).toBe(6)
  expect(await charge({ idempotencyKey: "" }, 6)).toBe("6 charged")
  const { id } = await begin(function* (ctx) {
    return yield* ctx.run(charge, yield* ctx.run(price, 2))
  })
  expect(await resultOf(id)).toBe("6 charged once")
})
