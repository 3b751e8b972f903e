// Watch: tells the guard what happens in a world: what run objects commit and lose, what their code calls and sees.
// Owns: the readers of all run objects, and which life of an object each call came from. Must not touch: the promises.
//   W1. What an instance tells that has died counts for nothing.

import { Guard } from "../promises/guard.ts"
import type { Check, Effect } from "../promises/check.ts"
import { RunReader } from "../promises/run-reader.ts"
import type { AttemptNote, Sight } from "../promises/run-view.ts"
import type { SimulatedObject, World } from "../words.ts"
import type { Eye } from "./eye.ts"

const RUNS = "RUNS"

export class Watch implements Eye {
  readonly guard: Guard
  readonly #world: World
  readonly #readers = new Map<string, RunReader>()
  readonly #lives = new Map<string, number>()
  readonly #refusals = new Map<string, number>()

  constructor(world: World, checks: readonly Check[]) {
    this.#world = world
    this.guard = new Guard(checks)
  }

  called(note: AttemptNote): void {
    if (this.#isAlive(note.run)) this.guard.called(note)
  }

  saw(sight: Sight): void {
    if (this.#isAlive(sight.run)) this.guard.saw(sight)
  }

  arrived(effect: Effect): void {
    this.guard.arrived(effect)
  }

  committed(object: SimulatedObject): void {
    if (object.binding !== RUNS || !object.isSettled) return
    const { name } = object
    let reader = this.#readers.get(name)
    if (reader === undefined) {
      reader = new RunReader(object)
      this.#readers.set(name, reader)
    }
    this.#notice(name, object.lives)
    if ((this.#refusals.get(name) ?? 0) !== object.refusals) this.guard.refused(name)
    this.#refusals.set(name, object.refusals)
    this.guard.committed(name, reader.read(this.#world.nowMs))
  }

  #isAlive(run: string): boolean {
    const { running } = this.#world
    if (running === undefined) return false
    this.#notice(run, running.life)
    return true
  }

  /** A younger instance means that the one before was reset. */
  #notice(run: string, life: number): void {
    const known = this.#lives.get(run) ?? life
    this.#lives.set(run, life)
    if (known !== life) this.guard.reset(run)
  }
}
