// Acceptance, as far as it is about processes: the runtime on disk is killed or stopped, and started again on the same
// disk. Lost objects, which cost less, stand in test/acceptance.

import { afterAll, beforeAll, expect, test } from "vitest"
import { member } from "../../scripts/support/json-client.ts"
import { pause } from "../../scripts/support/wait-until.ts"
import { CrashRuntime, CrashWorker } from "./support/crash-runtime.ts"

const TEST_TIMEOUT_MS = 90_000

/** Something that should come soon; generous, because other tests use the same cores. */
const SOON_MS = 30_000

/** The tolerance: so late a timer may be on a loaded machine after the runtime is back. On a quiet one it is 0.1 s. */
const LATE_MS = 1_800

let worker: CrashWorker

beforeAll(async () => {
  worker = await CrashWorker.bundle()
})

afterAll(() => worker.remove())

test.concurrent(
  "check 1, 2, 4: killed in every step: that one runs once more under its key, no other one does",
  async ({ onTestFinished }) => {
    const count = 5
    const runtime = await CrashRuntime.start(worker, onTestFinished)
    const rungs = Array.from({ length: count }, (_, n) => `rung-${n}`)
    for (const rung of rungs) runtime.effects.treat(rung, "hold")
    await runtime.startRun("ladder", "ladder", count)
    for (const rung of rungs) {
      // The outside has heard of this step, so the checkpoint of the one before is durable.
      await runtime.effects.arrival(rung, 1, SOON_MS)
      await runtime.kill()
      runtime.effects.treat(rung, "answer")
      await runtime.restart()
    }
    const result = await runtime.resultWithoutRequest("ladder", SOON_MS)
    expect(result).toEqual(rungs.map(() => 2))
    for (const rung of rungs) {
      const effects = runtime.effects.of(rung)
      expect(effects.map(({ attempt }) => attempt)).toEqual([1, 2])
      expect(new Set(effects.map(({ key }) => key)).size).toBe(1)
    }
    expect(runtime.effects.of("done")).toHaveLength(1)
    // It is stable: another loss of the process changes nothing.
    await runtime.kill()
    await runtime.restart()
    const { body } = await runtime.ask("GET /v1/runs/ladder")
    expect(member(body, "result")).toEqual(result)
    expect(runtime.effects.effects).toHaveLength(2 * count + 1)
  },
  TEST_TIMEOUT_MS,
)

test.concurrent(
  "check 3, 22: what sleeps over a kill wakes on time, and what fell due meanwhile on return, in order, never early",
  async ({ onTestFinished }) => {
    const runtime = await CrashRuntime.start(worker, onTestFinished)
    const msByName = { second: 1_200.5, first: 900, later: 5_000 }
    await runtime.startRun("naps", "naps", msByName)
    await runtime.suspended("naps", SOON_MS)
    await runtime.kill()
    await pause(1_500)
    expect(runtime.effects.effects).toEqual([])
    const restartedAtMs = Date.now()
    await runtime.restart()

    const beganAtMs = Number(await runtime.resultWithoutRequest("naps", SOON_MS))
    const byInstant = [...runtime.effects.effects].sort((one, other) => one.atMs - other.atMs)
    expect(byInstant.map(({ name }) => name)).toEqual(["first", "second", "later", "done"])
    for (const { name, atMs } of byInstant.slice(0, 3)) {
      const dueMs = beganAtMs + msByName[name as keyof typeof msByName]
      expect(atMs).toBeGreaterThanOrEqual(dueMs)
      expect(atMs).toBeLessThan(Math.max(dueMs, restartedAtMs) + LATE_MS)
    }
  },
  TEST_TIMEOUT_MS,
)

test.concurrent(
  "check 5: stopped and killed, an entity keeps its state",
  async ({ onTestFinished }) => {
    const runtime = await CrashRuntime.start(worker, onTestFinished)
    await runtime.startRun("tally", "tally", 0, 0)
    const add = (n: number, key: string) => runtime.ask("POST /v1/runs/tally/signals/add", n, key)
    let total = 0
    for (const [n, lose] of (["stop", "kill", "stop", "kill"] as const).entries()) {
      total += n + 1
      expect((await add(n + 1, `add ${n}`)).status).toBe(202)
      await runtime[lose]()
      await runtime.restart()
      expect(await runtime.state("tally", "total")).toBe(total)
      // The same message again, as by a sender who got no answer.
      expect((await add(n + 1, `add ${n}`)).status).toBe(202)
    }
    await add(0, "end")
    const { body } = await runtime.ask("GET /v1/runs/tally/result?wait=20000")
    expect(member(body, "result")).toEqual({ generation: 4, total: 10 })
    expect(member(body, "unconsumedSignals")).toBe(0)
  },
  TEST_TIMEOUT_MS,
)

test.concurrent(
  "check 8: a step in which the host dies again and again is tried at growing distances, and counted truthfully",
  async ({ onTestFinished }) => {
    const runtime = await CrashRuntime.start(worker, onTestFinished)
    runtime.effects.treat("held", "hold")
    await runtime.startRun("deadly", "interrupted")
    for (const attempt of [1, 2, 3]) {
      await runtime.effects.arrival("held", attempt, SOON_MS)
      await runtime.kill()
      if (attempt === 3) runtime.effects.treat("held", "answer")
      await runtime.restart()
    }
    expect(await runtime.resultWithoutRequest("deadly", SOON_MS)).toEqual({
      before: 1,
      held: 4,
      done: 1,
    })
    const held = runtime.effects.of("held")
    expect(held.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4])
    const [, second = 0, third = 0, fourth = 0] = held.map(({ atMs }) => atMs)
    expect(third - second).toBeGreaterThanOrEqual(2_000)
    expect(fourth - third).toBeGreaterThanOrEqual(4_000)
    expect(runtime.effects.of("before")).toHaveLength(1)
  },
  TEST_TIMEOUT_MS,
)

test.concurrent(
  "check 33: an update that was accepted is answered after its host died, once",
  async ({ onTestFinished }) => {
    const runtime = await CrashRuntime.start(worker, onTestFinished)
    runtime.effects.treat("question", "hold")
    await runtime.startRun("asked", "asks")
    const send = () => runtime.ask("POST /v1/runs/asked/updates/ask?wait=0", "question", "key")
    const accepted = await send()
    expect(accepted.status).toBe(202)
    await runtime.effects.arrival("question", 1, SOON_MS)
    await runtime.kill()
    runtime.effects.treat("question", "answer")
    await runtime.restart()
    const statusUrl = String(member(accepted.body, "statusUrl"))
    const answer = { status: 200, body: { reply: { asked: "question", attempt: 2 } } }
    expect(await runtime.ask(`GET ${statusUrl}&wait=20000`)).toEqual(answer)
    await runtime.kill()
    await runtime.restart()
    expect(await send()).toEqual(answer)
    const effects = runtime.effects.of("question")
    expect(effects.map(({ attempt }) => attempt)).toEqual([1, 2])
    expect(new Set(effects.map(({ key }) => key)).size).toBe(1)
  },
  TEST_TIMEOUT_MS,
)
