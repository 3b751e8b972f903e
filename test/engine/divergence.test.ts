// Changed code is noticed and halts the run with what was expected and found (promise 10).

import { describe, expect, test } from "vitest"
import type { Context } from "../../src/engine/workflow/context.ts"
import type { Operation } from "../../src/engine/workflow/operation.ts"
import type { StepHands } from "../support/step-hands.ts"
import { World } from "../support/world.ts"

type Body = (ctx: Context, steps: StepHands) => Generator<Operation<unknown>, unknown, unknown>

/** Runs the old code up to its signal, then wakes the run with the new code. */
async function deploy(
  oldBody: Body,
  newBody: Body,
  facts?: (world: World) => Promise<void>,
): Promise<World> {
  let body = oldBody
  const world = await World.of((steps) => {
    const current = body
    return function* (ctx: Context) {
      return yield* current(ctx, steps)
    }
  })
  await facts?.(world)
  const calls = world.steps.calls.length
  body = newBody
  await world.crash()
  if (world.result.type === "halted") expect(world.steps.calls).toHaveLength(calls)
  return world
}

const plain = (steps: StepHands, name: string) =>
  steps.sync(name, (_, value: unknown = name) => (typeof value === "number" ? value : name))

const original: Body = function* (ctx, steps) {
  const a = yield* ctx.run(plain(steps, "a"), 1)
  const b = yield* ctx.run(plain(steps, "b"), { deep: [a] })
  yield* ctx.sleep(1_000)
  return [a, b]
}

describe("promise 10: changed code is noticed, and the run halts with a diff", () => {
  const changes: readonly (readonly [string, Body, object])[] = [
    [
      "a step was renamed",
      function* (ctx, steps) {
        yield* ctx.run(plain(steps, "renamed"), 1)
      },
      {
        path: "0",
        seq: 1,
        difference: "name",
        expected: { kind: "step", name: "a" },
        found: { kind: "step", name: "renamed" },
      },
    ],
    [
      "a step got another input",
      function* (ctx, steps) {
        yield* ctx.run(plain(steps, "a"), 2)
      },
      { path: "0", difference: "input" },
    ],
    [
      "an input differs deep inside",
      function* (ctx, steps) {
        yield* ctx.run(plain(steps, "a"), 1)
        yield* ctx.run(plain(steps, "b"), { deep: [1n] })
      },
      { path: "1", seq: 2, difference: "input" },
    ],
    [
      "a step became a timer",
      function* (ctx) {
        yield* ctx.sleep(1)
      },
      { path: "0", difference: "kind", expected: { kind: "step" }, found: { kind: "timer" } },
    ],
    [
      "a step was added in front",
      function* (ctx, steps) {
        yield* ctx.run(plain(steps, "new"))
        yield* original(ctx, steps)
      },
      { path: "0", difference: "name", found: { name: "new" } },
    ],
    [
      "a step was added in between",
      function* (ctx, steps) {
        yield* ctx.run(plain(steps, "a"), 1)
        yield* ctx.run(plain(steps, "new"))
        yield* ctx.run(plain(steps, "b"), { deep: [1] })
      },
      { path: "1", difference: "name" },
    ],
    [
      "a step was removed",
      function* (ctx, steps) {
        yield* ctx.run(plain(steps, "b"), { deep: [1] })
      },
      { path: "0", difference: "name", expected: { name: "a" }, found: { name: "b" } },
    ],
    [
      "steps were reordered",
      function* (ctx, steps) {
        yield* ctx.run(plain(steps, "b"), { deep: [1] })
        yield* ctx.run(plain(steps, "a"), 1)
      },
      { path: "0", difference: "name" },
    ],
    [
      "the timer has another duration",
      function* (ctx, steps) {
        yield* ctx.run(plain(steps, "a"), 1)
        yield* ctx.run(plain(steps, "b"), { deep: [1] })
        yield* ctx.sleep(2_000)
      },
      { path: "2", difference: "input", expected: { kind: "timer" } },
    ],
    [
      "the code ends early",
      function* (ctx, steps) {
        return yield* ctx.run(plain(steps, "a"), 1)
      },
      { path: "1", seq: 2, expected: { kind: "step", name: "b" }, found: null },
    ],
    [
      "the code throws early",
      function* (ctx, steps) {
        yield* ctx.run(plain(steps, "a"), 1)
        throw new Error("new bug")
      },
      { path: "1", found: null },
    ],
    [
      "the code waits for something else",
      function* (ctx, steps) {
        yield* ctx.run(plain(steps, "a"), 1)
        yield* ctx.signal("never")
      },
      { path: "1", difference: "kind", found: { kind: "signal", name: "never" } },
    ],
    [
      "a step became asynchronous under another name",
      function* (ctx, steps) {
        const task = steps.task("task")
        yield* ctx.run(task, 1)
      },
      { path: "0", difference: "name" },
    ],
    [
      "a step became a sub-workflow",
      function* (ctx) {
        yield* ctx.run(function* other(ctx: Context) {
          yield* ctx.sleep(1)
        })
      },
      { path: "0", difference: "name" },
    ],
  ]
  test.each(changes)("%s", async (_, changed, details) => {
    const world = await deploy(original, changed)
    expect(world.halt.code).toBe("divergence")
    expect(world.halt.details).toMatchObject(details)
    expect(world.halt.message).toContain(`path "${(details as { path: string }).path}"`)
  })

  test("a value of another function is never returned, nothing is called, the journal stays as it was", async () => {
    const world = await deploy(original, function* (ctx, steps) {
      return yield* ctx.run(plain(steps, "renamed"), 1)
    })
    expect(world.lines).toEqual(["completed 0 a", "completed 1 b", "open 2"])
  })

  test("with the old code back, and a person's retry, the run goes on", async () => {
    const world = await deploy(original, original)
    await world.advance(1_000)
    expect(world.value).toEqual([1, "b"])
  })

  test("new steps at the end are no divergence", async () => {
    const world = await deploy(original, function* (ctx, steps) {
      yield* original(ctx, steps)
      return yield* ctx.run(plain(steps, "new"))
    })
    await world.advance(1_000)
    expect(world.value).toBe("new")
  })

  test("functions, errors and instances in an input are compared by their kind and message alone", async () => {
    const body: Body = function* (ctx, steps) {
      yield* ctx.run(plain(steps, "a"), {
        fn: () => 1,
        error: new Error("same"),
        map: new WeakMap(),
      })
      yield* ctx.signal("end")
    }
    const world = await deploy(body, (ctx, steps) => body(ctx, steps))
    expect(world.result.type).toBe("blocked")
  })

  test("an input the step itself changes afterwards is compared as it was given", async () => {
    const body: Body = function* (ctx, steps) {
      const order = { items: [1] }
      yield* ctx.run(
        steps.sync("change", (_, given: { items: number[] }) => {
          given.items.push(2)
        }),
        order,
      )
      yield* ctx.signal("end")
    }
    const world = await deploy(body, (ctx, steps) => body(ctx, steps))
    expect(world.result.type).toBe("blocked")
  })
})

