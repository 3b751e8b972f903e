// check 53: whatever a random workflow did, its exported run replays elsewhere: from any prefix of its journal, without
// a call of a step, and up to the very end.

import fc from "fast-check"
import { expect, test } from "vitest"
import type { Context } from "../../src/engine/workflow/context.ts"
import type { WorkflowFunction } from "../../src/engine/workflow/registry.ts"
import { MemoryStore } from "../support/memory-store.ts"
import { anyProgram, Interpreter, type Node } from "../support/random-program.ts"
import { dryRun, recordedOf } from "../support/recorded.ts"
import { ranked, Scheduler } from "../support/scheduler.ts"
import { StepHands } from "../support/step-hands.ts"
import { World } from "../support/world.ts"

function workflowOf(program: Node, steps: StepHands): WorkflowFunction {
  const interpreter = new Interpreter(steps)
  return function* random(ctx: Context) {
    return yield* interpreter.perform(ctx, program, "")
  }
}

const anyPlan = fc.record({
  program: anyProgram,
  seed: fc.integer(),
  isCancelled: fc.boolean(),
  crashes: fc.boolean(),
})

const RUNS = Number(process.env["BELAY_PROPERTY_RUNS"] ?? 100)

test("check 53: every prefix of every journal fits the code that wrote it, and no step is called", async () => {
  await fc.assert(
    fc.asyncProperty(anyPlan, async (plan) => {
      const world = await World.of((steps) => workflowOf(plan.program, steps))
      const scheduler = new Scheduler(world, plan)
      for (let event = 0; await scheduler.next(); event++) {
        if (plan.crashes && ranked(plan.seed, `crash ${event}`) < 0.5) await world.crash()
      }
      for (let records = 0; records <= world.journal.length; records++) {
        const steps = new StepHands(new MemoryStore())
        const replayed = dryRun(recordedOf(world, {}, records), workflowOf(plan.program, steps))
        expect(replayed.type).toBe("fits")
        expect(steps.calls).toEqual([])
        const next = world.journal[records]
        // What came of the code alone, it would do again; what came from outside, nobody can know.
        if (next?.inline === true && replayed.type === "fits" && replayed.next.type === "records") {
          expect(replayed.next.record.path).toBe(next.path)
        }
        if (next === undefined) expect(replayed).toMatchObject({ next: { type: "ends" } })
      }
    }),
    { numRuns: RUNS },
  )
}, 600_000)
