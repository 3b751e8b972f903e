// Replay equivalence: random workflows under random schedules, crashed everywhere.
// A run that was crashed must end as the one that was not, no recorded step may be called again (step-hands.ts watches
// every call), and every journal must replay to what was seen when it was written.

import fc from "fast-check"
import { describe, expect, test } from "vitest"
import type { Context } from "../../src/engine/workflow/context.ts"
import type { MachineLimits } from "../../src/engine/machine/machine-limits.ts"
import { anyProgram, describe as shown, Interpreter, type Node } from "../support/random-program.ts"
import { ranked, Scheduler } from "../support/scheduler.ts"
import type { CrashMode } from "../support/run-process.ts"
import { World } from "../support/world.ts"

interface Plan {
  readonly program: Node
  readonly seed: number
  readonly isCancelled: boolean
  /** Signals that are there before the run begins. */
  readonly early: readonly string[]
  readonly limits: Partial<MachineLimits>
  readonly isWakeDirty: boolean
}

interface Life {
  readonly world: World
  /** What the workflow of the newest life has seen. */
  readonly trace: () => readonly string[]
}

function lifeOf(plan: Plan): Life {
  let interpreter: Interpreter | undefined
  const world = new World(
    (steps) => {
      const current = new Interpreter(steps)
      interpreter = current
      return function* random(ctx: Context) {
        return yield* current.perform(ctx, plan.program, "")
      }
    },
    { limits: plan.limits, isWakeDirty: plan.isWakeDirty },
  )
  for (const name of plan.early) world.store.addMessage("signal", name, '"early"')
  world.store.commit()
  return { world, trace: () => interpreter?.trace ?? [] }
}

/** How a run ended and what it had seen, comparable between lives. */
function seen({ world, trace }: Life): unknown {
  const { state, text } = world.outcome
  const end = state === "completed" ? shown(world.value) : shown(world.error)
  return { state, end: text === "" ? "" : end, trace: trace() }
}

async function toTheEnd(life: Life, plan: Plan): Promise<void> {
  await new Scheduler(life.world, plan).toTheEnd()
}

/** The journal, replayed as it is: it must end alike, call nothing and add nothing. */
async function expectReplays(life: Life): Promise<void> {
  const before = seen(life)
  const again = life.world.replay()
  await again.wake()
  expect(again.steps.calls).toEqual([])
  expect(again.journal.length).toBe(life.world.journal.length)
  expect(seen({ world: again, trace: life.trace })).toEqual(before)
}

/** Whatever got out had an attempt number of its own. */
function expectTruthfulAttempts({ world }: Life): void {
  const last = new Map<string, number>()
  for (const { path, attempt, isOut } of world.steps.calls) {
    if (!isOut) continue
    expect(attempt).toBeGreaterThan(last.get(path) ?? 0)
    last.set(path, attempt)
  }
}

const anyPlan: fc.Arbitrary<Plan> = fc.record({
  program: anyProgram,
  seed: fc.integer(),
  isCancelled: fc.boolean(),
  early: fc.array(fc.constantFrom("s", "t"), { maxLength: 3 }),
  limits: fc.constant({}),
  isWakeDirty: fc.constant(true),
})

/** Slices, slots and clean wakes as small as they can be: what happens in which order may then depend on a crash. */
const anyTightPlan: fc.Arbitrary<Plan> = fc.record({
  program: anyProgram,
  seed: fc.integer(),
  isCancelled: fc.boolean(),
  early: fc.array(fc.constantFrom("s", "t"), { maxLength: 3 }),
  limits: fc.record({
    sliceRecords: fc.constantFrom(1, 2, 3, 1_000),
    sliceTurns: fc.constantFrom(1, 2, 5, 1_000),
    attemptsInFlight: fc.constantFrom(1, 2, 128),
  }),
  isWakeDirty: fc.boolean(),
})

const RUNS = Number(process.env["BELAY_PROPERTY_RUNS"] ?? 100)
const TIMEOUT_MS = 600_000

