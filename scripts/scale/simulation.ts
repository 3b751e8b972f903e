// Simulation: a big deployment, part by part: where each one's ceiling is, what moves it, and what a storm of wakes does.
// Owns: what is played. Must not touch: how it is shown (simulation-report.ts).

import { ceilingOf, PARTS, playPart, type Played } from "./ceilings.ts"
import type { Constants } from "./constants.ts"
import { playStorm, type StormFigures } from "./storm.ts"

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

const STORM_MS = 60_000

/** Of those that wake, so many move money. */
const LEDGER_SHARE = 0.5

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
  const play = (shards: number, relays: number, isOneMachine: boolean) => {
    tell(`playing: ${sleepers} wakes in a minute, ${shards} shards, ${relays} relays`)
    return playStorm(
      { sleepers, windowMs: STORM_MS, shards, relays, ledgerShare: LEDGER_SHARE, isOneMachine },
      constants,
      seed,
    )
  }
  return [
    play(4, 1, true),
    play(4, 1, false),
    play(16, 2, false),
    play(64, 2, false),
    play(128, 3, false),
    play(256, 3, false),
  ]
}
