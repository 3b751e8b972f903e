// Resume: how long a run with many recorded steps takes from the runtime's restart to its end, with no request sent.
// Owns: the kill. The end is read from the run's own record afterwards.

import type { BenchClient } from "./client.ts"
import { spread } from "./statistics.ts"
import type { Figure } from "./workloads.ts"

export interface Restartable {
  /** Ends the runtime with SIGKILL. */
  kill(): Promise<void>
  /** Starts it again on the same storage; resolves when its port is open. */
  start(): Promise<void>
}

/** Longer than the first lease of the watchdog, so that its alarm is overdue when the runtime is back. */
const DOWN_MS = 1_500

export async function resumeAfterKill(
  client: BenchClient,
  runtime: Restartable,
  steps: number,
  rounds: number,
): Promise<Figure> {
  const elapsedMs: number[] = []
  for (let round = 0; round < rounds; round++) {
    const id = client.newId()
    await client.start("interrupted", [steps], id, 0)
    await until(async () => (await client.get(`/v1/runs/${id}`)) as Run, isRecorded(client, id))
    await runtime.kill()
    await pause(DOWN_MS)
    await runtime.start()
    const openedAtMs = Date.now()
    // No request until the run must have ended: the alarm alone brings it back.
    await pause(2_000)
    const run = await until(
      async () => (await client.get(`/v1/runs/${id}`)) as Run,
      async ({ status }) => status === "completed",
    )
    elapsedMs.push(Date.parse(run.endedAt ?? "") - openedAtMs)
  }
  return {
    work: `resume after SIGKILL, ${steps.toLocaleString("en")} recorded steps, no request`,
    belay: `${spread(elapsedMs)} ms after the port opened`,
    floor: "the alarm itself",
  }
}

interface Run {
  readonly status: string
  readonly endedAt?: string
}

function isRecorded(client: BenchClient, id: string): () => Promise<boolean> {
  return async () => {
    const response = await fetch(`${client.baseUrl}/v1/runs/${id}/state/recorded`)
    await response.body?.cancel()
    return response.ok
  }
}

async function until<T>(
  read: () => Promise<T>,
  isDone: (value: T) => Promise<boolean>,
): Promise<T> {
  const deadlineMs = Date.now() + 30_000
  for (;;) {
    const value = await read()
    if (await isDone(value)) return value
    if (Date.now() > deadlineMs)
      throw new Error(`Waited 30 s in vain; last seen: ${JSON.stringify(value)}`)
    await pause(50)
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
