// Rows: how many rows a run writes for what it does, alarms included, by the storage's own counters.
// Owns: the counting from outside, for the bench and for the guard of the tests. It is exact: no clock is in it.

import type { BenchClient } from "./client.ts"
import type { Filling } from "./filling.ts"

export interface RowsWritten {
  /** Before the first line of a run's body. */
  readonly start: number
  /** Of a run without steps, from its start until it has ended. */
  readonly startAndEnd: number
  /** One more of many in a sequence. */
  readonly syncStep: number
  readonly asyncStep: number
}

/** Two lengths whose difference leaves out what every run writes; the shorter one has begun its second slice. */
const SHORT_STEPS = 2_000
const LONG_STEPS = 6_000

export async function countRowsWritten(client: BenchClient): Promise<RowsWritten> {
  const id = client.newId()
  const start = await client.run<number>("withoutSteps", [], id)
  return {
    start,
    startAndEnd: await writtenBy(client, id),
    syncStep: await perStep(client, "sync"),
    asyncStep: await perStep(client, "async"),
  }
}

async function perStep(client: BenchClient, filling: Filling): Promise<number> {
  const [short, long] = [client.newId(), client.newId()]
  await client.run("sequence", [SHORT_STEPS, filling], short)
  await client.run("sequence", [LONG_STEPS, filling], long)
  const rows = (await writtenBy(client, long)) - (await writtenBy(client, short))
  return rows / (LONG_STEPS - SHORT_STEPS)
}

async function writtenBy(client: BenchClient, id: string): Promise<number> {
  const { rowsWritten, alarms } = await client.get<{ rowsWritten: number; alarms: number }>(
    `/bench/rows/${id}`,
  )
  return rowsWritten + alarms
}
