// The runtime on disk is killed with SIGKILL while a run waits in some way, and started again on the same disk.
// No request is sent after the restart until the run has ended: the alarm alone brings it back.

import { afterAll, beforeAll, expect, test } from "vitest"
import { pause, waitUntil } from "../../scripts/support/wait-until.ts"
import { CrashRuntime, CrashWorker } from "./support/crash-runtime.ts"

const TEST_TIMEOUT_MS = 60_000

/** Something that should come soon; generous, because other tests use the same cores. */
const SOON_MS = 20_000

/** A timer may be this late on a loaded machine, and still less late than one that was started anew. */
const LATE_MS = 1_800

let worker: CrashWorker

beforeAll(async () => {
  worker = await CrashWorker.bundle()
})

afterAll(() => worker.remove())

test.concurrent(
  "killed in mid-step: the step is attempted again under its key, the one before is not (promises 1, 2)",
  async ({ onTestFinished }) => {
    const runtime = await CrashRuntime.start(worker, onTestFinished)
    runtime.effects.treat("held", "hold")
    await runtime.startRun("mid-step", "interrupted")
    const first = await runtime.effects.arrival("held", 1, SOON_MS)
    await runtime.kill()
    runtime.effects.treat("held", "answer")
    await runtime.restart()

    const result = await runtime.resultWithoutRequest("mid-step", SOON_MS)
    expect(result).toEqual({ before: 1, held: 2, done: 1 })
    expect(runtime.effects.of("before")).toHaveLength(1)
    expect(runtime.effects.of("held").map(({ attempt }) => attempt)).toEqual([1, 2])
    expect(runtime.effects.of("held")[1]?.key).toBe(first.key)
    expect(runtime.effects.of("done")).toHaveLength(1)
  },
  TEST_TIMEOUT_MS,
)

test.concurrent(
  "killed with two steps in flight, and again after both were attempted again: replay knows them (promises 2, 8)",
  async ({ onTestFinished }) => {
    const runtime = await CrashRuntime.start(worker, onTestFinished)
    const both = ["left", "right"]
    for (const name of both) runtime.effects.treat(name, "hold")
    await runtime.startRun("two-at-once", "twoAtOnce")
    for (const name of both) await runtime.effects.arrival(name, 1, SOON_MS)
    await runtime.kill()
    for (const name of both) runtime.effects.treat(name, "answer")
    await runtime.restart()
    for (const name of both) await runtime.effects.arrival(name, 2, SOON_MS)
    await pause(300)
    await runtime.kill()
    await runtime.restart()

    expect(await runtime.resultWithoutRequest("two-at-once", SOON_MS)).toEqual([2, 2])
    for (const name of both) expect(runtime.effects.of(name)).toHaveLength(2)
  },
  TEST_TIMEOUT_MS,
)

test.concurrent(
  "killed in mid-sleep: it ends when it would have ended (promise 6)",
  async ({ onTestFinished }) => {
    const runtime = await CrashRuntime.start(worker, onTestFinished)
    await runtime.startRun("mid-sleep", "sleeps", 4_000)
    await runtime.suspended("mid-sleep", SOON_MS)
    await runtime.kill()
    // Were the sleep begun anew on return, it would end this much later than LATE_MS allows.
    await pause(2_000)
    await runtime.restart()

    const result = await runtime.resultWithoutRequest("mid-sleep", SOON_MS)
    const sleptMs = doneAtMs(runtime) - (result as { beganAtMs: number }).beganAtMs
    expect(sleptMs).toBeGreaterThanOrEqual(4_000)
    expect(sleptMs).toBeLessThan(4_000 + LATE_MS)
    expect(runtime.effects.of("before")).toHaveLength(1)
  },
  TEST_TIMEOUT_MS,
)

test.concurrent(
  "a timer that fell due while nothing ran fires on return (promise 6)",
  async ({ onTestFinished }) => {
    const runtime = await CrashRuntime.start(worker, onTestFinished)
    await runtime.startRun("overdue", "sleeps", 1_500)
    await runtime.suspended("overdue", SOON_MS)
    await runtime.kill()
    await pause(2_000)
    expect(runtime.effects.of("done")).toHaveLength(0)
    const restartedAtMs = Date.now()
    await runtime.restart()

    await runtime.resultWithoutRequest("overdue", SOON_MS)
    expect(doneAtMs(runtime) - restartedAtMs).toBeLessThan(LATE_MS)
    expect(runtime.effects.of("before")).toHaveLength(1)
  },
  TEST_TIMEOUT_MS,
)

test.concurrent(
  "killed in a retry's delay: the next attempt keeps its instant and its number (promise 15)",
  async ({ onTestFinished }) => {
    const runtime = await CrashRuntime.start(worker, onTestFinished)
    runtime.effects.treat("flaky", "refuse")
    await runtime.startRun("retry-delay", "failsOnce", 4_000)
    const first = await runtime.effects.arrival("flaky", 1, SOON_MS)
    await runtime.suspended("retry-delay", SOON_MS)
    await runtime.kill()
    runtime.effects.treat("flaky", "answer")
    await pause(2_000)
    await runtime.restart()

    expect(await runtime.resultWithoutRequest("retry-delay", SOON_MS)).toEqual({ attempts: 2 })
    const [, second] = runtime.effects.of("flaky")
    const delayMs = (second?.atMs ?? 0) - first.atMs
    expect(delayMs).toBeGreaterThanOrEqual(4_000)
    expect(delayMs).toBeLessThan(4_000 + LATE_MS)
    expect(runtime.effects.of("flaky").map(({ attempt }) => attempt)).toEqual([1, 2])
  },
  TEST_TIMEOUT_MS,
)

