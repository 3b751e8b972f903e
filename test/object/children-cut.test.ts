// A journal that is cut back in the middle of its children: each has one place in what follows, or is stopped.

import { describe, expect, it } from "vitest"
import type { Context } from "../../src/engine/workflow/context.ts"
import { Constant } from "../../src/engine/steps/retry.ts"
import { registry } from "./support/registry.ts"
import { begin, codeOf, endOf, journalOf, resultOf, runs, until } from "./support/runs.ts"

const waits = registry.define(function* waits(ctx: Context) {
  return yield* ctx.signal("go")
})

/** Fails where it is told to, or gives what it is told. */
const obeys = registry.define(function* obeys(ctx: Context) {
  const order = yield* ctx.signal<string>("order")
  if (order === "fail") throw new Error("failed as told")
  return order
})

async function stands(id: string): Promise<void> {
  const run = await until(
    () => runs.get(id),
    (found) => found?.status === "suspended",
  )
  expect(run?.status).toBe("suspended")
}

it("a child that was stopped because of the failure gets a successor when the failure is tried again", async () => {
  let isBroken = true
  const { id } = await begin(function* (ctx) {
    return yield* ctx.all([
      ctx.rpc(waits, ctx.options({ id: `${ctx.id}-child` })),
      ctx.run(async function work() {
        if (isBroken) throw Object.assign(new Error("broken"), { nonRetryable: true })
        return "mended"
      }),
    ])
  })
  expect((await endOf(id)).status).toBe("failed")
  expect((await endOf(`${id}-child`)).status).toBe("cancelled")
  isBroken = false
  await runs.retry(id, {})
  await stands(`${id}-child#2`)
  await runs.signal(`${id}-child#2`, "go", "second")
  expect(await resultOf(id)).toEqual(["second", "mended"])
})

it("a child that was stopped because of the failure gets none when that fails the same way again", async () => {
  let tries = 0
  const { id } = await begin(function* (ctx) {
    yield* ctx.beginRpc(waits, ctx.options({ id: `${ctx.id}-child` }))
    // At once: before anybody has seen that the child is gone.
    yield* ctx.run(function work() {
      tries++
      throw Object.assign(new Error("broken"), { nonRetryable: true })
    })
  })
  expect((await endOf(id)).status).toBe("failed")
  expect((await endOf(`${id}-child`)).status).toBe("cancelled")
  await runs.retry(id, {})
  expect((await endOf(id)).status).toBe("failed")
  expect(tries).toBe(2)
  expect(await runs.get(`${id}-child#2`)).toBeUndefined()
})

describe("a child that was tried again, and the journal is cut to", () => {
  /** A step that can be cut to stands before, between and behind what the child comes to. */
  async function parentOf(retries: number) {
    let isBroken = true
    const { id } = await begin(function* (ctx) {
      const retryPolicy = new Constant({ delayMs: 5, maxRetries: retries })
      const child = yield* ctx.beginRpc<string>(
        obeys,
        ctx.options({ id: `${ctx.id}-c`, retryPolicy }),
      )
      const marks = [yield* ctx.signal("first"), yield* ctx.signal("second")]
      yield* ctx.panic(isBroken, "broken")
      return [...marks, yield* child]
    })
    await stands(`${id}-c`)
    return { id, mend: () => void (isBroken = false) }
  }

  it("before the failure of its first attempt, while the second is under way", async () => {
    const { id, mend } = await parentOf(5)
    await runs.signal(id, "first", 1)
    await runs.signal(`${id}-c`, "order", "fail")
    await stands(`${id}-c#2`)
    await runs.signal(id, "second", 2)
    expect((await endOf(id)).status).toBe("halted")
    mend()
    await runs.retry(id, { from: "1" })
    // The first end lies ready again, and is taken for what it was; the second attempt made room.
    await stands(`${id}-c#3`)
    expect((await endOf(`${id}-c#2`)).status).toBe("cancelled")
    await runs.signal(`${id}-c#3`, "order", "third")
    expect(await resultOf(id)).toEqual([1, 2, "third"])
  })

  it("before the failure of its first attempt, when the second has ended, too", async () => {
    const { id, mend } = await parentOf(5)
    await runs.signal(`${id}-c`, "order", "fail")
    await stands(`${id}-c#2`)
    await runs.signal(`${id}-c#2`, "order", "done")
    await endOf(`${id}-c#2`)
    await until(
      () => journalOf(id),
      (entries) => entries[0]?.state === "completed",
    )
    await runs.signal(id, "first", 1)
    await runs.signal(id, "second", 2)
    expect((await endOf(id)).status).toBe("halted")
    mend()
    await runs.retry(id, { from: "1" })
    await stands(`${id}-c#3`)
    await runs.signal(`${id}-c#3`, "order", "third")
    expect(await resultOf(id)).toEqual([1, 2, "third"])
  })

  it("after the failure of its first attempt and before the second began", async () => {
    const { id, mend } = await parentOf(5)
    await runs.signal(`${id}-c`, "order", "fail")
    await stands(`${id}-c#2`)
    await runs.signal(id, "first", 1)
    await runs.signal(id, "second", 2)
    expect((await endOf(id)).status).toBe("halted")
    mend()
    await runs.retry(id, { from: "2" })
    // Attempt 2 is kept: its beginning stands before the cut.
    await runs.signal(`${id}-c#2`, "order", "kept")
    expect(await resultOf(id)).toEqual([1, 2, "kept"])
  })
})

it("a child that is skipped while it is under way is stopped", async () => {
  const { id } = await begin(function* (ctx) {
    const child = yield* ctx.beginRpc(waits, ctx.options({ id: `${ctx.id}-child` }))
    const name = yield* ctx.uuid()
    yield* ctx.panic(name !== "" && !ctx.id.startsWith("x"), "look")
    return yield* child
  })
  await stands(`${id}-child`)
  expect((await endOf(id)).status).toBe("halted")
  await runs.skip(id, { path: "0", value: "given" })
  expect((await endOf(`${id}-child`)).status).toBe("cancelled")
})

it("a child that a failed run has left alone is not skipped: nobody waits for it, the failed step is what to skip", async () => {
  const { id } = await begin(function* (ctx) {
    yield* ctx.beginRpc(waits, ctx.options({ id: `${ctx.id}-alone`, parentClose: "abandon" }))
    return yield* ctx.run(async function work() {
      throw Object.assign(new Error("broken"), { nonRetryable: true })
    })
  })
  expect((await endOf(id)).status).toBe("failed")
  await stands(`${id}-alone`)
  expect(await codeOf(runs.skip(id, { path: "0", value: "given" }))).toBe("invalid_request")
  expect((await endOf(id)).status).toBe("failed")
  await runs.skip(id, { path: "1", value: "mended" })
  expect(await resultOf(id)).toBe("mended")
})
