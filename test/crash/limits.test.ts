// Limits on bare workerd, killed at random: never more runs go on than may, and each of them ends, once, by itself.

import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest"
import { member } from "../../scripts/support/json-client.ts"
import { seededRandom } from "../../scripts/support/seeded-random.ts"
import { waitUntil } from "../../scripts/support/wait-until.ts"
import { thoroughly } from "../setup/thorough.ts"
import { CrashRuntime, CrashWorker } from "./support/crash-runtime.ts"
import { killAtRandom } from "./support/random-killer.ts"

const RUNS = 24
const CONCURRENCY = 3

const KILLING_MS = thoroughly(8_000, 4_000)
const KILLS_MIN = 6
const PATIENCE_MS = 60_000

let worker: CrashWorker

beforeAll(async () => {
  worker = await CrashWorker.bundle()
})

afterAll(() => worker.remove())

test(
  "check 57: SIGKILL again and again: at most three at once, everybody ends, once, with no request",
  { timeout: KILLING_MS + 2 * PATIENCE_MS },
  async () => {
    const runtime = await CrashRuntime.start(worker, onTestFinished)
    const ids = Array.from({ length: RUNS }, (_, index) => `limited-${index}`)
    for (const id of ids) await runtime.startRun(id, "limited", id)
    const kills = await killAtRandom(
      { name: "workerd", kill: () => runtime.kill(), start: () => runtime.restart() },
      Date.now() + KILLING_MS,
      {
        random: seededRandom(57),
        alive: [120, 700],
        dead: [0, 150],
        killsMin: KILLS_MIN,
        say: () => undefined,
      },
    )
    expect(kills).toBeGreaterThanOrEqual(KILLS_MIN)
    for (const id of ids) await runtime.effects.arrival(`${id}-done`, 1, PATIENCE_MS)
    const spans = await Promise.all(
      ids.map(async (id) =>
        waitUntil(`${id} to end`, PATIENCE_MS, async () => {
          const { body } = await runtime.ask(`GET /v1/runs/${id}`)
          if (member(body, "status") !== "completed") return undefined
          const instant = (name: string) => Date.parse(String(member(body, name)))
          return { startedMs: instant("startedAt"), endedMs: instant("endedAt") }
        }),
      ),
    )
    const atOnce = spans.map(
      ({ startedMs: atMs }) =>
        spans.filter(({ startedMs, endedMs }) => startedMs <= atMs && atMs < endedMs).length,
    )
    expect(Math.max(...atOnce)).toBeLessThanOrEqual(CONCURRENCY)
    const keys = new Set(runtime.effects.effects.map(({ name, key }) => `${name} ${key}`))
    expect(keys.size).toBe(2 * RUNS)
  },
)
