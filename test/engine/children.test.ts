// Children: started once, heard of through the store, stopped before what waits for them goes on.

import { describe, expect, test } from "vitest"
import type { Context } from "../../src/engine/workflow/context.ts"
import { CancelledError, TimeoutError } from "../../src/engine/errors.ts"
import { Constant } from "../../src/engine/steps/retry.ts"
import type { WorkflowFunction } from "../../src/engine/workflow/registry.ts"
import { caught } from "../support/caught.ts"
import { expectSameReplay } from "../support/expect-replay.ts"
import type { ProcessOptions } from "../support/run-process.ts"
import { World } from "../support/world.ts"

function run(fn: WorkflowFunction, options?: ProcessOptions): Promise<World> {
  return World.of(() => fn, options)
}

function sent(world: World): string[] {
  return world.store.sentToChildren.map(({ what, path }) => `${what} ${path}`)
}

describe("check 7: a child is started once and its result reaches the parent", () => {
  function* parent(ctx: Context) {
    const before = yield* ctx.rpc<string>("child", "a", 1)
    const begun = yield* ctx.beginRpc<string>("child", "b")
    return [before, yield* begun]
  }

  test("the result of a call", async () => {
    const world = await run(parent)
    const [child] = world.store.children.values()
    expect(child?.start).toMatchObject({
      path: "0",
      attempt: 1,
      id: "run:incarnat:0:0",
      workflow: "child",
      inputText: '["a",1]',
      deadlineMs: undefined,
      close: "cancel",
    })
    await world.childEnds("0", { value: "first" })
    await world.childEnds("1", { value: "second" })
    expect(world.value).toEqual(["first", "second"])
    expect(sent(world)).toEqual(["start 0", "start 1"])
    expect(world.store.children.size).toBe(0)
    await expectSameReplay(world)
  })

  test("a crash at every record starts no child a second time", async () => {
    for (const mode of ["dropped", "kept", "committed"] as const) {
      for (let append = 1; append <= 4; append++) {
        const world = new World(() => parent)
        world.crashAtAppend(append, mode)
        await world.start()
        await world.childEnds("0", { value: "first" })
        await world.childEnds("1", { value: "second" })
        expect(world.value).toEqual(["first", "second"])
        expect(sent(world)).toEqual(["start 0", "start 1"])
      }
    }
  })

  test("it may have ended before anybody waits, and while nobody was there", async () => {
    const world = await run(function* (ctx: Context) {
      const begun = yield* ctx.beginRpc<string>("child")
      yield* ctx.signal("go")
      return [begun.state, yield* begun]
    })
    world.store.endChild("0", { state: "completed", text: '"early"' })
    world.store.commit()
    await world.crash()
    expect(world.lines).toContain("completed 0")
    await world.signal("go")
    expect(world.value).toEqual(["settled", "early"])
  })
})

