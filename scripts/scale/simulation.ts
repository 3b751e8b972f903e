// Simulation: a big deployment, part by part: where each one's ceiling is, what moves it, and what a storm of wakes does.
// Owns: what is played. Must not touch: how it is shown (simulation-report.ts).

import { ceilingOf, PARTS, playPart, type Played } from "./ceilings.ts"
import type { Constants } from "./constants.ts"
import { playStorm, type StormFigures, type StormOptions } from "./storm.ts"

export interface SimulationOptions {
  readonly seed: number
  readonly runsPerSecond: number
  readonly sleepers: number
}

export interface PartFigures {
  readonly name: string
  readonly setting: string
  readonly standard: number
  readonly settings: readonly SettingFigures[]
}

interface SettingFigures {
  readonly value: number
  /** The most runs a second that are borne. */
  readonly ceiling: number
  /** What the wanted rate does to it. */
  readonly played: Played
}

export interface Simulation {
  readonly options: SimulationOptions
  readonly parts: readonly PartFigures[]
  readonly storms: readonly StormFigures[]
}

/** Of those that wake, half move money. */
const STANDARD_STORM = {
  windowMs: 60_000,
  shards: 4,
  relays: 3,
  ledgerShare: 0.5,
  isOneMachine: false,
}

export function simulate(
  options: SimulationOptions,
  constants: Constants,
  tell: (line: string) => void,
): Simulation {
  const { seed, runsPerSecond } = options
  const parts = PARTS.map((part) => {
    tell(`playing: ${part.name}`)
    const { name, setting, standard, values } = part
    const settings = values.map((value) => ({
      value,
      ceiling: ceilingOf(part, value, constants, seed),
      played: playPart(part, value, runsPerSecond, constants, seed),
    }))
    return { name, setting, standard, settings }
  })
  return { options, parts, storms: storms(options, constants, tell) }
}

function storms(
  { seed, sleepers }: SimulationOptions,
  constants: Constants,
  tell: (line: string) => void,
): StormFigures[] {
  const play = (changes: Partial<StormOptions>) => {
    const storm = { ...STANDARD_STORM, sleepers, ...changes }
    const { shards, relays, windowMs, isOneMachine } = storm
    const by = isOneMachine ? "one machine" : `${shards} shards, ${relays} relays`
    tell(`playing: ${storm.sleepers} wakes in ${windowMs / 1_000} s, ${by}`)
    return playStorm(storm, constants, seed)
  }
  const oneMachine = { isOneMachine: true, sleepers: sleepers / 10 }
  return [
    ...[4, 16, 64, 256].map((shards) => play({ shards })),
    play({ shards: 256, relays: 1 }),
    play(oneMachine),
    play({ ...oneMachine, windowMs: 300_000 }),
    play({ ...oneMachine, windowMs: 3_600_000 }),
  ]
}
