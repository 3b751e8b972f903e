// check 55: a patch put anywhere into any code: a run that began on the old code goes on with the new, wherever it stood.
// The old code does nothing where the new one asks; where it is told "new", it does a step more.

import fc from "fast-check"
import { expect, test } from "vitest"
import type { Context, StepContext } from "../../src/engine/workflow/context.ts"
import type { Operation } from "../../src/engine/workflow/operation.ts"
import { anyProgram, Interpreter, type Node } from "../support/random-program.ts"
import { ranked, Scheduler } from "../support/scheduler.ts"
import type { StepHands } from "../support/step-hands.ts"
import { World } from "../support/world.ts"

class Deployed extends Interpreter {
  readonly #isNew: boolean
  readonly #extra: (ctx: StepContext) => string

  constructor(steps: StepHands, isNew: boolean) {
    super(steps)
    this.#isNew = isNew
    this.#extra = steps.sync("extra", () => "extra")
  }

  override *perform(
    ctx: Context,
    node: Node,
    where: string,
  ): Generator<Operation<unknown>, unknown, unknown> {
    if (node.do !== "patched") return yield* super.perform(ctx, node, where)
    if (!this.#isNew) return "old"
    const isPatched = yield* ctx.patched(node.name)
    this.trace.push(`${where} is ${isPatched ? "new" : "old"}`)
    return isPatched ? yield* ctx.run(this.#extra) : "old"
  }
}

const anyPlan = fc.record({
  program: anyProgram.filter((program) => JSON.stringify(program).includes('"patched"')),
  seed: fc.integer(),
  isCancelled: fc.boolean(),
  /** So many things happen on the old code. */
  events: fc.nat(8),
  limits: fc.record({
    sliceRecords: fc.constantFrom(1, 2, 3, 1_000),
    sliceTurns: fc.constantFrom(1, 2, 5, 1_000),
    attemptsInFlight: fc.constantFrom(1, 2, 128),
  }),
  isWakeDirty: fc.boolean(),
})

const RUNS = Number(process.env["BELAY_PROPERTY_RUNS"] ?? 100)

test("check 55: no patch makes a run diverge, and its answers are the same on every replay", async () => {
  await fc.assert(
    fc.asyncProperty(anyPlan, async (plan) => {
      let isNew = false
      let trace: readonly string[] = []
      const world = await World.of((steps) => {
        const code = new Deployed(steps, isNew)
        trace = code.trace
        return function* random(ctx: Context) {
          return yield* code.perform(ctx, plan.program, "")
        }
      }, plan)
      const scheduler = new Scheduler(world, plan)
      for (let event = 0; event < plan.events; event++) await scheduler.next()
      if (world.isOver) return
      isNew = true
      await world.crash()
      for (let event = 0; await scheduler.next(); event++) {
        if (ranked(plan.seed, `crash ${event}`) < 0.3) await world.crash()
      }
      expect(world.result.type).toBe("ended")
      const seen = trace
      const again = world.replay()
      await again.wake()
      expect(again.steps.calls).toEqual([])
      expect(again.journal.length).toBe(world.journal.length)
      expect(trace).toEqual(seen)
    }),
    { numRuns: RUNS * 4 },
  )
}, 600_000)
