// Stage: what every part of the simulated platform stands on: the clock, the agenda, chance, and who is on now.
// Owns: the words they share. Must not touch: objects, calls, alarms.
//   T1. Code runs in events only, and within one event only one party's code.

import type { Choices } from "../words.ts"
import type { Agenda } from "./agenda.ts"
import type { Faults } from "./faults.ts"
import type { Trace } from "./trace.ts"
import type { WorldClock } from "./world-clock.ts"

/** Who has timers and calls under way: an instance of an object, or the world outside. */
export interface Party {
  readonly label: string
  /** What belongs to a dead party never happens, and what it still does counts for nothing. */
  readonly isAlive: boolean
  /** Timers and calls of its own that it waits for; while there are any it is not idle. */
  pending: number
  /** Lets something leave as soon as all that the party has written before is durable. */
  send(leave: () => void): void
  /** An event in which its code runs. */
  enter(what: string, work: () => void): void
}

export interface Stage {
  readonly clock: WorldClock
  readonly agenda: Agenda
  readonly faults: Faults
  /** Chance for latencies: 0 is at once, and in order. */
  readonly timing: Choices
  readonly trace: Trace
  /** Random values that code asks for, from the seed; nobody shortens these. */
  readonly entropy: Choices
  /** The world outside: clients, who never crash. */
  readonly outside: Party
  /** Whose code runs now. */
  party: Party | undefined
  /** What must never happen has happened. */
  find(finding: Error): void
}

/** Plans an event in which the party's code runs, if it lives by then. */
export function planFor(
  { agenda, clock }: Stage,
  party: Party,
  inMs: number,
  what: string,
  work: () => void,
): void {
  agenda.add({
    dueMs: clock.elapsedMs + inMs,
    isDropped: () => !party.isAlive,
    happen: () => party.enter(what, work),
  })
}
