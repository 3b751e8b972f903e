// Gaps: the time from one step to the next at chosen positions of a run, early ones beside late ones.
// Owns: the measuring, for the bench and for the guard of the tests.
//   G1. Runs that stand at the later positions stay, and go on when they are told; a run of the first position is made
//       anew each time. So one window follows the other within milliseconds, and what the machine does meets all.
//       Each window is one request, since a slow disk makes requests slow.
//   G2. Every window has the same shape: an update comes, the clock is read, so many steps follow, the clock is read.

import type { BenchClient } from "./client.ts"
import type { Filling } from "./filling.ts"

/** Of one round, in the order of the positions, in µs. */
export type GapRound = readonly number[]

export interface GapOptions {
  readonly filling: Filling
  /** From low to high. */
  readonly positions: readonly number[]
  readonly rounds: number
}

/** Steps of one window: tens of ms of a clock that counts milliseconds, and at least one slice of the engine's. */
const WINDOW_STEPS: Readonly<Record<Filling, number>> = {
  sync: 8_000,
  async: 2_000,
  slowing: 2_000,
}

/** Up to here a run is made anew for each window, so that it stays near its position. */
const FRESH_POSITION_MAX = 10_000

const WARM_UP_ROUNDS = 2

export async function measureGaps(client: BenchClient, options: GapOptions): Promise<GapRound[]> {
  const { filling, positions, rounds } = options
  const windowSteps = WINDOW_STEPS[filling]
  const standing = new Map<number, string>()
  for (const position of positions) {
    if (position <= FRESH_POSITION_MAX) continue
    const id = client.newId()
    await firstWindow(client, id, { position, filling, steps: 1 })
    standing.set(position, id)
  }
  const measured: number[][] = []
  for (let round = -WARM_UP_ROUNDS; round < rounds; round++) {
    const gaps = positions.map(() => Number.NaN)
    for (const index of turned(positions.length, round)) {
      const position = positions[index] ?? 0
      const id = standing.get(position)
      const elapsedMs =
        id === undefined
          ? await firstWindow(client, client.newId(), { position, filling, steps: windowSteps })
          : await client.update<number>(id, "go", windowSteps)
      gaps[index] = (elapsedMs / windowSteps) * 1_000
    }
    if (round >= 0) measured.push(gaps)
  }
  return measured
}

/** Starts a run and gives the time of its first window, behind the position, in ms. Its runs wait for more for ever. */
function firstWindow(
  client: BenchClient,
  id: string,
  window: { readonly position: number; readonly filling: Filling; readonly steps: number },
): Promise<number> {
  const { position, filling, steps } = window
  const update = { name: "go", value: steps }
  return client.startWithUpdate<number>("paced", [position, filling], id, update)
}

/** The indices, each time begun with another one. */
function turned(length: number, round: number): number[] {
  return Array.from({ length }, (_, index) => (((index + round) % length) + length) % length)
}