describe("promises 1, 3, 8: random workflows under random schedules", () => {
  test(
    "without a crash the journal replays to what was seen",
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.oneof(anyPlan, anyTightPlan), async (plan) => {
          const life = lifeOf(plan)
          await life.world.start()
          await toTheEnd(life, plan)
          await expectReplays(life)
          expectTruthfulAttempts(life)
        }),
        { numRuns: RUNS * 4 },
      )
    },
    TIMEOUT_MS,
  )

  test(
    "crashed once after any event, the run ends as if it had not been",
    async () => {
      await fc.assert(
        fc.asyncProperty(anyPlan, async (plan) => {
          const calm = lifeOf(plan)
          await calm.world.start()
          const scheduler = new Scheduler(calm.world, plan)
          let events = 0
          while (await scheduler.next()) events++
          const expected = seen(calm)
          for (let crashAfter = 0; crashAfter <= events; crashAfter++) {
            const life = lifeOf(plan)
            await life.world.start()
            const again = new Scheduler(life.world, plan)
            for (let event = 0; event < crashAfter; event++) await again.next()
            await life.world.crash()
            await again.toTheEnd()
            expect(seen(life)).toEqual(expected)
            await expectReplays(life)
            expectTruthfulAttempts(life)
          }
        }),
        { numRuns: RUNS },
      )
    },
    TIMEOUT_MS,
  )

  const modes: readonly CrashMode[] = ["dropped", "kept", "committed"]
  test.each(modes)(
    "crash sweep: dying at any append (%s), the run ends as if it had not",
    async (mode) => {
      await fc.assert(
        fc.asyncProperty(anyPlan, async (plan) => {
          const calm = lifeOf(plan)
          await calm.world.start()
          await toTheEnd(calm, plan)
          const expected = seen(calm)
          for (let append = 1; append <= calm.world.store.appends; append++) {
            const life = lifeOf(plan)
            life.world.crashAtAppend(append, mode)
            await life.world.start()
            await toTheEnd(life, plan)
            expect(seen(life)).toEqual(expected)
            await expectReplays(life)
            expectTruthfulAttempts(life)
          }
        }),
        { numRuns: RUNS },
      )
    },
    TIMEOUT_MS,
  )

  test(
    "crashed after most events, with tight limits, it still ends, and replays to what was seen",
    async () => {
      await fc.assert(
        fc.asyncProperty(anyTightPlan, async (plan) => {
          const life = lifeOf(plan)
          await life.world.start()
          const scheduler = new Scheduler(life.world, plan)
          // Now and then an attempt has to live, or none would ever end.
          for (let event = 0; await scheduler.next(); event++) {
            if (ranked(plan.seed, `crash ${event}`) < 0.7) await life.world.crash()
          }
          await expectReplays(life)
          expectTruthfulAttempts(life)
        }),
        { numRuns: RUNS * 2 },
      )
    },
    TIMEOUT_MS,
  )

  test(
    "paused here and there, perhaps losing its memory meanwhile, it ends, and replays to what was seen",
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.oneof(anyPlan, anyTightPlan), async (plan) => {
          const life = lifeOf(plan)
          const { world } = life
          await world.start()
          const scheduler = new Scheduler(world, plan)
          const happens = (what: string, odds: number) => ranked(plan.seed, what) < odds
          for (let event = 0; !world.isOver; event++) {
            if (!happens(`pause ${event}`, 0.4)) {
              await scheduler.next()
              continue
            }
            await world.pause()
            const { length } = world.steps.calls
            for (let n = 0; n < 3 && scheduler.canGoOn; n++) await scheduler.next()
            if (happens(`forget ${event}`, 0.3)) await world.crash()
            // Nothing has begun meanwhile.
            expect(world.steps.calls.length).toBe(length)
            await world.resume()
          }
          await expectReplays(life)
          expectTruthfulAttempts(life)
        }),
        { numRuns: RUNS * 4 },
      )
    },
    TIMEOUT_MS,
  )

  test(
    "any prefix of a journal is a state to go on from, by itself or by a person's retry",
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.oneof(anyPlan, anyTightPlan), async (plan) => {
          const whole = lifeOf(plan)
          await whole.world.start()
          await toTheEnd(whole, plan)
          for (let records = 0; records < whole.world.journal.length; records++) {
            const cut = whole.world.replay(records)
            const next = whole.world.journal[records]
            if (next === undefined || ranked(plan.seed, `retry ${records}`) < 0.5) await cut.wake()
            else {
              const ofPath = whole.world.journal.filter(({ path }) => path === next.path)
              const attempt = Math.max(0, ...ofPath.map((record) => record.attempt ?? 0))
              await cut.operate({ name: "retry", path: next.path, attempt })
            }
            await toTheEnd({ world: cut, trace: whole.trace }, plan)
            expect(cut.result.type).toBe("ended")
            await expectReplays({ world: cut, trace: whole.trace })
          }
        }),
        { numRuns: RUNS },
      )
    },
    TIMEOUT_MS,
  )
})
