// Promises settled from outside: by token, once, also before the run waits (promises 6, 7).

import { describe, expect, test } from "vitest"
import type { Context } from "../../src/engine/workflow/context.ts"
import { TimeoutError } from "../../src/engine/errors.ts"
import { caught } from "../support/caught.ts"
import { expectSameReplay } from "../support/expect-replay.ts"
import type { Program } from "../support/run-process.ts"
import { World } from "../support/world.ts"

const asking: Program = (steps) => {
  const send = steps.sync("send", (_, token: string) => token)
  return function* (ctx: Context, timeoutMs?: number) {
    const approval = yield* ctx.promise<unknown>({ timeoutMs })
    yield* ctx.run(send, approval.token)
    return yield* caught(ctx.race({ approval, other: ctx.signal("other") }))
  }
}

const simple: Program = () =>
  function* (ctx: Context) {
    const approval = yield* ctx.promise()
    yield* ctx.publish("token", approval.token)
    return [approval.id, yield* approval, yield* approval]
  }

describe("promises settled from outside", () => {
  test("promise 3: the value reaches the workflow with its type, and can be waited for again", async () => {
    const world = await World.of(simple, { id: "order/42" })
    await world.crash()
    await world.settlePromise(world.published("token") as string, { value: new Set([1n]) })
    expect(world.value).toEqual(["order/42:0", new Set([1n]), new Set([1n])])
    await expectSameReplay(world)
  })

  test("a rejection is thrown", async () => {
    const world = await World.of(simple)
    const error = Object.assign(new Error("denied"), { code: "denied" })
    await world.settlePromise(world.published("token") as string, { error })
    expect(world.error).toMatchObject({ message: "denied", code: "denied" })
    await expectSameReplay(world)
  })

  test("promise 8: the first settlement stands", async () => {
    const world = await World.of(simple)
    const token = world.published("token") as string
    await world.settlePromise(token, { value: 1 })
    await world.settlePromise(token, { value: 2 })
    expect(world.value).toEqual(["run:0", 1, 1])
  })

  test("the token is the same after a crash, and another one for every promise", async () => {
    const world = await World.of(
      () =>
        function* (ctx: Context) {
          const tokens = [(yield* ctx.promise()).token, (yield* ctx.promise()).token]
          yield* ctx.publish("tokens", tokens)
          yield* ctx.sleep(5)
          return tokens
        },
    )
    await world.crash()
    await world.advance(5)
    const tokens = world.value as string[]
    expect(tokens).toEqual(world.published("tokens"))
    expect(new Set(tokens).size).toBe(2)
    expect(tokens.every((token) => token !== "")).toBe(true)
  })

  test("one that was settled while the object was gone is found on return", async () => {
    const world = await World.of(simple)
    world.store.settlePromise("0", { state: "completed", text: "7" })
    world.store.commit()
    await world.crash()
    expect(world.value).toEqual(["run:0", 7, 7])
  })

  test("promise 6: its timeout fires, is thrown, and late settlements meet it", async () => {
    const world = await World.of(asking, { input: [100] })
    await world.advance(99)
    await world.crash()
    expect(world.isOver).toBe(false)
    await world.advance(1)
    expect(world.value).toBeInstanceOf(TimeoutError)
    expect((world.value as Error).message).toBe("The promise at 0 timed out.")
    expect(world.store.promiseOutcome("0")?.state).toBe("timed_out")
    await expectSameReplay(world)
  })

  test("settled and due in the same instant: what was recorded first counts", async () => {
    const world = await World.of(simple)
    world.clock.advance(1_000)
    await world.settlePromise(world.published("token") as string, { value: 1 })
    expect(world.value).toEqual(["run:0", 1, 1])
  })

  test("one that lost a race is cancelled, and whoever holds the token can learn it", async () => {
    const world = await World.of(asking)
    await world.signal("other")
    expect(world.store.promiseOutcome("0")?.state).toBe("cancelled")
    expect(world.value).toBe("nothing was thrown")
    await expectSameReplay(world)
  })

  test("one that nobody waits for does not keep the run from ending", async () => {
    const world = await World.of(
      () =>
        function* (ctx: Context) {
          yield* ctx.promise()
          yield* ctx.promise({ timeoutMs: 5 })
          return "done"
        },
    )
    expect(world.value).toBe("done")
    expect(world.waits).toEqual([])
    await expectSameReplay(world)
  })
})
