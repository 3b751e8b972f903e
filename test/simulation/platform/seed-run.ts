// Seed run: one seed, or one written history, played to its end, and what came of it.
// Owns: the process's globals while it plays. Must not touch: which seeds, what is printed.

import { WORKLOADS } from "simulation:workloads"
import { patchGlobals } from "./patched-globals.ts"
import { SimulatedWorld, type Script } from "./simulated-world.ts"

/** What came of a world. */
export interface Played {
  readonly seed: number
  readonly events: number
  /** Of the whole trace: the same seed has the same. */
  readonly hash: string
  readonly story: string
  /** What is wrong, in words; `undefined` when nothing is. */
  readonly finding: string | undefined
  readonly faults: Readonly<Record<string, number>>
  readonly script: Script
  /** Empty unless it was asked for. */
  readonly trace: readonly string[]
}

export interface PlayOptions {
  /** Answers to give again, in the place of those that the seed would draw. */
  readonly script?: Script
  readonly isTraceKept?: boolean
  /** The one workload to draw from; all of them unless it is named. */
  readonly only?: string | undefined
}

let present: SimulatedWorld | undefined

/** From now on this process has no clock, no chance and no network but a world's. */
export function enterWorlds(): void {
  patchGlobals(() => {
    if (present === undefined) throw new Error("No world is being played.")
    return present
  })
}

/** Errors are made in most worlds, and where is asked in few: only who keeps the trace, to read it, gets their stacks. */
const STACK_FRAMES = 10

/** Must be called from a task of the event loop. */
export function playSeed(seed: number, { only, ...options }: PlayOptions): Played {
  const workloads = WORKLOADS.filter(({ name }) => only === undefined || name === only)
  const world = new SimulatedWorld({ seed, workloads, ...options })
  present = world
  Error.stackTraceLimit = options.isTraceKept === true ? STACK_FRAMES : 0
  world.run()
  const { finding, story, events, script } = world
  const played: Played = {
    seed,
    events,
    hash: world.trace.hash,
    story,
    finding: finding?.stack ?? finding?.message,
    faults: Object.fromEntries(world.faults.counts),
    script,
    trace: world.trace.lines,
  }
  world.end()
  return played
}
