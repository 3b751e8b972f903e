// Sweep cases: workflows that between them use every operation, each with what has to be asked of it from outside.
// Owns: the workflows. Must not touch: where they are killed (sweep.ts).

import type { Context, StepContext } from "../../../src/engine/workflow/context.ts"
import { NonRetryableError } from "../../../src/engine/errors.ts"
import { Constant, Never } from "../../../src/engine/steps/retry.ts"
import type { WorkflowFunction } from "../../../src/engine/workflow/registry.ts"
import type { StartRequest } from "../../../src/engine/ports/runs.ts"
import { decode } from "../../../src/engine/values/codec.ts"
import { type Effects } from "./effects.ts"
import { recordOf, runs } from "./runs.ts"

// Steps: each that calls out leaves one effect under its idempotency key.

const plain = (_: StepContext, value: unknown) => value

const effect = async (ctx: StepContext, value?: unknown) => {
  await ctx.getDependency<Effects>("effects").apply(ctx.idempotencyKey, ctx.attempt)
  return value
}

const promised = (ctx: StepContext) => effect(ctx, "promised")

const twice = async (ctx: StepContext) => {
  await effect(ctx)
  if (ctx.attempt === 1) throw new Error("The first attempt fails.")
}

const refused = async (ctx: StepContext) => {
  await effect(ctx)
  throw new NonRetryableError("refused")
}

const hangs = async (ctx: StepContext) => {
  await effect(ctx)
  return new Promise<never>(() => undefined)
}

export interface Case {
  readonly workflow: WorkflowFunction
  readonly input?: readonly unknown[]
  /** What else the start says; asked anew each time it is repeated. */
  readonly start?: () => Partial<StartRequest>
  readonly acts?: readonly ((id: string) => Promise<boolean>)[]
}

/** True once the run waits for something of this kind and name. */
async function waitsFor(id: string, kind: string, name?: string): Promise<boolean> {
  const { waitingFor } = await recordOf(id)
  return waitingFor.some((wait) => wait.kind === kind && (name === undefined || wait.name === name))
}

function signals(name: string, value: unknown) {
  return async (id: string) => {
    if (!(await waitsFor(id, "signal", name))) return false
    await runs.signal(id, name, value, `${name}-${String(value)}`)
    return true
  }
}

