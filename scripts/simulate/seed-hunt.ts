// Seed hunt: many seeds over all cores, until they are through, time is up, or one fails.
// Owns: who plays which seeds, and what is known of them so far.

import { availableParallelism } from "node:os"
import type { SimulationLine } from "../../test/simulation/simulation-order.ts"
import { playWorlds } from "./play-worlds.ts"

export interface HuntOptions {
  readonly bundle: string
  readonly from: number
  readonly seeds: number
  readonly forMs: number
  readonly shortenMs: number
  /** Whether failures are only told. */
  readonly goesOn: boolean
  /** The one workload that is played; all of them unless it is named. */
  readonly only: string | undefined
  readonly onProgress: (found: Found) => void
}

export interface Found {
  readonly seeds: number
  readonly events: number
  /** Time that cores have worked on them, added up. */
  readonly cpuMs: number
  readonly faults: Readonly<Record<string, number>>
  /** Seeds that have failed and what was found, where it went on after that. */
  readonly stumbled: ReadonlyMap<number, string>
  /** The first failure that was heard of, where it did not. */
  readonly failed: (SimulationLine & { readonly type: "failed" }) | undefined
}

type Progress = SimulationLine & { readonly type: "progress" }

export async function huntSeeds(options: HuntOptions): Promise<Found> {
  const { bundle, from, seeds, only, onProgress, ...limits } = options
  const stumbled = new Map<number, string>()
  const processes = Math.min(availableParallelism(), seeds)
  const progress = new Map<number, Progress>()
  let failed: Found["failed"]
  const hunts = Array.from({ length: processes }, (_, at) => {
    const count = Math.floor((seeds - at - 1) / processes) + 1
    const order = {
      type: "seeds",
      from: from + at,
      step: processes,
      count,
      ...limits,
      ...(only === undefined ? {} : { only }),
    } as const
    return playWorlds(bundle, order, (line) => {
      if (line.type === "progress") progress.set(at, line)
      if (line.type === "stumbled") stumbled.set(line.seed, line.finding)
      if (line.type === "failed" && failed === undefined) {
        failed = line
        for (const [other, hunt] of hunts.entries()) if (other !== at) hunt.stop()
      }
      onProgress({ ...sum(progress.values()), stumbled, failed })
    })
  })
  await Promise.all(hunts.map((hunt) => hunt.ended))
  return { ...sum(progress.values()), stumbled, failed }
}

function sum(all: Iterable<Progress>): Omit<Found, "failed" | "stumbled"> {
  const faults: Record<string, number> = {}
  let seeds = 0
  let events = 0
  let cpuMs = 0
  for (const one of all) {
    seeds += one.seeds
    events += one.events
    cpuMs += one.cpuMs
    for (const [name, count] of Object.entries(one.faults)) {
      faults[name] = (faults[name] ?? 0) + count
    }
  }
  return { seeds, events, cpuMs, faults }
}
