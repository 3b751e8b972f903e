// Lives of ids: children that share an id, are deleted, come again, or outlive those who wait for them.

import { afterEach, describe, expect, it, vi } from "vitest"
import type { Context } from "../../src/engine/workflow/context.ts"
import { registry } from "./support/registry.ts"
import {
  begin,
  codeOf,
  endOf,
  errorOf,
  evict,
  newId,
  pause,
  recordOf,
  resultOf,
  runs,
  suspended,
  until,
} from "./support/runs.ts"
import { watchOf } from "./support/watch.ts"

afterEach(() => {
  vi.useRealTimers()
})

const quick = registry.define(function* quick() {
  return "quick"
})

const waits = registry.define(function* waits(ctx: Context) {
  return yield* ctx.signal("go")
})

const gone = registry.define(function* gone(ctx: Context) {
  yield* ctx.signal("go")
  return yield* ctx.signal("again")
})

async function stands(id: string): Promise<void> {
  await until(
    () => runs.get(id),
    (run) => run !== undefined,
  )
}

it("check 7: two calls to one id: the end of the first takes nothing from the second", async () => {
  const id = newId()
  const watch = watchOf(id)
  watch.onCall = () => {
    if (watch.calls === 2) throw new Error("Once, on purpose.")
  }
  await begin(
    function* (ctx) {
      const options = ctx.options({ id: `${id}-shared` })
      const first = yield* ctx.beginRpc(quick, options)
      const second = yield* ctx.beginRpc(quick, options)
      return [yield* first, yield* second]
    },
    [],
    { id },
  )
  expect(await resultOf(id)).toEqual(["quick", "quick"])
})

it("check 41: what a deleted child has to tell is told, whatever becomes of its id", async () => {
  const id = newId()
  const child = `${id}-child`
  const watch = watchOf(child)
  watch.onCall = () => {
    throw new Error("Nothing gets through, on purpose.")
  }
  const fails = registry.define(function* fails() {
    throw new Error("in its second life")
  })
  await begin(
    function* (ctx) {
      return yield* ctx.rpc(quick, ctx.options({ id: child }))
    },
    [],
    { id },
  )
  await stands(child)
  await endOf(child)
  await runs.delete(child)
  await runs.start(child, { workflow: fails, input: [] })
  expect((await endOf(child)).status).toBe("failed")
  await runs.retry(child, {})
  await endOf(child)
  watch.onCall = undefined
  expect(await resultOf(id)).toBe("quick")
})

describe("check 7: a start that comes again finds", () => {
  it("that the child has ended and is gone, though its parent has ended as well", async () => {
    let starts = 0
    const brief = registry.define(
      function* brief(ctx: Context) {
        yield* ctx.run(() => void starts++)
      },
      { retentionMs: 0 },
    )
    const id = newId()
    watchOf(id).planCrash({ at: "call", number: 1, moment: "after" })
    await begin(
      function* (ctx) {
        yield* ctx.detached(brief, ctx.options({ id: `${id}-child` }))
      },
      [],
      { id },
    )
    await pause(3_000)
    expect(watchOf(id).crashes).toBe(1)
    expect(starts).toBe(1)
  })

  it("that the child has ended and is gone, and has not been heard", async () => {
    let starts = 0
    const brief = registry.define(
      function* brief(ctx: Context) {
        yield* ctx.run(() => void starts++)
        return "once"
      },
      { retentionMs: 0 },
    )
    const id = newId()
    const child = `${id}-child`
    const watch = watchOf(child)
    watch.onCall = () => {
      throw new Error("Nothing gets through, on purpose.")
    }
    watchOf(id).planCrash({ at: "call", number: 1, moment: "after" })
    await begin(
      function* (ctx) {
        return yield* ctx.rpc(brief, ctx.options({ id: child }))
      },
      [],
      { id },
    )
    await pause(3_000)
    watch.onCall = undefined
    expect(await resultOf(id)).toBe("once")
    expect(watchOf(id).crashes).toBe(1)
    expect(starts).toBe(1)
  })
})

it("promise 14: a run that only joined another can be cancelled; the other goes on", async () => {
  const shared = newId()
  await runs.start(shared, { workflow: waits, input: [] })
  const { id } = await begin(function* (ctx) {
    return yield* ctx.rpc(waits, ctx.options({ id: shared }))
  })
  await suspended(id)
  await pause(100)
  await runs.cancel(id, { reason: "enough" })
  expect((await endOf(id)).status).toBe("cancelled")
  expect((await recordOf(shared)).status).toBe("suspended")
})

it("the end of an abandoned child is there when its failed parent is taken up again", async () => {
  let isBroken = true
  const { id } = await begin(function* (ctx) {
    const options = ctx.options({ id: `${ctx.id}-child`, parentClose: "abandon" })
    const child = yield* ctx.beginRpc(waits, options)
    yield* ctx.run(async function work() {
      if (isBroken) throw Object.assign(new Error("broken"), { nonRetryable: true })
    })
    return yield* child
  })
  expect((await endOf(id)).status).toBe("failed")
  await stands(`${id}-child`)
  await runs.signal(`${id}-child`, "go", "meanwhile")
  await endOf(`${id}-child`)
  await pause(200)
  isBroken = false
  await runs.retry(id, {})
  expect(await resultOf(id)).toBe("meanwhile")
})

describe("a run that was kept as long as it had to be", () => {
  async function expired(): Promise<string> {
    const id = newId()
    const brief = registry.define(
      function* brief() {
        return "before"
      },
      { retentionMs: 60_000 },
    )
    await runs.start(id, { workflow: brief, input: [] })
    await endOf(id)
    vi.useFakeTimers({ toFake: ["Date"] })
    vi.setSystemTime(Date.now() + 60_000)
    return id
  }

  it("makes room for a start", async () => {
    const id = await expired()
    const { created } = await runs.start(id, { workflow: quick, input: [] })
    expect(created).toBe(true)
    expect(await resultOf(id)).toBe("quick")
  })

  it("makes room for a child", async () => {
    const child = await expired()
    const { id } = await begin(function* (ctx) {
      return yield* ctx.rpc(quick, ctx.options({ id: child }))
    })
    expect(await resultOf(id)).toBe("quick")
  })
})

it("promise 14: a child that waits for its code is cancelled once it is there", async () => {
  const { id } = await begin(function* (ctx) {
    return yield* ctx.rpc(gone, ctx.options({ id: `${ctx.id}-child` }))
  })
  const child = `${id}-child`
  await stands(child)
  await suspended(child)
  registry.hide(gone)
  await evict(child)
  await runs.signal(child, "go", 1)
  expect((await endOf(child)).halt?.code).toBe("workflow_unknown")
  await runs.cancel(id, {})
  await pause(300)
  registry.hide(gone, false)
  await recordOf(child)
  await until(
    () => recordOf(child),
    ({ status }) => status === "cancelled",
  )
  expect((await endOf(child)).status).toBe("cancelled")
  expect((await endOf(id)).status).toBe("cancelled")
})

it("a run cannot wait for its own end", async () => {
  const self = registry.define(function* self(ctx: Context) {
    return yield* ctx.rpc(ctx.id.split("|")[1] ?? "", ctx.options({ id: ctx.id }))
  })
  const id = `${newId()}|${self}`
  await runs.start(id, { workflow: self, input: [] })
  expect((await endOf(id)).status).toBe("failed")
  expect(await errorOf(id)).toMatchObject({ code: "run_conflict" })
  expect(await codeOf(runs.delete(id))).toBeUndefined()
})
