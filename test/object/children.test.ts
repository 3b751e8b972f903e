// Children in objects of their own: started through the outbox, heard of through it, ended with their parent.

import { describe, expect, it } from "vitest"
import type { Context, StepContext } from "../../src/engine/workflow/context.ts"
import { decode } from "../../src/engine/values/codec.ts"
import { effectsOf, type Effects } from "./support/effects.ts"
import { expectAlarmAsOwed } from "./support/alarm-owed.ts"
import { registry } from "./support/registry.ts"
import {
  alarmOf,
  begin,
  codeOf,
  crash,
  endOf,
  errorOf,
  evict,
  journalOf,
  newId,
  recordOf,
  resultOf,
  rowsOf,
  runs,
  until,
} from "./support/runs.ts"

const effect = async (ctx: StepContext, value?: unknown) => {
  await ctx.getDependency<Effects>("effects").apply(ctx.idempotencyKey, ctx.attempt)
  return value
}

const doubles = registry.define(function* doubles(ctx: Context, n: number) {
  return 2 * Number(yield* ctx.run(effect, n))
})

const waits = registry.define(function* waits(ctx: Context) {
  try {
    return yield* ctx.signal("go")
  } finally {
    yield* ctx.publish("unwound", true)
  }
})

/** The child's run id, once the parent shows it. */
async function childOf(id: string, index = 0): Promise<string> {
  const record = await until(
    () => recordOf(id),
    ({ waitingFor }) => waitingFor.filter(({ kind }) => kind === "child").length > index,
  )
  const child = record.waitingFor.filter(({ kind }) => kind === "child")[index]?.id
  if (child === undefined) throw new Error(`Run ${id} waits for no child: ${record.status}`)
  await until(
    () => runs.get(child),
    (run) => run !== undefined,
  )
  return child
}

async function outboxOf(id: string): Promise<unknown[]> {
  const tables = await rowsOf(id, "SELECT name FROM sqlite_master WHERE name = 'outbox'")
  return tables.length === 0 ? [] : rowsOf(id, "SELECT kind, target FROM outbox")
}

describe("check 41: a child's end reaches its parent", () => {
  it("its result", async () => {
    const { id } = await begin(function* (ctx) {
      const begun = yield* ctx.beginRpc<number>(doubles, 4)
      return [yield* ctx.rpc(doubles, 3), yield* begun, begun.id]
    })
    const [three, four, child] = (await resultOf(id)) as [number, number, string]
    expect([three, four]).toEqual([6, 8])
    const record = await recordOf(child)
    expect(record.parent).toEqual({ id, path: "0" })
    expect(record.status).toBe("completed")
    await until(
      async () => [...(await outboxOf(id)), ...(await outboxOf(child))],
      (rows) => rows.length === 0,
    )
    expect(await outboxOf(id)).toEqual([])
    expect(await outboxOf(child)).toEqual([])
    expect(await rowsOf(id, "SELECT * FROM children")).toEqual([])
  })

  it("its failure, typed, and the parent's own view of it", async () => {
    const fails = registry.define(function* fails() {
      throw Object.assign(new RangeError("too far"), { code: "far" })
    })
    const { id } = await begin(function* (ctx) {
      yield* ctx.rpc(fails)
    })
    expect(await errorOf(id)).toMatchObject({ name: "RangeError", message: "too far", code: "far" })
    const [entry] = await journalOf(id)
    expect(entry).toMatchObject({ path: "0", kind: "child", state: "failed", attempts: 1 })
  })

  it("its timeout", async () => {
    const { id } = await begin(function* (ctx) {
      yield* ctx.rpc(waits, ctx.options({ timeoutMs: 60 }))
    })
    expect(await errorOf(id)).toMatchObject({ name: "TimeoutError" })
  })

  it("that it was killed", async () => {
    const { id } = await begin(function* (ctx) {
      yield* ctx.rpc(waits)
    })
    await runs.kill(await childOf(id), { reason: "by hand" })
    expect(await errorOf(id)).toMatchObject({ name: "CancelledError", message: "by hand" })
  })

  it("that it could not be started: unknown workflow, foreign run, refused input", async () => {
    const foreign = await begin(function* (ctx) {
      yield* ctx.signal("never")
    })
    const strict = registry.define(
      function* strict() {
        return 1
      },
      { input: { "~standard": { validate: () => ({ issues: [{ message: "never fits" }] }) } } },
    )
    const { id } = await begin(function* (ctx) {
      const codes: unknown[] = []
      for (const call of [
        ctx.rpc("unheard-of"),
        ctx.rpc(waits, ctx.options({ id: foreign.id })),
        ctx.rpc(strict),
      ]) {
        try {
          yield* call
        } catch (error) {
          codes.push((error as { code?: unknown }).code)
        }
      }
      return codes
    })
    expect(await resultOf(id)).toEqual(["workflow_unknown", "run_conflict", "invalid_request"])
  })

  it("a run of that id is joined, and only its starter may end it", async () => {
    const shared = newId()
    await runs.start(shared, { workflow: waits, input: [] })
    const { id } = await begin(function* (ctx) {
      return yield* ctx.rpc(waits, ctx.options({ id: shared }))
    })
    const loser = await begin(function* (ctx) {
      return yield* ctx.rpc(waits, ctx.options({ id: shared }))
    })
    await childOf(id)
    await childOf(loser.id)
    await runs.kill(loser.id, {})
    await runs.signal(shared, "go", "both")
    expect(await resultOf(id)).toBe("both")
    expect((await recordOf(shared)).parent).toBeUndefined()
  })
})

