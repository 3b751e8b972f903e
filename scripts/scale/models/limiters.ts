// Limiters: the object of each key as a queue: a run with a limit asks it once and gives its slot back once.
// Owns: that. Must not touch: how long a run holds its slot, which is what the limit is about.

import { between, type Random } from "../../support/seeded-random.ts"
import type { Constants } from "../constants.ts"
import { measured } from "../queueing/draw.ts"
import type { EventLoop } from "../queueing/event-loop.ts"
import { Histogram } from "../queueing/histogram.ts"
import { Station } from "../queueing/station.ts"

export class Limiters {
  readonly askedMs = new Histogram()
  readonly #loop: EventLoop
  readonly #random: Random
  readonly #keys: readonly Station[]

  constructor(loop: EventLoop, random: Random, constants: Constants, keys: number) {
    this.#loop = loop
    this.#random = random
    const requestMs = measured(
      random,
      constants.requestShape.value,
      Math.max(constants.insertMs.value, 1_000 / constants.objectRequestsPerSecond.value),
    )
    this.#keys = Array.from({ length: keys }, () => new Station(loop, requestMs))
  }

  run(): void {
    const key = this.#keys[between(this.#random, 0, this.#keys.length - 1)]
    const beganMs = this.#loop.nowMs
    key?.arrive(() => {
      this.askedMs.add(this.#loop.nowMs - beganMs)
      key.arrive()
    })
  }

  get longest(): number {
    return Math.max(...this.#keys.map(({ longest }) => longest))
  }

  get waiting(): number {
    return this.#keys.reduce((sum, { length }) => sum + length, 0)
  }
}