export const cases: Readonly<Record<string, Case>> = {
  steps: {
    *workflow(ctx: Context) {
      const values = [yield* ctx.run(plain, 1), yield* ctx.run(effect, 2), yield* ctx.run(plain, 3)]
      values.push(yield* ctx.run(promised))
      yield* ctx.run(twice, ctx.options({ retryPolicy: Constant({ delayMs: 1 }) }))
      values.push(typeof (yield* ctx.uuid()), typeof (yield* ctx.date.now()))
      yield* ctx.publish("state", values)
      return values
    },
  },
  saga: {
    *workflow(ctx: Context) {
      yield* ctx.run(effect, "debit")
      try {
        yield* ctx.run(refused)
      } catch (error) {
        yield* ctx.run(effect, "reversal")
        return (error as Error).message
      }
      return "not reached"
    },
  },
  composites: {
    *workflow(ctx: Context) {
      const all = yield* ctx.all({
        a: ctx.run(effect, "a"),
        b: ctx.run(effect, "b"),
        c: ctx.sleep(2),
      })
      const any = yield* ctx.any([
        ctx.run(refused, ctx.options({ retryPolicy: Never() })),
        ctx.run(effect, "any"),
      ])
      yield* ctx.all(
        ["x", "y", "z"].map((name) => ctx.run(effect, name)),
        { concurrency: 2 },
      )
      const race = yield* ctx.race({ timer: ctx.sleep(2), never: ctx.signal("never") })
      const settled = yield* ctx.allSettled([ctx.run(refused), ctx.run(plain, "settled")])
      return [all, any, race.key, settled.map(({ status }) => status)]
    },
  },
  "sub-workflows": {
    *workflow(ctx: Context) {
      function* inner(innerCtx: Context, name: string): Generator<unknown, string, never> {
        try {
          yield* innerCtx.run(effect, name)
          yield* innerCtx.sleep(2)
          return name
        } finally {
          yield* innerCtx.run(effect, `${name} finally`)
        }
      }
      const future = yield* ctx.beginRun(inner, "begun")
      const ran = yield* ctx.run(inner, "ran")
      const lost = yield* ctx.race({
        quick: ctx.sleep(1),
        slow: ctx.run(function* slow(slowCtx: Context) {
          try {
            yield* slowCtx.signal("never")
          } finally {
            yield* slowCtx.run(effect, "cleaned")
          }
        }),
      })
      return [yield* future, ran, lost.key]
    },
  },
  signals: {
    *workflow(ctx: Context) {
      const first = yield* ctx.signal("first")
      yield* ctx.run(effect)
      const both = yield* ctx.all([ctx.signal("second"), ctx.signal("third")])
      let late = "none"
      try {
        yield* ctx.signal("late", { timeoutMs: 2 })
      } catch (error) {
        late = (error as Error).name
      }
      return [first, both, late]
    },
    acts: [signals("first", 1), signals("second", 2), signals("third", 3)],
  },
  updates: {
    *workflow(ctx: Context) {
      const answered: unknown[] = []
      for (let n = 0; n < 2; n++) {
        const message = yield* ctx.receive("ask", { validate: (value) => value !== "bad" })
        yield* ctx.run(effect)
        message.reply([n, message.value])
        answered.push(message.value)
      }
      return answered
    },
    acts: ["bad", "one", "two"].map((value) => async (id: string) => {
      const answer = await runs.update(id, "ask", value, { idempotencyKey: value, waitMs: 300 })
      return answer.state !== "pending"
    }),
  },
  "a start with messages": {
    *workflow(ctx: Context) {
      const first = yield* ctx.signal("first")
      yield* ctx.run(effect)
      const message = yield* ctx.receive("ask")
      yield* ctx.run(effect)
      message.reply("answered")
      return [first, message.value]
    },
    start: () => ({
      signal: { name: "first", value: 1 },
      update: { name: "ask", value: 2 },
      idempotencyKey: "start",
      waitMs: 300,
    }),
  },
  "a delayed start": {
    *workflow(ctx: Context) {
      yield* ctx.run(effect)
      return yield* ctx.signal("early")
    },
    start: () => ({ startAtMs: Date.now() + 50, signal: { name: "early", value: 1 } }),
  },
  "pause and resume": {
    *workflow(ctx: Context) {
      yield* ctx.run(effect)
      const all = yield* ctx.all([ctx.signal("go"), ctx.sleep(2), ctx.run(effect, "beside")])
      yield* ctx.run(effect)
      return all[0]
    },
    acts: [
      async (id) => {
        const { status } = await recordOf(id)
        if (status === "paused") return true
        if (!(await waitsFor(id, "signal", "go"))) return false
        await runs.pause(id, {})
        return true
      },
      async (id) => {
        await runs.signal(id, "go", "going", "go")
        return true
      },
      async (id) => {
        if ((await recordOf(id)).status === "paused") await runs.resume(id, {})
        return true
      },
    ],
  },
  promises: {
    *workflow(ctx: Context) {
      const promise = yield* ctx.promise<string>()
      yield* ctx.publish("token", promise.token)
      yield* ctx.run(effect)
      const value = yield* promise
      const lost = yield* ctx.promise({ timeoutMs: 2 })
      try {
        yield* lost
      } catch (error) {
        return [value, (error as Error).name]
      }
      return "not reached"
    },
    acts: [
      async (id) => {
        const token = await runs.state(id, "token")
        if (token === undefined) return false
        const settled = await runs.settlePromise(String(decode(token)), {
          type: "resolve",
          value: "settled",
        })
        return settled.status === "resolved"
      },
    ],
  },
  generations: {
    input: [0, 0],
    *workflow(ctx: Context, generation: number, sum: number): Generator<unknown, number, never> {
      const taken = yield* ctx.signal<number>("n")
      yield* ctx.run(effect, taken)
      if (generation < 2) return yield* ctx.continueAsNew(generation + 1, sum + taken)
      return sum + taken
    },
    acts: [1, 2, 3].map((n) => async (id: string) => {
      await runs.signal(id, "n", n, `n-${n}`)
      return true
    }),
  },
  slices: {
    *workflow(ctx: Context) {
      let sum = 0
      for (let n = 0; n < 2_100; n++) sum += Number(yield* ctx.run(plain, n))
      yield* ctx.run(effect)
      return sum
    },
  },
  cancellation: {
    *workflow(ctx: Context) {
      try {
        yield* ctx.run(effect)
        yield* ctx.all([ctx.run(hangs), ctx.signal("never")])
      } finally {
        yield* ctx.run(effect, "cleaning")
        yield* ctx.sleep(2)
        yield* ctx.run(effect, "cleaned")
      }
    },
    acts: [
      async (id) => {
        if (!(await waitsFor(id, "signal", "never"))) return false
        await runs.cancel(id, {})
        return true
      },
    ],
  },
  shield: {
    *workflow(ctx: Context) {
      yield* ctx.shield(function* section(sectionCtx: Context) {
        yield* sectionCtx.run(effect, "first")
        yield* sectionCtx.signal("go")
        yield* sectionCtx.run(effect, "second")
      })
      yield* ctx.run(effect, "not reached")
    },
    acts: [
      async (id) => {
        if (!(await waitsFor(id, "signal", "go"))) return false
        await runs.cancel(id, {})
        return true
      },
      signals("go", 1),
    ],
  },
  compensate: {
    *workflow(ctx: Context) {
      yield* ctx.compensate(effect, "one")
      yield* ctx.run(effect, "done")
      yield* ctx.compensate(plain, "two")
      yield* ctx.compensate(twice, ctx.options({ retryPolicy: Constant({ delayMs: 1 }) }))
      yield* ctx.compensate(function* undo(undoCtx: Context) {
        yield* undoCtx.run(effect, "three")
        yield* undoCtx.sleep(2)
      })
      yield* ctx.run(refused)
    },
  },
  reduce: {
    *workflow(ctx: Context) {
      const items = Array.from({ length: 12 }, (_, index) => index)
      const list = yield* ctx.reduce(
        items,
        (_: StepContext, all: number[], item: number) => [...all, item],
        [] as number[],
        { snapshotEvery: 3, progress: "folded" },
      )
      const add = async (stepCtx: StepContext, sum: number, item: number) => {
        await effect(stepCtx)
        return sum + item
      }
      const sum = yield* ctx.reduce([1, 2, 3, 4], add, 0, { snapshotEvery: 2 })
      const text = yield* ctx.reduce(
        items,
        (_: StepContext, __: string, item: number) => item,
        "",
        {
          snapshotEvery: 4,
          apply: (into, change: number) => `${into}${change}`,
        },
      )
      return [list, sum, text]
    },
  },
  patches: {
    *workflow(ctx: Context) {
      const seen: unknown[] = []
      for (let turn = 0; turn < 2; turn++) {
        seen.push(yield* ctx.patched("turn"))
        yield* ctx.run(effect, turn)
      }
      yield* ctx.deprecatePatch("old")
      return seen
    },
  },
}
