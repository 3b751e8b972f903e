// W4, sleepers: many runs sleep at once; how late they go on, and what one costs on disk and in memory meanwhile.
// The floor is bare objects, each with a row and an alarm for the same instant.
//   W4.1 Ours and the floor's all sleep until an instant behind the start of the last: a thousand until the same one, ten
//        thousand until one each, spread over a while, since that many objects that are awake at once would want more open
//        files than most machines allow. A peer's sleep for a time of their own, as long as it takes to start them all.

import { existsSync, readdirSync, statSync } from "node:fs"
import { join } from "node:path"
import { timed } from "../client.ts"
import { onField, type Field } from "../field.ts"
import { BELAY, FLOOR, type Figure } from "../figure.ts"
import type { StartedPeer } from "../peer.ts"
import type { Sleepers } from "../peers/protocol.ts"
import { waitUntil } from "../../support/wait-until.ts"
import { inRounds, type Readings } from "../rounds.ts"
import { percentile } from "../statistics.ts"
import type { Bench, Workload } from "../workload.ts"

const CALLERS = 64

/** So many are started and woken first, to see how long a start takes here and now. */
const REHEARSAL = 200
const REHEARSAL_SLEEP_MS = 1_000

/** Added to the time that the starts should take, as a share of it and in all. */
const MARGIN = 1.2
const MARGIN_MS = 1_500

/** A peer's start is given so long. */
const PEER_START_MS = 3

/** For all rounds of one peer. */
const PEER_TIME_MS = 8_000

/** The instant may pass before all are started; then it is tried again with more time. */
const TRIES = 3

const AWAKE_TIMEOUT_MS = 120_000
const PEER_TIMEOUT_MS = 15_000
const BLOCK_BYTES = 512
const KIBIBYTE = 1024

/** How many sleep, and over how long the instants at which they are due are spread, in ms. */
interface Crowd {
  readonly count: number
  readonly spreadMs: number
  readonly rounds: number
  /** Peers have no time for more than one crowd. */
  readonly asksPeers: boolean
}

const FEW: Crowd = { count: 1_000, spreadMs: 0, rounds: 2, asksPeers: true }
const MANY: Crowd = { count: 10_000, spreadMs: 30_000, rounds: 1, asksPeers: false }

/** What is measured of one kind of sleeper. */
interface Kind {
  readonly name: string
  readonly className: string
  readonly woken: "runs" | "floor"
  readonly start: (id: string, untilMs: number) => Promise<unknown>
}

export const sleepers: Workload = {
  name: "W4",
  title: "Runs that sleep at once",
  measure: (bench) =>
    onField(bench, async (field) => [
      ...(await measureCrowd(bench, field, bench.isQuick ? { ...FEW, rounds: 1 } : FEW)),
      ...(bench.isQuick ? [] : await measureCrowd(bench, field, MANY)),
    ]),
}

function measureCrowd({ say }: Bench, field: Field, crowd: Crowd): Promise<Figure[]> {
  const { count, spreadMs, rounds, asksPeers } = crowd
  say(`W4: ${count} runs asleep`)
  const { client } = field
  const kinds: readonly Kind[] = [
    {
      name: BELAY,
      className: "RunObject",
      woken: "runs",
      start: (id, untilMs) => client.start("sleeper", [untilMs], id, 0),
    },
    {
      name: FLOOR,
      className: "FloorObject",
      woken: "floor",
      start: (id, untilMs) => client.floor("sleep", [untilMs], id),
    },
  ]
  const due = spreadMs === 0 ? "" : `, due over ${spreadMs / 1_000} s`
  const what = `of ${count.toLocaleString("en")} runs asleep${due}`
  return inRounds({
    figures: [
      { id: `W4 late p50 ${count}`, what: `lateness ${what}, p50`, unit: "ms", samples: count },
      { id: `W4 late p99 ${count}`, what: `lateness ${what}, p99`, unit: "ms", samples: count },
      { id: `W4 disk ${count}`, what: `on disk for one ${what}`, unit: "KiB" },
      { id: `W4 memory ${count}`, what: `in memory for one ${what}`, unit: "KiB" },
    ],
    contenders: [
      ...kinds.map((kind) => ({ name: kind.name, read: () => sleep(field, kind, crowd) })),
      ...(asksPeers ? field.contenders(PEER_TIME_MS, (peer) => sleepPeer(field, peer, count)) : []),
    ],
    rounds,
    absent: field.absent,
  })
}

