// W6, signal: from a signal's sending until whoever waits for the run's end is told of it.
// The floor is a bare object in which one request waits for another, which inserts a row.

import { pause } from "../../support/wait-until.ts"
import type { BenchClient } from "../client.ts"
import { onField } from "../field.ts"
import { BELAY, FLOOR } from "../figure.ts"
import type { Signal } from "../peers/protocol.ts"
import { inRounds } from "../rounds.ts"
import { percentile } from "../statistics.ts"
import type { Workload } from "../workload.ts"

const WAIT_MS = 30_000

/** By then the run waits for its signal, and the request for the run. */
const SETTLED_MS = 15

const PEER_TIMEOUT_MS = 20_000

export const signal: Workload = {
  name: "W6",
  title: "A signal and the reaction to it",
  measure: (bench) =>
    onField(bench, async (field) => {
      bench.say("W6: signals")
      const { client } = field
      const samples = bench.isQuick ? 15 : 60
      const read = async (once: () => Promise<number>) => {
        const times: number[] = []
        for (let sample = 0; sample < samples; sample++) times.push(await once())
        return { "W6 p50": percentile(times, 0.5), "W6 p99": percentile(times, 0.99) }
      }
      const ours = () => react(client)
      const bare = () => release(client)
      return inRounds({
        figures: [
          { id: "W6 p50", what: "signal to reaction, p50", unit: "ms", samples },
          { id: "W6 p99", what: "signal to reaction, p99", unit: "ms", samples },
        ],
        contenders: [
          { name: BELAY, warmUp: ours, read: () => read(ours) },
          { name: FLOOR, warmUp: bare, read: () => read(bare) },
          ...field.contenders(9_000, (peer) =>
            read(async () => {
              const answer = await peer.ask<Signal>("/signal", undefined, PEER_TIMEOUT_MS)
              return answer.reactionMs
            }),
          ),
        ],
        rounds: bench.isQuick ? 2 : 7,
        absent: field.absent,
      })
    }),
}

async function react(client: BenchClient): Promise<number> {
  const id = client.newId()
  const ended = client.start("reaction", [], id, WAIT_MS)
  await pause(SETTLED_MS)
  const begunMs = performance.now()
  const told = ended.then(({ status }) => {
    if (status !== "completed") throw new Error(`Run ${id} is ${String(status)} after its signal.`)
    return performance.now() - begunMs
  })
  await client.signal(id, "go", 1)
  return told
}

async function release(client: BenchClient): Promise<number> {
  const id = client.newId()
  const waited = client.floor("wait", [], id)
  await pause(SETTLED_MS)
  const begunMs = performance.now()
  const told = waited.then(() => performance.now() - begunMs)
  await client.floor("release", [], id)
  return told
}
