// date.now, math.random and uuid: recorded once, the same on every replay (promise 3).

import { describe, expect, test } from "vitest"
import type { Context } from "../../src/engine/workflow/context.ts"
import { EncodingError } from "../../src/engine/errors.ts"
import { caught } from "../support/caught.ts"
import { expectSameReplay } from "../support/expect-replay.ts"
import type { Program } from "../support/run-process.ts"
import { World } from "../support/world.ts"

describe("values of the engine's own", () => {
  const program: Program = () =>
    function* (ctx: Context) {
      const seen = [yield* ctx.date.now(), yield* ctx.math.random(), yield* ctx.uuid()]
      yield* ctx.sleep(5)
      return seen
    }

  test("promise 3: the time, a random number and a uuid are recorded and replayed", async () => {
    const world = await World.of(program)
    const seen = [world.clock.nowMs(), 0.001, "uuid-2"]
    await world.crash()
    await world.advance(5)
    expect(world.value).toEqual(seen)
    expect(world.lines.slice(0, 3)).toEqual([
      "completed 0 date.now",
      "completed 1 math.random",
      "completed 2 uuid",
    ])
    await expectSameReplay(world)
  })

  test("a published value is readable at once, the newest counts, and a replay does not publish again", async () => {
    const world = await World.of(
      () =>
        function* (ctx: Context) {
          yield* ctx.publish("state", { n: 1n })
          yield* ctx.sleep(5)
          yield* ctx.publish("state", { n: 2n })
          yield* ctx.sleep(5)
        },
    )
    expect(world.published("state")).toEqual({ n: 1n })
    await world.advance(5)
    expect(world.published("state")).toEqual({ n: 2n })
    await world.crash()
    expect(world.published("state")).toEqual({ n: 2n })
    await world.advance(5)
    await expectSameReplay(world)
  })

  test("publishing what cannot be stored throws into the workflow and publishes nothing", async () => {
    const world = await World.of(
      () =>
        function* (ctx: Context) {
          return yield* caught(ctx.publish("state", { f: () => 1 }))
        },
    )
    expect(world.value).toBeInstanceOf(EncodingError)
    expect(world.published("state")).toBeUndefined()
    await expectSameReplay(world)
  })
})