async function sleepPeer(field: Field, peer: StartedPeer, count: number): Promise<Readings> {
  const sleepMs = count * PEER_START_MS + MARGIN_MS
  try {
    const asked = { count, sleepMs }
    const answer = await peer.ask<Sleepers>("/sleepers", asked, sleepMs + PEER_TIMEOUT_MS)
    return lateness(answer.latenessMs, count)
  } finally {
    field.exclude(peer.name, `its time went to ${count.toLocaleString("en")}`)
  }
}

async function sleep(field: Field, kind: Kind, { count, spreadMs }: Crowd): Promise<Readings> {
  const few = { count: REHEARSAL, spreadMs: 0 }
  const rehearsal = await attempt(field, kind, few, REHEARSAL_SLEEP_MS)
  let startsMs = (rehearsal.startedMs / REHEARSAL) * count
  for (let tried = 0; tried < TRIES; tried++) {
    const { latenessMs, startedMs, asleep } = await attempt(
      field,
      kind,
      { count, spreadMs },
      startsMs * MARGIN + MARGIN_MS,
    )
    if (asleep !== undefined) return { ...lateness(latenessMs, count), ...asleep }
    startsMs = Math.max(startsMs, startedMs)
  }
  throw new Error(`${count} of ${kind.name} could not be started before they were to wake.`)
}

/** What they cost while all are asleep; absent when the first woke before the last was started. */
async function attempt(
  { client, runtime }: Field,
  kind: Kind,
  { count, spreadMs }: Pick<Crowd, "count" | "spreadMs">,
  sleepMs: number,
) {
  const diskBytes = folderBytes(runtime.dataFolder(kind.className))
  const memoryMebibytes = runtime.residentMebibytes
  const untilMs = Math.round(Date.now() + sleepMs)
  const dueMs = (index: number) => Math.round(untilMs + (spreadMs * index) / count)
  const ids = Array.from({ length: count }, () => client.newId())
  const startedMs = await timed(() => inTurn(ids, (id, index) => kind.start(id, dueMs(index))))
  const isInTime = Date.now() < untilMs
  const asleep = {
    [`W4 disk ${count}`]:
      (folderBytes(runtime.dataFolder(kind.className)) - diskBytes) / KIBIBYTE / count,
    [`W4 memory ${count}`]: ((runtime.residentMebibytes - memoryMebibytes) * KIBIBYTE) / count,
  }
  const patienceMs = sleepMs + spreadMs + AWAKE_TIMEOUT_MS
  await waitUntil(`${count} sleepers to wake`, patienceMs, async () => {
    const woken = await client.get<number>(`/bench/woken/${kind.woken}/count`)
    return woken === count ? true : undefined
  })
  const latenessMs = await client.get<number[]>(`/bench/woken/${kind.woken}`)
  return { latenessMs, startedMs, ...(isInTime ? { asleep } : {}) }
}

function lateness(latenessMs: readonly number[], count: number): Readings {
  return {
    [`W4 late p50 ${count}`]: percentile(latenessMs, 0.5),
    [`W4 late p99 ${count}`]: percentile(latenessMs, 0.99),
  }
}

/** By so many callers. */
async function inTurn(
  ids: readonly string[],
  start: (id: string, index: number) => Promise<unknown>,
) {
  const left = ids.entries()
  const caller = async () => {
    for (const [index, id] of left) await start(id, index)
  }
  await Promise.all(Array.from({ length: CALLERS }, caller))
}

/** What its files take of the disk. */
function folderBytes(folder: string): number {
  // The first object makes it.
  if (!existsSync(folder)) return 0
  const files = readdirSync(folder, { withFileTypes: true }).filter((file) => file.isFile())
  let bytes = 0
  for (const { name } of files) {
    // An object that leaves the memory meanwhile takes its log with it.
    const file = statSync(join(folder, name), { throwIfNoEntry: false })
    bytes += (file?.blocks ?? 0) * BLOCK_BYTES
  }
  return bytes
}
