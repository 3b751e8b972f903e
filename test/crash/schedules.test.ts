// Schedules over kills: the runtime dies with SIGKILL over their ticks and is started again on the same disk.
// No request is sent after the restart: the alarms alone bring the schedules back.

import { afterAll, beforeAll, expect, test } from "vitest"
import { member } from "../../scripts/support/json-client.ts"
import { pause, waitUntil } from "../../scripts/support/wait-until.ts"
import { CrashRuntime, CrashWorker } from "./support/crash-runtime.ts"

const TEST_TIMEOUT_MS = 60_000

/** Something that should come soon; generous, because other tests use the same cores. */
const SOON_MS = 20_000

const SECOND_MS = 1_000

const EVERY_SECOND = { workflow: "ticks", cron: "* * * * * *", overlap: "allow" }

let worker: CrashWorker

beforeAll(async () => {
  worker = await CrashWorker.bundle()
})

afterAll(() => worker.remove())

/** The instants of the ticks that left an effect; each under one key, in no order. */
function ticksOf(runtime: CrashRuntime, name: string): number[] {
  const found = runtime.effects.effects.filter((effect) => effect.name.startsWith(`${name}@`))
  const keys = new Map(found.map(({ name, key }) => [name, key]))
  expect(found.map(({ key }) => key)).toEqual(found.map(({ name }) => keys.get(name)))
  return [...keys.keys()].map((tick) => Date.parse(tick.slice(name.length + 1)))
}

async function tickBehind(runtime: CrashRuntime, name: string, atMs: number): Promise<void> {
  await waitUntil(`a tick of ${name}`, SOON_MS, () =>
    ticksOf(runtime, name).some((tickMs) => tickMs > atMs) ? true : undefined,
  )
}

/** What the paused schedule says of all its ticks so far, when none is under way any more. */
async function accounts(runtime: CrashRuntime, name: string) {
  const body = await runtime.pausedSchedule(name)
  await pause(500)
  const counters = member(body, "counters")
  const firstMs = Math.floor(Date.parse(String(member(body, "createdAt"))) / SECOND_MS + 1)
  const lastMs = Date.parse(String(member(body, "lastAt"))) / SECOND_MS
  return {
    started: Number(member(counters, "started")),
    missed: Number(member(counters, "missed")),
    other: Number(member(counters, "skipped")) + Number(member(counters, "failed")),
    ticks: lastMs - firstMs + 1,
  }
}

test.concurrent(
  "check 23: killed over ticks, and down for seconds: what is made up for goes by the policy",
  async ({ onTestFinished }) => {
    const runtime = await CrashRuntime.start(worker, onTestFinished)
    await runtime.putSchedule("all", { ...EVERY_SECOND, missed: "all" })
    await runtime.putSchedule("one", { ...EVERY_SECOND, missed: "one" })
    await runtime.putSchedule("none", { ...EVERY_SECOND, missed: "skip", catchUpMs: SECOND_MS })
    for (const name of ["all", "one", "none"]) await tickBehind(runtime, name, 0)
    await runtime.kill()
    const downMs = Date.now()
    await pause(4_000)
    const upMs = Date.now()
    await runtime.restart()
    for (const name of ["all", "one", "none"]) {
      await tickBehind(runtime, name, upMs + SECOND_MS)
    }

    const whileDown = (name: string) =>
      ticksOf(runtime, name).filter(
        // The last second before the start is not too late for anybody.
        (tickMs) => tickMs > downMs && tickMs < upMs - SECOND_MS,
      ).length
    expect(whileDown("all")).toBeGreaterThanOrEqual(2)
    expect(whileDown("one")).toBe(0)
    expect(whileDown("none")).toBe(0)
    for (const name of ["all", "one", "none"]) {
      const { started, missed, other, ticks } = await accounts(runtime, name)
      expect({ name, ticks: started + missed, other }).toEqual({ name, ticks, other: 0 })
      expect({ name, started }).toEqual({ name, started: ticksOf(runtime, name).length })
      if (name === "all") expect(missed).toBe(0)
      else expect(missed).toBeGreaterThanOrEqual(2)
    }
  },
  TEST_TIMEOUT_MS,
)

test.concurrent(
  "killed again and again around a tick: none is lost and none comes twice (promises 2, 6)",
  async ({ onTestFinished }) => {
    const runtime = await CrashRuntime.start(worker, onTestFinished)
    await runtime.putSchedule("around", { ...EVERY_SECOND, missed: "all" })
    for (let kill = 0; kill < 6; kill++) {
      await tickBehind(runtime, "around", Date.now() - SECOND_MS)
      // To the edge of the next second and a little over it.
      const untilTickMs = SECOND_MS - (Date.now() % SECOND_MS)
      await pause(Math.max(0, untilTickMs - 5 + Math.random() * 40))
      await runtime.kill()
      await runtime.restart()
    }
    await tickBehind(runtime, "around", Date.now())
    const { started, missed, other, ticks } = await accounts(runtime, "around")
    expect({ started, missed, other }).toEqual({ started: ticks, missed: 0, other: 0 })
    expect(ticksOf(runtime, "around")).toHaveLength(ticks)
  },
  TEST_TIMEOUT_MS,
)