describe("check 7: nothing is started twice", () => {
  it("over crashes of parent and child at any time", async () => {
    const { id } = await begin(function* (ctx) {
      return yield* ctx.rpc(waits)
    })
    const child = await childOf(id)
    const { incarnation } = await recordOf(child)
    await crash(id)
    await crash(child)
    await recordOf(id)
    await runs.signal(child, "go", "on")
    expect(await resultOf(id)).toBe("on")
    expect((await recordOf(child)).incarnation).toBe(incarnation)
  })

  it("two lives of a parent's id have children of their own", async () => {
    const parent = registry.define(function* (ctx: Context) {
      const begun = yield* ctx.beginRpc<unknown>(doubles, 1)
      yield* begun
      return begun.id
    })
    const id = newId()
    await runs.start(id, { workflow: parent, input: [] })
    const child = String(await resultOf(id))
    expect(child).toBe(`${id}:${(await recordOf(id)).incarnation.slice(0, 8)}:0:0`)
  })
})

describe("a halted child", () => {
  const panics = registry.define(function* panics(ctx: Context) {
    yield* ctx.panic((yield* ctx.uuid()) !== "", "look at me")
    return "gone past"
  })

  it("does not fail its parent, which shows it; killed, it does", async () => {
    const { id } = await begin(function* (ctx) {
      return yield* ctx.rpc(panics)
    })
    const child = await childOf(id)
    const shown = await until(
      () => recordOf(id),
      ({ waitingFor }) => waitingFor[0]?.status === "halted",
    )
    expect(shown.status).toBe("suspended")
    expect(shown.waitingFor).toEqual([
      { kind: "child", path: "0", name: panics, id: child, status: "halted" },
    ])
    await runs.kill(child, {})
    expect(await errorOf(id)).toMatchObject({ code: "killed" })
  })
})