test.concurrent(
  "killed in a race's window: the window closes at its original instant (promises 6, 8)",
  async ({ onTestFinished }) => {
    const runtime = await CrashRuntime.start(worker, onTestFinished)
    await runtime.startRun("window", "waitsInWindow", 4_000)
    await runtime.suspended("window", SOON_MS)
    await runtime.kill()
    await pause(2_000)
    await runtime.restart()

    const result = await runtime.resultWithoutRequest("window", SOON_MS)
    const { beganAtMs, key } = result as { beganAtMs: number; key: string }
    expect(key).toBe("closed")
    expect(doneAtMs(runtime) - beganAtMs).toBeGreaterThanOrEqual(4_000)
    expect(doneAtMs(runtime) - beganAtMs).toBeLessThan(4_000 + LATE_MS)
  },
  TEST_TIMEOUT_MS,
)

test.concurrent(
  "killed during thousands of synchronous steps: the recorded ones never run again (promise 1)",
  async ({ onTestFinished }) => {
    const count = 60_000
    const runtime = await CrashRuntime.start(worker, onTestFinished)
    await runtime.startRun("many-steps", "manySteps", count)
    const progress = await waitUntil("the first thousands of steps", SOON_MS, async () => {
      const index = Number((await runtime.state("many-steps", "progress")) ?? 0)
      return index >= 3_000 ? index : undefined
    })
    await runtime.kill()
    expect(runtime.effects.of("done")).toHaveLength(0)
    await runtime.restart()

    const result = await runtime.resultWithoutRequest("many-steps", SOON_MS)
    const lives = result as { name: string; steps: number }[]
    expect(lives).toHaveLength(2)
    expect(lives[0]?.steps).toBeGreaterThan(progress)
    expect(lives.reduce((sum, { steps }) => sum + steps, 0)).toBe(count)
  },
  TEST_TIMEOUT_MS,
)

test.concurrent(
  "killed again and again at random instants: every effect stands under one key, attempts are numbered truthfully",
  async ({ onTestFinished }) => {
    const count = 100
    const kills = 5
    const runtime = await CrashRuntime.start(worker, onTestFinished)
    await runtime.startRun("rounds", "rounds", count)
    for (let kill = 0; kill < kills; kill++) {
      // Into the next round of this life, and then anywhere.
      const before = runtime.effects.effects.length
      await waitUntil(`progress in life ${kill + 1}`, SOON_MS, () =>
        runtime.effects.effects.length >= before + 6 ? true : undefined,
      )
      await pause(Math.random() * 150)
      await runtime.kill()
      await runtime.restart()
    }

    const result = await runtime.resultWithoutRequest("rounds", 2 * SOON_MS)
    expect(result).toEqual({ lives: kills + 1, winners: ["nap"] })
    const names = new Set(runtime.effects.effects.map(({ name }) => name))
    expect(names.size).toBe(3 * count + 1)
    for (const name of names) {
      const effects = runtime.effects.of(name)
      expect(new Set(effects.map(({ key }) => key)).size).toBe(1)
      const attempts = effects.map(({ attempt }) => attempt)
      expect(attempts).toEqual([...new Set(attempts)].sort((left, right) => left - right))
    }
    // A kill loses what is in flight, which is two steps at the most.
    expect(runtime.effects.effects.length).toBeLessThanOrEqual(names.size + 2 * kills)
  },
  TEST_TIMEOUT_MS,
)

test.concurrent(
  "a wake that throws in the object's own code twenty times, over five lives of the process, still ends (promise 12)",
  async ({ onTestFinished }) => {
    const wakes = 20
    const runtime = await CrashRuntime.start(worker, onTestFinished, { stumbles: true })
    runtime.effects.stumblesMax = wakes
    await runtime.startRun("stumbling", "sleeps", 500)
    // Each life waits longer after each failure; a new one begins with short pauses again.
    for (let life = 1; life < 5; life++) {
      await waitUntil(`failed wake ${life * 4}`, SOON_MS, () =>
        runtime.effects.stumblesAtMs.length >= life * 4 ? true : undefined,
      )
      await runtime.kill()
      await runtime.restart()
    }

    const result = await runtime.resultWithoutRequest("stumbling", SOON_MS)
    expect(result).toHaveProperty("beganAtMs")
    expect(runtime.effects.stumblesAtMs.length).toBeGreaterThan(wakes)
    expect(runtime.effects.of("before")).toHaveLength(1)
    expect(runtime.effects.of("done")).toHaveLength(1)
  },
  TEST_TIMEOUT_MS,
)

function doneAtMs(runtime: CrashRuntime): number {
  const [done] = runtime.effects.of("done")
  if (done === undefined) throw new Error("The run left no effect at its end.")
  return done.atMs
}
