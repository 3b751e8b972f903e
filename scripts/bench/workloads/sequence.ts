// W2, sequences: many steps one after another in one run; how far apart they are, early and late; memory.
// The floor is a bare loop with the inserts that recording them takes: one for a synchronous step, two with a promise
// between them for an asynchronous one.

import { onField, type Field } from "../field.ts"
import { BELAY, FLOOR, type Figure, type Unit } from "../figure.ts"
import { measureGaps } from "../gaps.ts"
import type { StartedPeer } from "../peer.ts"
import type { Sequence } from "../peers/protocol.ts"
import { inRounds, joined, type Contender, type FigureHead, type Readings } from "../rounds.ts"
import type { Bench, Workload } from "../workload.ts"

const LENGTHS = [1_000, 10_000] as const
const LENGTH_MAX = 10_000

/** The object's clock counts milliseconds: short sequences are repeated until that is no matter. */
const STEPS_MIN = 10_000

const GAP_POSITIONS = [10, 1_000, 10_000, 100_000] as const

/** The outcomes alone, as an engine that records no starts would write them. */
const ONE_INSERT = "floor, one insert a step"

const WARM_UP_STEPS = 2_000
const PEER_TIMEOUT_MS = 60_000
const MEBIBYTE = 1024 * 1024

const KINDS = ["sync", "async"] as const
type Kind = (typeof KINDS)[number]

const WORDS: Readonly<Record<Kind, string>> = { sync: "synchronous", async: "asynchronous" }

export const sequence: Workload = {
  name: "W2",
  title: "Steps in a sequence, each with a result of 100 bytes",
  measure: (bench) =>
    onField(bench, async (field) => {
      const figures: Figure[] = []
      for (const kind of KINDS) {
        for (const steps of LENGTHS)
          figures.push(...(await measureRates(bench, field, kind, steps)))
        figures.push(...(await measureOwnGaps(bench, field, kind)))
      }
      return joined(figures)
    }),
}

function measureRates(
  { isQuick, say }: Bench,
  field: Field,
  kind: Kind,
  steps: number,
): Promise<Figure[]> {
  say(`W2: ${steps} ${WORDS[kind]} steps`)
  const id = `W2 ${kind} ${steps}`
  const rate = (elapsedMs: number) => ({ [id]: (steps / elapsedMs) * 1_000 })
  const repeated = async (once: () => Promise<number>) => {
    let elapsedMs = 0
    const times = STEPS_MIN / steps
    for (let time = 0; time < times; time++) elapsedMs += await once()
    return elapsedMs / times
  }
  const { client } = field
  const floor = (name: string, insertsPerStep: number): Contender => ({
    name,
    warmUp: () => client.floor("loop", [WARM_UP_STEPS, insertsPerStep]),
    read: async () =>
      rate(await repeated(() => client.floor<number>("loop", [steps, insertsPerStep]))),
  })
  const what = `steps a second, ${steps.toLocaleString("en")} ${WORDS[kind]}`
  return inRounds({
    figures: [
      { id, what, unit: "/s" },
      ...(steps === LENGTH_MAX ? [...gapHeads(kind), ...memoryHeads(kind)] : []),
    ],
    contenders: [
      {
        name: BELAY,
        warmUp: () => client.run("sequence", [WARM_UP_STEPS, kind]),
        read: async () => {
          const beforeMebibytes = field.runtime.residentMebibytes
          const elapsedMs = await repeated(() => client.run<number>("sequence", [steps, kind]))
          return {
            ...rate(elapsedMs),
            ...memory(kind, beforeMebibytes, field.runtime.residentMebibytes),
          }
        },
      },
      floor(FLOOR, kind === "sync" ? 1 : 2),
      ...(kind === "async" ? [floor(ONE_INSERT, 1)] : []),
      ...field.contenders(isQuick ? 10_000 : 20_000, async (peer) => {
        const answer = await askPeer(peer, kind, steps)
        return { ...rate(answer.elapsedMs), ...answer.readings }
      }),
    ],
    rounds: isQuick ? 3 : 7,
    absent: field.absent,
  })
}

async function askPeer(
  peer: StartedPeer,
  kind: Kind,
  steps: number,
): Promise<{ elapsedMs: number; readings: Readings }> {
  const before = mebibytes(peer)
  const { elapsedMs, gaps } = await peer.ask<Sequence>(
    "/sequence",
    { steps, isAsync: kind === "async" },
    PEER_TIMEOUT_MS,
  )
  const readings = Object.fromEntries(
    gaps.map(({ position, gapUs }) => [`W2 gap ${kind} ${position}`, gapUs]),
  )
  return { elapsedMs, readings: { ...readings, ...memory(kind, before, mebibytes(peer)) } }
}

async function measureOwnGaps(
  { isQuick, say }: Bench,
  { client }: Field,
  kind: Kind,
): Promise<Figure[]> {
  say(`W2: gaps between ${WORDS[kind]} steps`)
  const rounds = await measureGaps(client, {
    filling: kind,
    positions: GAP_POSITIONS,
    rounds: isQuick ? 8 : 30,
  })
  return gapHeads(kind).map((head, index) => ({
    ...head,
    lines: [
      {
        contender: BELAY,
        readings: rounds.map((gaps, round) => ({ round, value: gaps[index] ?? Number.NaN })),
      },
    ],
  }))
}

function gapHeads(kind: Kind): FigureHead[] {
  return GAP_POSITIONS.map((position) => ({
    id: `W2 gap ${kind} ${position}`,
    what: `from one ${WORDS[kind]} step to the next, at position ${position.toLocaleString("en")}`,
    unit: "µs" as Unit,
  }))
}

function memoryHeads(kind: Kind): FigureHead[] {
  const run = `a run of ${LENGTH_MAX.toLocaleString("en")} ${WORDS[kind]} steps`
  return [
    { id: `W2 memory ${kind} before`, what: `resident memory before ${run}`, unit: "MiB" },
    { id: `W2 memory ${kind} after`, what: `resident memory after ${run}`, unit: "MiB" },
  ]
}

function mebibytes(peer: StartedPeer): number | string {
  const bytes = peer.rssBytes()
  return bytes === undefined ? "the system does not tell" : bytes / MEBIBYTE
}

function memory(kind: Kind, before: number | string, after: number | string): Readings {
  return { [`W2 memory ${kind} before`]: before, [`W2 memory ${kind} after`]: after }
}