describe("check 41: how a child ends is how its entry ends", () => {
  test("a failure is thrown with name, message, code and cause", async () => {
    const world = await run(function* (ctx: Context) {
      const error = yield* caught(ctx.rpc("child"))
      return error instanceof RangeError ? [error.message, (error.cause as Error).message] : error
    })
    await world.childEnds("0", { error: new RangeError("too far", { cause: new Error("why") }) })
    expect(world.value).toEqual(["too far", "why"])
    await expectSameReplay(world)
  })

  test.each(["cancelled", "timed_out"] as const)("%s is thrown as such", async (state) => {
    const world = await run(function* (ctx: Context) {
      return (yield* caught(ctx.rpc("child"))) instanceof CancelledError
    })
    await world.childEnds("0", { error: new CancelledError("killed"), state })
    expect(world.value).toBe(true)
    expect(world.lines).toEqual(["open 0 child", `${state} 0`])
  })

  test("a failure nobody awaited fails the run, which waits for all it began", async () => {
    const world = await run(function* (ctx: Context) {
      yield* ctx.beginRpc("left")
      yield* ctx.beginRpc("right")
      return "over"
    })
    await world.childEnds("0", { error: new Error("left failed") })
    expect(world.isOver).toBe(false)
    await world.childEnds("1", { value: 1 })
    expect(world.error.message).toBe("left failed")
  })

  test("what is no input starts no child", async () => {
    const world = await run(function* (ctx: Context) {
      return String(yield* caught(ctx.rpc("child", () => 1)))
    })
    expect(world.value).toContain("function")
    expect(sent(world)).toEqual([])
  })

  test("a function that is not registered is refused where it is called", async () => {
    function* unknownChild(): Generator<never, void, never> {}
    const world = await run(function* (ctx: Context) {
      yield* ctx.rpc(unknownChild)
    })
    expect(world.error.message).toContain('"unknownChild" is not registered')
  })

  test("options of a child are no options of a step", async () => {
    const world = await run(function* (ctx: Context) {
      yield* ctx.run(() => 1, ctx.options({ parentClose: "wait" }))
    })
    expect(world.error.message).toContain("parentClose")
  })

  test("tried again by its policy: another run each time, the delay durable", async () => {
    const world = await run(function* (ctx: Context) {
      const retryPolicy = Constant({ delayMs: 1_000, maxRetries: 2 })
      return yield* ctx.rpc("child", ctx.options({ retryPolicy, id: "given" }))
    })
    await world.childEnds("0", { error: new Error("once") })
    expect(world.waits).toMatchObject([{ kind: "retry", path: "0" }])
    await world.advance(400)
    await world.crash()
    await world.advance(600)
    expect(world.store.children.get("0")?.start).toMatchObject({ attempt: 2, id: "given#2" })
    await world.childEnds("0", { error: new Error("twice") })
    await world.advance(1_000)
    await world.crash()
    await world.childEnds("0", { error: new Error("thrice") })
    expect(world.error.message).toBe("thrice")
    expect(sent(world)).toEqual(["start 0", "start 0", "start 0"])
    await expectSameReplay(world)
  })
})

describe("check 15: deadlines are inherited unless detached", () => {
  test("the earliest of its own, the sub-workflow's and the run's", async () => {
    const world = await run(
      function* (ctx: Context) {
        yield* ctx.beginRpc("own", ctx.options({ timeoutMs: 1_000 }))
        yield* ctx.beginRpc("run's")
        yield* ctx.detached("alone")
        yield* ctx.run(
          function* (inner: Context) {
            yield* inner.rpc("inner", inner.options({ timeoutMs: 90_000 }))
          },
          ctx.options({ timeoutMs: 5_000 }),
        )
      },
      { timeoutMs: 60_000 },
    )
    const deadlines = [...world.store.children.values()].map(({ start }) => [
      start.workflow,
      start.deadlineMs === undefined ? undefined : start.deadlineMs - world.startMs,
    ])
    expect(deadlines).toEqual([
      ["own", 1_000],
      ["run's", 60_000],
      ["alone", undefined],
      ["inner", 5_000],
    ])
  })

  test("past its timeout the call throws, the child is told to end, and its late end changes nothing", async () => {
    const world = await run(function* (ctx: Context) {
      const error = yield* caught(ctx.rpc("slow", ctx.options({ timeoutMs: 1_000 })))
      yield* ctx.signal("go")
      return error instanceof TimeoutError
    })
    await world.advance(1_000)
    expect(sent(world)).toEqual(["start 0", "stop 0"])
    expect(world.store.hasChild("0")).toBe(false)
    await world.crash()
    await world.signal("go")
    expect(world.value).toBe(true)
    await expectSameReplay(world)
  })
})

