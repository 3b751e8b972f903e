// check 55: patch markers: old runs take the old path, new ones the new; a patch can be deprecated, then removed.

import { describe, expect, test } from "vitest"
import type { Context } from "../../src/engine/workflow/context.ts"
import type { StepHands } from "../support/step-hands.ts"
import { expectSameReplay } from "../support/expect-replay.ts"
import { World } from "../support/world.ts"

/** The life of one workflow: before the change, with it, with the old path gone, and with the patch gone. */
type Code = "old" | "patched" | "deprecated" | "removed"

function* body(code: Code, ctx: Context, steps: StepHands) {
  const first = yield* ctx.run(steps.task("first"))
  let isNew = code !== "old"
  if (code === "patched") isNew = yield* ctx.patched("fee")
  if (code === "deprecated") yield* ctx.deprecatePatch("fee")
  if (isNew) yield* ctx.run(steps.task("fee"))
  const last = yield* ctx.run(steps.task("last"))
  return [first, isNew, last]
}

/** A run whose code can be changed; it is the new one after the next crash. */
async function running(first: Code) {
  let code = first
  const world = await World.of(
    (steps) =>
      function* (ctx: Context) {
        return yield* body(code, ctx, steps)
      },
  )
  const deploy = async (next: Code) => {
    code = next
    await world.crash()
  }
  return { world, deploy }
}

describe("check 55: a patch", () => {
  test("a run that begins on the new code takes the new path, and notes it", async () => {
    const { world } = await running("patched")
    await world.finish("first")
    expect(world.lines).toEqual([
      "start 0 first",
      "completed 0",
      "completed patch:fee patch:fee",
      "start 1 fee",
    ])
    await world.crash()
    await world.finish("fee")
    await world.finish("last")
    expect(world.value).toEqual([undefined, true, undefined])
    await expectSameReplay(world)
  })

  test("a run that was past the place goes on as it began, on every replay", async () => {
    const { world, deploy } = await running("old")
    await world.finish("first")
    await deploy("patched")
    await world.crash()
    await world.advance(60_000)
    await world.finish("last")
    expect(world.value).toEqual([undefined, false, undefined])
    expect(world.lines.some((line) => line.includes("patch"))).toBe(false)
    await expectSameReplay(world)
  })

  test("a run that was not there yet takes the new path", async () => {
    const { world, deploy } = await running("old")
    await deploy("patched")
    await world.finish("first")
    await world.finish("fee")
    await deploy("patched")
    await world.finish("last")
    expect(world.value).toEqual([undefined, true, undefined])
    await expectSameReplay(world)
  })

  test("deprecated: a run with the marker and a run without one both go on", async () => {
    const marked = await running("patched")
    await marked.world.finish("first")
    await marked.deploy("deprecated")
    await marked.world.finish("fee")
    await marked.world.finish("last")
    expect(marked.world.value).toEqual([undefined, true, undefined])
    await expectSameReplay(marked.world)

    const fresh = await running("deprecated")
    await fresh.world.finish("first")
    await fresh.deploy("removed")
    await fresh.world.finish("fee")
    await fresh.world.finish("last")
    expect(fresh.world.lines.some((line) => line.includes("patch"))).toBe(false)
    await expectSameReplay(fresh.world)
  })

  test("removed too early: the run halts, and the patch is named", async () => {
    const { world, deploy } = await running("patched")
    await world.finish("first")
    await deploy("removed")
    expect(world.halt).toMatchObject({
      code: "divergence",
      details: { path: "patch:fee", difference: "patch", expected: { name: "patch:fee" } },
    })
    expect(world.halt.message).toContain('marker of patch "fee"')
    await deploy("deprecated")
    await world.finish("fee")
    await world.finish("last")
    expect(world.value).toEqual([undefined, true, undefined])
  })

  test("removed too early, by code that ends there: named as well", async () => {
    let isPatched = true
    const world = await World.of(
      () =>
        function* (ctx: Context) {
          if (!isPatched) return "ended"
          yield* ctx.patched("wait")
          return yield* ctx.sleep(10)
        },
    )
    isPatched = false
    await world.crash()
    expect(world.halt.message).toContain('patch "wait"')
  })

  test("deprecated too early: a run on the old path diverges, nothing runs that should not", async () => {
    const { world, deploy } = await running("old")
    await world.finish("first")
    await deploy("deprecated")
    expect(world.halt).toMatchObject({ code: "divergence", details: { path: "1" } })
    expect(world.steps.callsOf("fee")).toEqual([])
  })
})

describe("check 55: one answer a run", () => {
  test("in a loop that had begun on old code, the old path to its end", async () => {
    let isPatched = false
    const world = await World.of(
      (steps) =>
        function* (ctx: Context) {
          const seen: boolean[] = []
          for (let turn = 0; turn < 3; turn++) {
            if (isPatched) seen.push(yield* ctx.patched("loop"))
            yield* ctx.run(steps.task("task"))
          }
          return seen
        },
    )
    await world.finish("task")
    isPatched = true
    await world.crash()
    await world.finish("task")
    await world.crash()
    await world.finish("task")
    expect(world.value).toEqual([false, false, false])
    await expectSameReplay(world)
  })

  test("in a loop that begins on new code, one marker", async () => {
    const world = await World.of(
      (steps) =>
        function* (ctx: Context) {
          const seen: boolean[] = []
          for (let turn = 0; turn < 3; turn++) {
            seen.push(yield* ctx.patched("loop"))
            yield* ctx.run(steps.sync("step", () => 1))
          }
          return seen
        },
    )
    expect(world.value).toEqual([true, true, true])
    expect(world.lines.filter((line) => line.includes("patch"))).toHaveLength(1)
    await expectSameReplay(world)
  })

  test("in a sub-workflow, under its own path, and several patches side by side", async () => {
    const world = await World.of(
      (steps) =>
        function* (ctx: Context) {
          return yield* ctx.run(function* sub(subCtx: Context) {
            const answers = [yield* subCtx.patched("a.b"), yield* subCtx.patched("c")]
            yield* subCtx.run(steps.task("task"))
            return [...answers, yield* subCtx.patched("a.b")]
          })
        },
    )
    await world.crash()
    await world.finish("task")
    expect(world.value).toEqual([true, true, true])
    expect(world.lines.filter((line) => line.includes("patch"))).toEqual([
      "completed 0.patch:a.b patch:a.b",
      "completed 0.patch:c patch:c",
    ])
    await expectSameReplay(world)
  })

  test("a name that is none is refused", async () => {
    const world = await World.of(
      () =>
        function* (ctx: Context) {
          yield* ctx.patched("")
        },
    )
    expect(world.error).toBeInstanceOf(RangeError)
  })
})

test("check 55: a cancellation that comes before the place is received where the old code receives it", async () => {
  for (const ask of ["patched", "deprecatePatch"] as const) {
    let isPatched = false
    const world = await World.of(
      (steps) =>
        function* (ctx: Context) {
          const loser = ctx.run(function* loser(loserCtx: Context) {
            try {
              if (isPatched) yield* loserCtx[ask]("fee")
            } finally {
              yield* loserCtx.run(steps.task("cleanUp"))
            }
          })
          yield* ctx.race([loser, ctx.run(steps.sync("first", () => "first"))])
          yield* ctx.run(steps.task("last"))
        },
    )
    isPatched = true
    await world.crash()
    await world.finish("last")
    expect(world.outcome.state).toBe("completed")
    expect(world.lines).toContain("cancelled 0.0.0 cleanUp")
    await expectSameReplay(world)
  }
})
