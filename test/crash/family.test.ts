// A family of runs on bare workerd, killed at random: every run of the tree is started once and ends once.

import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest"
import { seededRandom } from "../../scripts/support/seeded-random.ts"
import { thoroughly } from "../setup/thorough.ts"
import { CrashRuntime, CrashWorker } from "./support/crash-runtime.ts"
import { killAtRandom } from "./support/random-killer.ts"

/** Three children each, three levels below the root: 1 + 3 + 9 + 27. */
const DEPTH = 3
const RUNS = 40

const KILLING_MS = thoroughly(8_000, 4_000)
const KILLS_MIN = 6
const PATIENCE_MS = 60_000

let worker: CrashWorker

beforeAll(async () => {
  worker = await CrashWorker.bundle()
})

afterAll(() => worker.remove())

test(
  "check 1, check 7: a tree of forty runs, SIGKILL again and again: none is started twice, none is lost",
  { timeout: KILLING_MS + 2 * PATIENCE_MS },
  async () => {
    const runtime = await CrashRuntime.start(worker, onTestFinished)
    await runtime.startRun("root", "tree", "root", DEPTH)
    const kills = await killAtRandom(
      { name: "workerd", kill: () => runtime.kill(), start: () => runtime.restart() },
      Date.now() + KILLING_MS,
      {
        random: seededRandom(7),
        alive: [120, 700],
        dead: [0, 150],
        killsMin: KILLS_MIN,
        say: () => undefined,
      },
    )
    expect(kills).toBeGreaterThanOrEqual(KILLS_MIN)
    expect(await runtime.resultWithoutRequest("root", PATIENCE_MS)).toBe(RUNS)
    expect(runtime.objectCount).toBe(RUNS)
    const keys = new Set(runtime.effects.effects.map(({ name, key }) => `${name} ${key}`))
    const names = new Set(runtime.effects.effects.map(({ name }) => name))
    expect([keys.size, names.size]).toEqual([2 * RUNS, 2 * RUNS])
  },
)
