// W5, fan-out: many asynchronous steps at once in one run.
// The floor is as many promises in a bare object, with an insert for each one's start and one for its end. Steps that begin
// together wait for one timer: what the runtime takes for a timer each is shown beside it.

import { onField, type Field } from "../field.ts"
import { BELAY, FLOOR, type Figure } from "../figure.ts"
import type { FanOut } from "../peers/protocol.ts"
import { inRounds } from "../rounds.ts"
import type { Timers } from "../worker/naps.ts"
import type { Bench, Workload } from "../workload.ts"

interface Shape {
  readonly id: string
  readonly width: number
  readonly stepMs: number
  readonly timers: Timers
  readonly rounds: number
}

const SHAPES: readonly Shape[] = [
  { id: "W5 100", width: 100, stepMs: 10, timers: "shared", rounds: 15 },
  // What the runtime's timers cost; no peer stands on them.
  { id: "W5 100 timers", width: 100, stepMs: 10, timers: "own", rounds: 7 },
  { id: "W5 10000", width: 10_000, stepMs: 0, timers: "shared", rounds: 7 },
]

const PEER_TIMEOUT_MS = 20_000

export const fanOut: Workload = {
  name: "W5",
  title: "Many steps at once in one run",
  measure: (bench) =>
    onField(bench, async (field) => {
      const figures: Figure[] = []
      for (const shape of SHAPES) figures.push(...(await measureShape(bench, field, shape)))
      return figures
    }),
}

function measureShape(
  { isQuick, say }: Bench,
  field: Field,
  { id, width, stepMs, timers, rounds }: Shape,
): Promise<Figure[]> {
  const what = `${width.toLocaleString("en")} steps of ${stepMs} ms at once${timers === "own" ? ", a timer each" : ""}`
  say(`W5: ${what}`)
  const { client } = field
  const ours = () => client.run<number>("fanOut", [width, stepMs, timers])
  const bare = () => client.floor<number>("fan-out", [width, stepMs, timers])
  return inRounds({
    figures: [{ id, what, unit: "ms" }],
    contenders: [
      { name: BELAY, warmUp: ours, read: async () => ({ [id]: await ours() }) },
      { name: FLOOR, warmUp: bare, read: async () => ({ [id]: await bare() }) },
      ...(timers === "own"
        ? []
        : field.contenders(isQuick ? 5_000 : 10_000, async (peer) => {
            const asked = { width, stepMs }
            return { [id]: (await peer.ask<FanOut>("/fan-out", asked, PEER_TIMEOUT_MS)).elapsedMs }
          })),
    ],
    rounds: isQuick ? 3 : rounds,
    absent: timers === "own" ? [] : field.absent,
  })
}
