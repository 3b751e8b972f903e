// W5, fan-out: many asynchronous steps at once in one run.
// The floor is as many timers in a bare object, with an insert for each one's start and one for its end.

import { onField, type Field } from "../field.ts"
import { BELAY, FLOOR, type Figure } from "../figure.ts"
import type { FanOut } from "../peers/protocol.ts"
import { inRounds } from "../rounds.ts"
import type { Bench, Workload } from "../workload.ts"

const SHAPES = [
  { width: 100, stepMs: 10, rounds: 15 },
  { width: 10_000, stepMs: 0, rounds: 7 },
] as const

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
  { width, stepMs, rounds }: (typeof SHAPES)[number],
): Promise<Figure[]> {
  say(`W5: ${width} steps of ${stepMs} ms at once`)
  const id = `W5 ${width}`
  const { client } = field
  const ours = () => client.run<number>("fanOut", [width, stepMs])
  const bare = () => client.floor<number>("fan-out", [width, stepMs])
  return inRounds({
    figures: [
      { id, what: `${width.toLocaleString("en")} steps of ${stepMs} ms at once`, unit: "ms" },
    ],
    contenders: [
      { name: BELAY, warmUp: ours, read: async () => ({ [id]: await ours() }) },
      { name: FLOOR, warmUp: bare, read: async () => ({ [id]: await bare() }) },
      ...field.contenders(isQuick ? 5_000 : 20_000, async (peer) => {
        const asked = { width, stepMs }
        return { [id]: (await peer.ask<FanOut>("/fan-out", asked, PEER_TIMEOUT_MS)).elapsedMs }
      }),
    ],
    rounds: isQuick ? 3 : rounds,
    absent: field.absent,
  })
}
