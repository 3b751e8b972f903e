// One machine: a process of the runtime as a queue: all objects share one thread, and what each start and wake takes of it.
// Owns: that. Deployed, objects stand on many machines, and this is no limit.

import type { Constants } from "../constants.ts"
import { exponential } from "../queueing/draw.ts"
import type { EventLoop } from "../queueing/event-loop.ts"
import { Station } from "../queueing/station.ts"
import type { Random } from "../../support/seeded-random.ts"

export class OneMachine {
  readonly #thread: Station
  readonly #wakeMs: () => number

  constructor(loop: EventLoop, random: Random, { startMs, wakeMs }: Constants) {
    this.#thread = new Station(loop, exponential(random, startMs.value))
    this.#wakeMs = exponential(random, wakeMs.value)
  }

  start(): void {
    this.#thread.arrive()
  }

  wake(done: () => void): void {
    this.#thread.arrive(done, this.#wakeMs())
  }

  get startedMs() {
    return this.#thread.sojournMs
  }

  get longest(): number {
    return this.#thread.longest
  }

  get waiting(): number {
    return this.#thread.length
  }
}
