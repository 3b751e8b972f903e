// Updates: accepted or refused, answered once, also over a crash between (promise 7).

import { describe, expect, test } from "vitest"
import type { Context, Message } from "../../src/engine/workflow/context.ts"
import { NonRetryableError, TimeoutError } from "../../src/engine/errors.ts"
import type { StandardSchema, Validate } from "../../src/engine/workflow/operation.ts"
import { caught } from "../support/caught.ts"
import { expectSameReplay } from "../support/expect-replay.ts"
import type { Program } from "../support/run-process.ts"
import { World } from "../support/world.ts"

const counter = (validate?: Validate): Program => {
  return () =>
    function* (ctx: Context) {
      let total = 0
      while (total < 10) {
        const message: Message<number> = yield* ctx.receive<number>("add", { validate })
        total += message.value
        yield* message.reply({ total })
      }
      return total
    }
}

describe("promise 7: receive takes a message and answers it", () => {
  test("the sender gets the reply", async () => {
    const world = await World.of(counter())
    const first = await world.update("add", 4)
    expect(world.answer(first)).toEqual({ state: "completed", value: { total: 4 } })
    await world.crash()
    const second = await world.update("add", 6)
    expect(world.answer(second)).toEqual({ state: "completed", value: { total: 10 } })
    expect(world.value).toBe(10)
    await expectSameReplay(world)
  })

  test("messages come in order, also those that came before the wait", async () => {
    const world = new World(counter())
    const ids = ["3", "7"].map((text) => world.store.addMessage("update", "add", text))
    await world.start()
    expect(ids.map((id) => world.answer(id)?.value)).toEqual([{ total: 3 }, { total: 10 }])
    await expectSameReplay(world)
  })

  test("a reply may just be called, and the first answer stands, also over a replay", async () => {
    const world = await World.of((steps) => {
      const task = steps.task<string>("task")
      return function* (ctx: Context) {
        const message = yield* ctx.receive("ask")
        message.reply("first")
        message.reply("second")
        yield* message.reject(new Error("third"))
        return yield* ctx.run(task)
      }
    })
    const id = await world.update("ask")
    expect(world.answer(id)).toEqual({ state: "completed", value: "first" })
    await world.crash()
    expect(world.answer(id)).toEqual({ state: "completed", value: "first" })
    await world.finish("task", "end")
    expect(world.value).toBe("end")
  })

  test("an answer that was due when the process died is given by the replay", async () => {
    const world = await World.of((steps) => {
      const task = steps.task("task")
      return function* (ctx: Context) {
        const message = yield* ctx.receive("ask")
        const value = yield* ctx.run(task)
        yield* message.reply(value)
        yield* ctx.sleep(5)
      }
    })
    const id = await world.update("ask")
    await world.crash()
    expect(world.answer(id)).toBeUndefined()
    await world.finish("task", 5n)
    expect(world.answer(id)).toEqual({ state: "completed", value: 5n })
  })

  test("a reject answers with an error", async () => {
    const world = await World.of(
      () =>
        function* (ctx: Context) {
          const message = yield* ctx.receive("ask")
          yield* message.reject(
            new NonRetryableError("not now", { code: "closed", details: { until: 5 } }),
          )
        },
    )
    const id = await world.update("ask")
    expect(world.answer(id)).toMatchObject({
      state: "rejected",
      value: { message: "not now", code: "closed", details: { until: 5 } },
    })
  })

  test("a reply without a value is an answer as well", async () => {
    const world = await World.of(
      () =>
        function* (ctx: Context) {
          yield* (yield* ctx.receive("ask")).reply()
        },
    )
    expect(world.answer(await world.update("ask"))).toEqual({
      state: "completed",
      value: undefined,
    })
  })

  test("a reply that cannot be stored throws in the workflow", async () => {
    const world = await World.of(
      () =>
        function* (ctx: Context) {
          const message = yield* ctx.receive("ask")
          yield* message.reply(() => 1)
        },
    )
    await world.update("ask")
    expect(world.error).toMatchObject({ name: "EncodingError" })
  })

  test("a wait that times out eats none", async () => {
    const world = await World.of(
      () =>
        function* (ctx: Context) {
          const first = yield* caught(ctx.receive("ask", { timeoutMs: 10 }))
          const message = yield* ctx.receive("ask")
          yield* message.reply("late but there")
          return first
        },
    )
    await world.advance(10)
    const id = await world.update("ask")
    expect(world.answer(id)?.value).toBe("late but there")
    expect(world.value).toBeInstanceOf(TimeoutError)
    await expectSameReplay(world)
  })

  test("in a race the message can be answered", async () => {
    const world = await World.of(
      () =>
        function* (ctx: Context) {
          const first = yield* ctx.race({ ask: ctx.receive<number>("ask"), window: ctx.sleep(5) })
          if (first.key === "ask") yield* first.value.reply(first.value.value + 1)
          yield* ctx.sleep(5)
          return first.key
        },
    )
    const id = await world.update("ask", 1)
    await world.crash()
    await world.advance(5)
    expect(world.answer(id)).toEqual({ state: "completed", value: 2 })
    expect(world.value).toBe("ask")
  })
})

describe("promise 7: a message that is refused leaves no trace", () => {
  const schema: StandardSchema = {
    "~standard": {
      validate: (value) =>
        typeof value === "number"
          ? { value }
          : { issues: [{ message: "expected a number", path: ["amount", { key: 0 }] }] },
    },
  }
  const asynchronous: StandardSchema = {
    "~standard": { validate: (value) => Promise.resolve({ value }) },
  }
  const validators: readonly (readonly [string, Validate, string])[] = [
    ["a predicate", (value) => typeof value === "number", "refused"],
    [
      "a function that throws",
      (value) => {
        if (typeof value !== "number") throw new RangeError("a number, please")
      },
      "a number, please",
    ],
    ["a Standard Schema", schema, "amount.0: expected a number"],
    ["a schema that is asynchronous", asynchronous, "asynchronous"],
    ["something that is no schema at all", {} as StandardSchema, ""],
  ]
  test.each(validators)("%s", async (_, validate, message) => {
    const world = await World.of(counter(validate))
    const before = [...world.journal]
    const id = await world.update("add", "four")
    expect(world.answer(id)).toMatchObject({ state: "rejected" })
    expect(world.answer(id)?.value).toMatchObject({ message: expect.stringContaining(message) })
    expect(world.journal).toEqual(before)
    expect(world.store.unconsumed).toEqual([])
    await expectSameReplay(world)
  })

  test("and the next one is taken", async () => {
    const world = new World(counter((value) => typeof value === "number"))
    const bad = world.store.addMessage("update", "add", '"x"')
    const good = world.store.addMessage("update", "add", "10")
    await world.start()
    expect(world.answer(bad)?.state).toBe("rejected")
    expect(world.answer(good)).toEqual({ state: "completed", value: { total: 10 } })
    expect(world.value).toBe(10)
    await expectSameReplay(world)
  })
})