describe("promise 14, check 44: children are cancelled first", () => {
  function* cleaning(ctx: Context, begin: (ctx: Context) => Generator<unknown, unknown, unknown>) {
    try {
      return yield* begin(ctx)
    } finally {
      yield* ctx.publish("unwound", true)
    }
  }

  test("the parent unwinds only after the end of the child it waits for", async () => {
    const world = await run((ctx) =>
      cleaning(ctx, function* (inner) {
        return yield* inner.rpc("child")
      }),
    )
    await world.cancel("enough")
    expect(sent(world)).toEqual(["start 0", "stop 0"])
    expect(world.published("unwound")).toBeUndefined()
    await world.crash()
    expect(sent(world)).toEqual(["start 0", "stop 0"])
    await world.childEnds("0", { error: new CancelledError("enough"), state: "cancelled" })
    expect(world.published("unwound")).toBe(true)
    expect(world.outcome.state).toBe("cancelled")
    expect(world.error.message).toBe("enough")
    await expectSameReplay(world)
  })

  test("check 47: a child that completed all the same is recorded as it was; the parent is cancelled", async () => {
    const world = await run((ctx) =>
      cleaning(ctx, function* (inner) {
        yield* inner.rpc("child")
        return "went on"
      }),
    )
    await world.cancel("enough")
    await world.childEnds("0", { value: "done in time" })
    expect(world.outcome.state).toBe("cancelled")
    expect(world.lines).toContain("completed 0")
    await expectSameReplay(world)
  })

  test("within composites and sub-workflows, too, last begun first", async () => {
    const world = await run(function* (ctx: Context) {
      yield* ctx.beginRpc("begun")
      yield* ctx.all([
        ctx.rpc("member"),
        ctx.run(function* (inner: Context) {
          yield* inner.rpc("nested")
        }),
      ])
    })
    await world.cancel("enough")
    expect(sent(world).slice(3)).toEqual(["stop 1.1.0", "stop 1.0", "stop 0"])
    for (const path of ["1.0", "0", "1.1.0"]) {
      expect(world.isOver).toBe(false)
      await world.childEnds(path, { error: new CancelledError("enough"), state: "cancelled" })
    }
    expect(world.outcome.state).toBe("cancelled")
    await expectSameReplay(world)
  })

  test("wait: the wait is thrown at once, the run ends after the child, which is left in peace", async () => {
    const world = await run((ctx) =>
      cleaning(ctx, function* (inner) {
        return yield* inner.rpc("child", inner.options({ parentClose: "wait" }))
      }),
    )
    await world.cancel("enough")
    expect(world.published("unwound")).toBe(true)
    expect(world.isOver).toBe(false)
    expect(sent(world)).toEqual(["start 0"])
    await world.crash()
    await world.childEnds("0", { value: 1 })
    expect(world.outcome.state).toBe("cancelled")
    await expectSameReplay(world)
  })

  test("abandon: the run ends at once, the child is left in peace", async () => {
    const world = await run(function* (ctx: Context) {
      yield* ctx.rpc("child", ctx.options({ parentClose: "abandon" }))
    })
    await world.cancel("enough")
    expect(world.outcome.state).toBe("cancelled")
    expect(sent(world)).toEqual(["start 0"])
  })

  test("detached: neither waited for nor stopped, also when it is being waited for", async () => {
    const world = await run(function* (ctx: Context) {
      const alone = yield* ctx.detached<string>("alone")
      yield* ctx.publish("id", alone.id)
      return yield* alone
    })
    expect(world.published("id")).toBe("run:incarnat:0:0")
    await world.cancel("enough")
    expect(world.outcome.state).toBe("cancelled")
    expect(sent(world)).toEqual(["start 0"])
    await expectSameReplay(world)
  })

  test("a detached child that failed fails nobody who does not wait for it", async () => {
    const world = await run(function* (ctx: Context) {
      yield* ctx.detached("alone")
      yield* ctx.signal("go")
      return "fine"
    })
    await world.childEnds("0", { error: new Error("its own affair") })
    await world.signal("go")
    expect(world.value).toBe("fine")
    await expectSameReplay(world)
  })
})

describe("promise 8, check 36: a race waits for its losers", () => {
  test("for a child only until the stop is on its way", async () => {
    const world = await run(function* (ctx: Context) {
      const { key } = yield* ctx.race({ child: ctx.rpc("child"), go: ctx.signal("go") })
      yield* ctx.signal("end")
      return key
    })
    await world.signal("go")
    expect(sent(world)).toEqual(["start 0.0", "stop 0.0"])
    expect(world.lines).toContain("completed 0")
    await world.crash()
    await world.childEnds("0.0", { error: new CancelledError("lost"), state: "cancelled" })
    expect(world.store.children.size).toBe(0)
    await world.signal("end")
    expect(world.value).toBe("go")
    await expectSameReplay(world)
  })

  test("a child that wins is the winner for ever", async () => {
    const world = await run(function* (ctx: Context) {
      return yield* ctx.race({ left: ctx.rpc("left"), right: ctx.rpc("right") })
    })
    await world.childEnds("0.1", { value: "r" })
    await world.crash()
    expect(world.value).toEqual({ key: "right", value: "r" })
    expect(sent(world)).toEqual(["start 0.0", "start 0.1", "stop 0.0"])
    await expectSameReplay(world)
  })
})

