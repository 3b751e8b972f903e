// Somebody is told when a run halts: over a receiver that refuses first and over a kill of the runtime.

import { createHmac } from "node:crypto"
import { afterAll, beforeAll, expect, test } from "vitest"
import { pause, waitUntil } from "../../scripts/support/wait-until.ts"
import { AlertReceiver } from "./support/alert-receiver.ts"
import { CrashRuntime, CrashWorker } from "./support/crash-runtime.ts"

const SOON_MS = 20_000

let worker: CrashWorker

beforeAll(async () => {
  worker = await CrashWorker.bundle()
})

afterAll(() => worker.remove())

test("a halt is told until somebody takes it, also over a kill", async ({ onTestFinished }) => {
  const receiver = await AlertReceiver.start()
  const runtime = await CrashRuntime.start(worker, onTestFinished, {
    variables: { BELAY_ALERT_URL: receiver.url, BELAY_ALERT_KEY: "a key" },
  })
  onTestFinished(() => receiver.close())
  const beganAtMs = Date.now()
  await runtime.startRun("alarming", "panics")
  await waitUntil("a refused alert", SOON_MS, () => receiver.refused[1])
  await runtime.kill()
  receiver.refuses = false
  await runtime.restart()
  const { body, signature } = await waitUntil("an alert", SOON_MS, () => receiver.accepted[0])
  const alert = JSON.parse(body) as Record<string, unknown>
  expect(alert).toEqual({
    event: "run.halted",
    id: "alarming",
    workflow: "panics",
    version: 1,
    code: "panic",
    message: "somebody must look",
    at: expect.stringMatching(/^\d{4}-.*\.\d{3}Z$/),
    incarnation: expect.any(String),
    epoch: 0,
  })
  expect(Date.parse(String(alert["at"]))).toBeGreaterThanOrEqual(beganAtMs - 1)
  const [, sentAtMs = "", digest] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(signature) ?? []
  expect(digest).toBe(createHmac("sha256", "a key").update(`${sentAtMs}.${body}`).digest("hex"))
  // Each sending is the same alert, and once it is taken there is none any more.
  for (const each of receiver.refused) expect(each.body).toBe(body)
  await pause(2_500)
  expect(receiver.accepted).toHaveLength(1)
}, 60_000)
