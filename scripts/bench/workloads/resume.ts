// W3, resume: a run with many recorded steps hangs in one more, everything is killed and started again, and nobody asks.
// Owns: the kills. Measured from the start of the process until the run goes on by itself.
// The floor is a bare object with as many rows, whose alarm reads them.
//   W3.1 No request reaches a run before it has gone on: the Worker says so in a line.

import { timed } from "../client.ts"
import { onField, type Field } from "../field.ts"
import { BELAY, FLOOR, type Figure, type Line } from "../figure.ts"
import type { StartedPeer } from "../peer.ts"
import type { Interrupted } from "../peers/protocol.ts"
import { pause, waitUntil } from "../../support/wait-until.ts"
import { inRounds, type Readings } from "../rounds.ts"
import type { Bench, Workload } from "../workload.ts"

const LENGTHS = [1_000, 10_000, 100_000] as const

/** From one length to the next. */
const GROWTH = 10

/** Longer than the first lease of the watchdog, so that its alarm is overdue when the runtime is back. */
const DOWN_MS = 1_500

const SOON_MS = 30_000

/** A peer that has not gone on by then is taken to do so never. */
const PEER_RESUME_MS = 20_000

/** A peer is given this long to record the steps. */
const PEER_RECORD_MS = 40_000

export const resume: Workload = {
  name: "W3",
  title: "After SIGKILL: from the start of the process until the run goes on, with no request",
  measure: (bench) =>
    onField(bench, async (field) => {
      const figures: Figure[] = []
      for (const steps of LENGTHS) {
        figures.push(...(await measureLength(bench, field, steps)))
      }
      return figures
    }),
}

async function measureLength(
  { isQuick, say }: Bench,
  field: Field,
  steps: number,
): Promise<Figure[]> {
  say(`W3: ${steps} recorded steps`)
  const count = steps.toLocaleString("en")
  const id = `W3 resume ${steps}`
  const replay = `W3 replay ${steps}`
  const peers = field.contenders(isQuick ? 5_000 : 22_000, (peer) =>
    resumePeer(field, peer, steps, id),
  )
  const figures = await inRounds({
    figures: [
      { id, what: `running again behind ${count} recorded steps`, unit: "ms" },
      { id: replay, what: `of it, replay of (floor: reading) ${count} steps`, unit: "ms" },
    ],
    contenders: [
      { name: BELAY, read: () => resumeRun(field, steps, id, replay) },
      { name: FLOOR, read: () => resumeFloor(field, steps, id, replay) },
      ...peers,
    ],
    rounds: isQuick ? 2 : 4,
    absent: field.absent,
  })
  for (const { name } of peers) {
    const line = figures[0]?.lines.find(({ contender }) => contender === name)
    if (line?.readings.length === 0)
      field.exclude(name, `with ${count}, ${line.reason ?? "nothing"}`)
  }
  return figures.map((figure) =>
    figure.id === replay ? { ...figure, lines: figure.lines.filter(isOwn) } : figure,
  )
}

function isOwn({ contender }: Line): boolean {
  return contender === BELAY || contender === FLOOR
}

async function resumeRun(
  field: Field,
  steps: number,
  id: string,
  replay: string,
): Promise<Readings> {
  const { client } = field
  const run = client.newId()
  await client.start("interrupted", [steps], run, 0)
  await waitUntil(`run ${run} to record its steps`, SOON_MS, () =>
    client.get(`/v1/runs/${run}/state/recorded`),
  )
  const said = await restarted(field, "run goes on")
  const { readMs } = JSON.parse(said.text) as { readMs: number }
  await waitUntil(`run ${run} to end`, SOON_MS, async () => {
    const { status } = await client.get<{ status: string }>(`/v1/runs/${run}`)
    return status === "completed" ? true : undefined
  })
  return { [id]: said.afterMs, [replay]: readMs }
}

async function resumeFloor(
  field: Field,
  steps: number,
  id: string,
  replay: string,
): Promise<Readings> {
  await field.client.floor("record", [steps])
  const said = await restarted(field, "floor goes on")
  const { rows, readMs } = JSON.parse(said.text) as { rows: number; readMs: number }
  if (rows !== steps) throw new Error(`The floor read ${rows} rows of ${steps}.`)
  return { [id]: said.afterMs, [replay]: readMs }
}

/** Killed, left alone, started again: when it says this, and what it says with it. */
async function restarted({ runtime }: Field, text: string) {
  await runtime.kill()
  await pause(DOWN_MS)
  const heard = runtime.hear(text, SOON_MS)
  const begunMs = performance.now()
  const afterMs = heard.then(() => performance.now() - begunMs)
  await runtime.restart()
  return { text: await heard, afterMs: await afterMs }
}

async function resumePeer(
  field: Field,
  peer: StartedPeer,
  steps: number,
  id: string,
): Promise<Readings> {
  const recordMs = await timed(() =>
    peer.ask<Interrupted>("/interrupted", { steps }, PEER_RECORD_MS),
  )
  if (recordMs * GROWTH > PEER_RECORD_MS) {
    const seconds = (recordMs / 1_000).toFixed(0)
    field.exclude(peer.name, `${steps.toLocaleString("en")} steps took ${seconds} s to record`)
  }
  await peer.kill()
  await pause(DOWN_MS)
  await peer.restart()
  const resumedMs = await peer.waitForResumed(PEER_RESUME_MS)
  if (resumedMs !== undefined) return { [id]: resumedMs }
  throw new Error(`it did not go on by itself within ${PEER_RESUME_MS / 1_000} s`)
}
