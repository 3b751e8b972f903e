// Random killer: ends a process at random instants and starts it again.
// Owns: when. Must not touch: what the process does; how it is killed is its own affair (SIGKILL).

import { setTimeout as pause } from "node:timers/promises"
import { between, type Random } from "../../../scripts/support/seeded-random.ts"

export interface Victim {
  readonly name: string
  kill(): Promise<void>
  start(): Promise<void>
}

/** From and to, in ms. */
type Span = readonly [min: number, max: number]

export interface KillerOptions {
  readonly random: Random
  /** How long it lives. */
  readonly alive: Span
  /** How long it is dead. */
  readonly dead: Span
  /** Goes on past its time until there are so many, on a machine that is slow; none unless given. */
  readonly killsMin?: number
  readonly say: (line: string) => void
}

/** Kills and revives until `endMs`, at least so often as is asked, and leaves the victim alive; the number of kills. */
export async function killAtRandom(
  victim: Victim,
  endMs: number,
  { random, alive, dead, killsMin = 0, say }: KillerOptions,
): Promise<number> {
  let kills = 0
  for (;;) {
    await pause(between(random, ...alive))
    if (Date.now() >= endMs && kills >= killsMin) return kills
    await victim.kill()
    kills += 1
    const downMs = between(random, ...dead)
    say(`${victim.name} killed, kill ${kills}, down for ${downMs} ms`)
    await pause(downMs)
    const startedAtMs = Date.now()
    await victim.start()
    say(`${victim.name} back after ${Date.now() - startedAtMs} ms`)
  }
}