describe("a child whose parent is gone", () => {
  it("gets an answer and stops telling", async () => {
    const { id } = await begin(function* (ctx) {
      yield* ctx.rpc(waits, ctx.options({ parentClose: "abandon" }))
    })
    const child = await childOf(id)
    await runs.cancel(id, {})
    expect((await endOf(id)).status).toBe("cancelled")
    await runs.signal(child, "go", 1)
    await until(
      () => outboxOf(child),
      (rows) => rows.length === 0,
    )
    expect((await endOf(child)).status).toBe("completed")
    expect(await outboxOf(child)).toEqual([])
    await expectAlarmAsOwed(child)
  })

  it("retried after its parent took the failure, it does not reach it again", async () => {
    let isBroken = true
    const flaky = registry.define(function* flaky(ctx: Context) {
      return yield* ctx.run(function work() {
        if (isBroken) throw Object.assign(new Error("broken"), { nonRetryable: true })
        return "mended"
      })
    })
    const { id } = await begin(function* (ctx) {
      try {
        yield* ctx.rpc(flaky, ctx.options({ id: `${ctx.id}-child` }))
      } catch (error) {
        return yield* ctx.signal<string>((error as Error).message)
      }
      return "not reached"
    })
    await until(
      () => recordOf(id),
      ({ waitingFor }) => waitingFor[0]?.name === "broken",
    )
    isBroken = false
    await runs.retry(`${id}-child`, {})
    expect(await resultOf(`${id}-child`)).toBe("mended")
    await runs.signal(id, "broken", "went on")
    expect(await resultOf(id)).toBe("went on")
  })
})

describe("promise 14: children are cancelled first", () => {
  it("check 44: the tree unwinds from its leaves", async () => {
    const order: string[] = []
    const leaf = registry.define(function* leaf(ctx: Context) {
      try {
        yield* ctx.signal("never")
      } finally {
        yield* ctx.run(() => void order.push("leaf"))
      }
    })
    const middle = registry.define(function* middle(ctx: Context) {
      try {
        yield* ctx.rpc(leaf)
      } finally {
        yield* ctx.run(() => void order.push("middle"))
      }
    })
    const { id } = await begin(function* (ctx) {
      try {
        yield* ctx.rpc(middle)
      } finally {
        yield* ctx.run(() => void order.push("root"))
      }
    })
    const child = await childOf(id)
    const grandchild = await childOf(child)
    await runs.cancel(id, { reason: "enough" })
    expect((await endOf(id)).status).toBe("cancelled")
    expect(order).toEqual(["leaf", "middle", "root"])
    const cancelled = await recordOf(grandchild)
    expect(cancelled.status).toBe("cancelled")
    expect(decode(cancelled.errorText ?? "null")).toMatchObject({ message: "enough" })
  })

  it("check 45: kill stops the whole tree without clean-up; detached and abandoned runs live on", async () => {
    const middle = registry.define(function* middle(ctx: Context) {
      yield* ctx.rpc(waits)
    })
    const { id } = await begin(function* (ctx) {
      const detached = yield* ctx.detached(waits)
      const abandoned = yield* ctx.beginRpc(waits, ctx.options({ parentClose: "abandon" }))
      yield* ctx.publish("ids", [detached.id, abandoned.id])
      yield* ctx.rpc(middle)
    })
    const child = await childOf(id, 1)
    const grandchild = await childOf(child)
    const [detached, abandoned] = decode((await runs.state(id, "ids")) ?? "[]") as string[]
    await runs.kill(id, {})
    expect((await endOf(grandchild)).status).toBe("cancelled")
    expect(await runs.state(grandchild, "unwound")).toBeUndefined()
    for (const alone of [detached, abandoned]) {
      await runs.signal(alone ?? "", "go", "alive")
      expect(await resultOf(alone ?? "")).toBe("alive")
    }
  })

  it("check 15: a child inherits the deadline", async () => {
    const id = newId()
    await begin(
      function* (ctx) {
        yield* ctx.rpc(waits)
      },
      [],
      { id, timeoutMs: 150 },
    )
    const child = await childOf(id)
    expect((await endOf(id)).status).toBe("timed_out")
    const ended = await endOf(child)
    expect(ended.status).toBe("timed_out")
    expect(decode((await runs.state(child, "unwound")) ?? "null")).toBe(true)
  })
})

