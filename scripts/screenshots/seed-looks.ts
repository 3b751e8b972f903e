// Seed looks: runs that show what the systems' own do not: a crash in the middle of a step, code that changed, a long sleep.

import { member } from "../support/json-client.ts"
import { waitUntil } from "../support/wait-until.ts"
import type { RunsRuntime } from "./runs-runtime.ts"

export const CANVAS = "canvas-7"
export const MOVED = "tour-2026"
export const BEAR = "bear"

const SOON_MS = 30_000

export async function seedLooks(runtime: RunsRuntime): Promise<void> {
  await runtime.run(CANVAS, "slowly")
  await runtime.run(MOVED, "changing")
  await runtime.run(BEAR, "hibernating")
  await becomes(runtime, CANVAS, "paint", "started")
  await runtime.client.post(`/v1/runs/${CANVAS}/crash`, { reason: "to see it resume" })
  await becomes(runtime, MOVED, "go", "waiting")
  await waitUntil(`${CANVAS} to be completed`, SOON_MS, async () => {
    const { body } = await runtime.client.get(`/v1/runs/${CANVAS}`)
    return member(body, "status") === "completed" ? true : undefined
  })
  await runtime.redeploy({ CODE: "other" })
  await runtime.client.post(`/v1/runs/${MOVED}/signals/go`)
}

/** Waits until the entry of that name stands so. */
function becomes({ client }: RunsRuntime, id: string, name: string, state: string): Promise<true> {
  return waitUntil(`${name} of ${id} to be ${state}`, SOON_MS, async () => {
    const { body } = await client.get(`/v1/runs/${id}/journal`)
    const entries = member(body, "entries") as readonly { name?: string; state: string }[]
    const found = entries.find((entry) => entry.name === name)
    return found?.state === state ? true : undefined
  })
}
