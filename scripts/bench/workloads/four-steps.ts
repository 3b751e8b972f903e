// W1, four steps: a run from its start to its result over HTTP, with one caller and with many.
// The floor is a new object with one durable insert, over the same HTTP.

import { timed } from "../client.ts"
import { onField, type Field } from "../field.ts"
import { BELAY, FLOOR, type Figure } from "../figure.ts"
import type { StartedPeer } from "../peer.ts"
import type { FourSteps } from "../peers/protocol.ts"
import { callersRate } from "../rate.ts"
import { inRounds, type Contender, type Readings } from "../rounds.ts"
import { percentile } from "../statistics.ts"
import type { Bench, Workload } from "../workload.ts"

const CALLERS = 64

/** Belay with runs that no index hears of: what the index costs. */
const WITHOUT_INDEX = "Belay without index"

/** The same insert in an object that is there already: what runs of one object could come near to, were there such. */
const WARM = "floor, one object for all"
const WARM_ID = "warm"

const ANSWER_TIMEOUT_MS = 20_000
const WARM_UP_RUNS = 30

type Once = () => Promise<unknown>

export const fourSteps: Workload = {
  name: "W1",
  title: "A run of four steps, from its start to its result over HTTP",
  measure: (bench) =>
    onField(bench, async (field) => [
      ...(await measureTimes(bench, field)),
      ...(await measureRates(bench, field)),
    ]),
}

function measureTimes({ isQuick, say }: Bench, field: Field): Promise<Figure[]> {
  say("W1: one caller")
  const samples = isQuick ? 40 : 150
  const read = async (once: Once) => {
    const times: number[] = []
    for (let sample = 0; sample < samples; sample++) times.push(await timed(once))
    return { "W1 p50": percentile(times, 0.5), "W1 p99": percentile(times, 0.99) }
  }
  return inRounds({
    figures: [
      { id: "W1 p50", what: "start to result, one caller, p50", unit: "ms", samples },
      { id: "W1 p99", what: "start to result, one caller, p99", unit: "ms", samples },
    ],
    contenders: contenders(field, 7_000, read),
    rounds: isQuick ? 3 : 7,
    absent: field.absent,
  })
}

function measureRates({ isQuick, say }: Bench, field: Field): Promise<Figure[]> {
  say(`W1: ${CALLERS} callers`)
  const windowMs = isQuick ? 1_000 : 2_000
  return inRounds({
    figures: [{ id: "W1 rate", what: `runs a second, ${CALLERS} callers`, unit: "/s" }],
    contenders: contenders(field, 7_000, async (once) => ({
      "W1 rate": await callersRate(once, CALLERS, windowMs),
    })),
    rounds: isQuick ? 3 : 5,
    absent: field.absent,
  })
}

function contenders(
  field: Field,
  peerTimeMs: number,
  read: (once: Once) => Promise<Readings>,
): Contender[] {
  const { client } = field
  const plainClient = client.withoutIndex()
  const own = (name: string, once: Once): Contender => ({
    name,
    warmUp: () => repeat(once),
    read: () => read(once),
  })
  return [
    own(BELAY, () => client.run("fourSteps", [1])),
    own(WITHOUT_INDEX, () => plainClient.run("fourSteps", [1])),
    own(FLOOR, () => client.floor("insert")),
    own(WARM, () => client.floor("insert", [], WARM_ID)),
    ...field.contenders(
      peerTimeMs,
      (peer) => read(() => askPeer(peer)),
      (peer) => repeat(() => askPeer(peer)),
    ),
  ]
}

function askPeer(peer: StartedPeer): Promise<FourSteps> {
  return peer.ask("/four-steps", undefined, ANSWER_TIMEOUT_MS)
}

async function repeat(once: Once): Promise<void> {
  for (let run = 0; run < WARM_UP_RUNS; run++) await once()
}