describe("a person takes the parent back", () => {
  it("retry of a parent that failed by its child starts another child", async () => {
    let isBroken = true
    const flaky = registry.define(function* flaky(ctx: Context) {
      return yield* ctx.run(function work() {
        if (isBroken) throw Object.assign(new Error("broken"), { nonRetryable: true })
        return "mended"
      })
    })
    const { id } = await begin(function* (ctx) {
      const before = yield* ctx.rpc(doubles, 1)
      return [before, yield* ctx.rpc(flaky)]
    })
    expect(await errorOf(id)).toMatchObject({ message: "broken" })
    isBroken = false
    await runs.retry(id, {})
    expect(await resultOf(id)).toEqual([2, "mended"])
    const [first, second] = await journalOf(id)
    expect([first?.attempts, second?.attempts]).toEqual([1, 2])
  })

  it("to before a child that is under way: it is stopped, another takes its place", async () => {
    let isBroken = true
    const { id } = await begin(function* (ctx) {
      yield* ctx.run(function first() {
        return 1
      })
      const child = yield* ctx.beginRpc(waits)
      yield* ctx.panic(isBroken, "broken")
      return yield* child
    })
    expect((await endOf(id)).status).toBe("halted")
    const first = `${id}:${(await recordOf(id)).incarnation.slice(0, 8)}:0:1`
    await until(
      () => runs.get(first),
      (run) => run?.status === "suspended",
    )
    isBroken = false
    await runs.retry(id, { from: "0" })
    expect((await endOf(first)).status).toBe("cancelled")
    await childOf(id)
    await runs.signal(`${first}#2`, "go", "second")
    expect(await resultOf(id)).toBe("second")
  })

  it("a halted child's failure in the parent can be skipped with a value", async () => {
    const fails = registry.define(function* fails() {
      throw new Error("no")
    })
    const { id } = await begin(function* (ctx) {
      return yield* ctx.rpc(fails)
    })
    expect((await endOf(id)).status).toBe("failed")
    await runs.skip(id, { path: "0", value: "given" })
    expect(await resultOf(id)).toBe("given")
  })
})

it("check 39: what is told to one child arrives in program order: the stop never overtakes the start", async () => {
  const { id } = await begin(function* (ctx) {
    const race = yield* ctx.race({ child: ctx.rpc(waits), nap: ctx.sleep(0) })
    return race.key
  })
  expect(await resultOf(id)).toBe("nap")
  const child = `${id}:${(await recordOf(id)).incarnation.slice(0, 8)}:0:0.0`
  await until(
    () => runs.get(child),
    (run) => run?.status === "cancelled",
  )
  expect((await endOf(child)).status).toBe("cancelled")
})

it("check 40: a one-way call runs once for all who name the same id, and a delayed one not before its delay", async () => {
  const shared = newId()
  const caller = registry.define(function* caller(ctx: Context) {
    const options = ctx.options({ id: shared, delayMs: 300, tags: { kind: "shared" } })
    const alone = yield* ctx.detached<number>(doubles, 21, options)
    return yield* alone
  })
  const ids = [newId(), newId(), newId()]
  const askedAtMs = Date.now()
  await Promise.all(ids.map((id) => runs.start(id, { workflow: caller, input: [] })))
  const held = await until(
    () => runs.get(shared),
    (run) => run !== undefined,
  )
  expect(held).toMatchObject({ status: "suspended", tags: { kind: "shared" } })
  expect(held?.waitingFor).toMatchObject([{ kind: "start" }])
  for (const id of ids) expect(await resultOf(id)).toBe(42)
  const run = await recordOf(shared)
  expect(run.startedAtMs).toBeGreaterThanOrEqual(askedAtMs + 300)
  expect(await effectsOf(shared)).toHaveLength(1)
})

it("promise 12: an alarm is behind every message that is not acknowledged", async () => {
  const { id } = await begin(function* (ctx) {
    yield* ctx.rpc(waits)
  })
  const child = await childOf(id)
  await evict(id)
  expect(await alarmOf(id)).toBeNull()
  expect(await codeOf(runs.signal(child, "go", 1))).toBeUndefined()
  expect((await endOf(id)).status).toBe("completed")
})