describe("how a parent that ends leaves its children", () => {
  test("by throwing: what is under way is stopped, and the failure waits for its end", async () => {
    const world = await run(function* (ctx: Context) {
      yield* ctx.beginRpc("child")
      throw new Error("broken")
    })
    expect(sent(world)).toEqual(["start 0", "stop 0"])
    expect(world.isOver).toBe(false)
    await world.crash()
    await world.childEnds("0", { error: new CancelledError("stopped"), state: "cancelled" })
    expect(world.error.message).toBe("broken")
    await expectSameReplay(world)
  })

  test("by returning: it waits for them", async () => {
    const world = await run(function* (ctx: Context) {
      yield* ctx.beginRpc("child")
      return "over"
    })
    expect(world.isOver).toBe(false)
    await world.childEnds("0", { value: 1 })
    expect(world.value).toBe("over")
  })

  test("by a limit of the run: what is under way is stopped, and nothing can be waited for", async () => {
    const world = await run(
      function* (ctx: Context) {
        yield* ctx.beginRpc("child")
        yield* ctx.beginRpc("child", ctx.options({ parentClose: "abandon" }))
        yield* ctx.detached("child")
        for (;;) yield* ctx.uuid()
      },
      { limits: { entriesMax: 20 } },
    )
    expect(world.error).toMatchObject({ code: "limit_reached" })
    expect(sent(world)).toEqual(["start 0", "start 1", "start 2", "stop 0"])
  })

  test("abandoned ones are not waited for", async () => {
    const world = await run(function* (ctx: Context) {
      yield* ctx.beginRpc("child", ctx.options({ parentClose: "abandon" }))
      return "over"
    })
    expect(world.value).toBe("over")
    await expectSameReplay(world)
  })

  test("by continuing as new: they are stopped, and the next generation starts its own", async () => {
    const world = await run(
      function* (ctx: Context, round: number): Generator<unknown, unknown, never> {
        if (round > 0) return yield* ctx.rpc("child", round)
        yield* ctx.beginRpc("child", round)
        return yield* ctx.continueAsNew(round + 1)
      },
      { input: [0] },
    )
    expect(world.store.sentToChildren).toEqual([
      { what: "start", path: "0", id: "run:incarnat:0:0" },
      { what: "stop", path: "0", id: "run:incarnat:0:0" },
      { what: "start", path: "0", id: "run:incarnat:1:0" },
    ])
    await world.childEnds("0", { value: "new" })
    expect(world.value).toBe("new")
  })
})

describe("a person takes the parent back", () => {
  test("to before a child: another one is started, with a number of its own", async () => {
    const world = await run(function* (ctx: Context) {
      return yield* ctx.rpc("child")
    })
    await world.childEnds("0", { error: new Error("failed") })
    await world.operate({ name: "retry", path: "0", attempt: 1, keep: 0 })
    expect(world.store.children.get("0")?.start).toMatchObject({
      attempt: 2,
      id: "run:incarnat:0:0#2",
    })
    await world.childEnds("0", { value: "this time" })
    expect(world.value).toBe("this time")
    await expectSameReplay(world)
  })

  test("to before its end: the store no longer knows it, and another one is started", async () => {
    const world = await run(function* (ctx: Context) {
      return yield* ctx.all([ctx.rpc("left"), ctx.rpc("right")])
    })
    await world.childEnds("0.0", { value: "l" })
    await world.childEnds("0.1", { error: new Error("failed") })
    await world.operate({ name: "retry", path: "0.1", attempt: 1, keep: 4 })
    expect(world.store.children.get("0.1")?.start.attempt).toBe(2)
    await world.childEnds("0.1", { value: "r" })
    expect(world.value).toEqual(["l", "r"])
    await expectSameReplay(world)
  })
})

test("check 42: ten thousand children at once stay within slices, and the journal replays", async () => {
  const count = 10_000
  const world = await run(function* (ctx: Context) {
    const results = yield* ctx.all(
      Array.from({ length: count }, (_, index) => ctx.rpc<number>("child", index)),
    )
    return results.reduce((sum, value) => sum + value, 0)
  })
  expect(world.store.children.size).toBe(count)
  for (const { start } of world.store.children.values()) {
    world.store.endChild(start.path, { state: "completed", text: start.inputText.slice(1, -1) })
    world.machine.post({ type: "child", path: start.path })
  }
  await world.idle()
  expect(world.value).toBe((count * (count - 1)) / 2)
  expect(world.store.sentToChildren.length).toBe(count)
})