describe("promise 10: in branches and composites", () => {
  const racing: Body = function* (ctx, steps) {
    yield* ctx.race({ task: ctx.run(steps.task("task")), window: ctx.sleep(1_000) })
    yield* ctx.signal("end")
  }

  test("a race became an all", async () => {
    const world = await deploy(racing, function* (ctx, steps) {
      yield* ctx.all({ task: ctx.run(steps.task("task")), window: ctx.sleep(1_000) })
    })
    expect(world.halt.details).toMatchObject({
      path: "0",
      difference: "kind",
      expected: { kind: "race" },
    })
  })

  test("all became allSettled", async () => {
    const members = (ctx: Context) => [ctx.signal("a"), ctx.signal("b")]
    const world = await deploy(
      function* (ctx) {
        yield* ctx.all(members(ctx))
      },
      function* (ctx) {
        yield* ctx.allSettled(members(ctx))
      },
    )
    expect(world.halt.details).toMatchObject({ difference: "name" })
  })

  test("a member was renamed", async () => {
    const world = await deploy(racing, function* (ctx, steps) {
      yield* ctx.race({ job: ctx.run(steps.task("task")), window: ctx.sleep(1_000) })
    })
    expect(world.halt.details).toMatchObject({ path: "0", difference: "input" })
  })

  test("a member's step was renamed", async () => {
    const world = await deploy(racing, function* (ctx, steps) {
      yield* ctx.race({ task: ctx.run(steps.task("other")), window: ctx.sleep(1_000) })
    })
    expect(world.halt.details).toMatchObject({ path: "0.0", difference: "name" })
  })

  test("a race that was decided otherwise", async () => {
    const world = await deploy(
      racing,
      function* (ctx, steps) {
        yield* ctx.all({ task: ctx.run(steps.task("task")) })
      },
      (world) => world.finish("task", 1),
    )
    expect(world.halt.code).toBe("divergence")
  })

  test("a branch that records less than before", async () => {
    const longer: Body = function* branch(ctx, steps) {
      yield* ctx.signal("go")
      yield* ctx.run(plain(steps, "a"))
      yield* ctx.signal("later")
    }
    const shorter: Body = function* branch(ctx) {
      yield* ctx.signal("go")
    }
    const asGenerator = (body: Body): Body =>
      function* (ctx, steps) {
        const branch = function* branch(ctx: Context) {
          return yield* body(ctx, steps)
        }
        yield* ctx.all([ctx.run(branch), ctx.signal("end")])
      }
    const world = await deploy(asGenerator(longer), asGenerator(shorter), (world) =>
      world.signal("go"),
    )
    expect(world.halt.code).toBe("divergence")
    expect(world.halt.details).toMatchObject({ path: "0.0.1" })
  })

  test("a step of the journal that is a sub-workflow now", async () => {
    const world = await deploy(
      function* (ctx, steps) {
        yield* ctx.run(steps.task("work"))
      },
      function* (ctx) {
        yield* ctx.run(function* work(ctx: Context) {
          yield* ctx.sleep(1)
        })
      },
    )
    expect(world.halt.details).toMatchObject({ path: "0", difference: "kind" })
  })

  test("a sub-workflow of the journal that is a step now", async () => {
    const world = await deploy(
      function* (ctx) {
        yield* ctx.run(function* work(ctx: Context) {
          yield* ctx.sleep(1)
        })
      },
      function* (ctx, steps) {
        yield* ctx.run(steps.task("work"))
      },
    )
    expect(world.halt.code).toBe("divergence")
  })
})
