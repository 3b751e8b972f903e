// Outside: the world outside: clients, whose code runs in events of their own, and who never crash.

import { drainMicrotasks } from "./microtasks.ts"
import type { Party, Stage } from "./stage.ts"

export class Outside implements Party {
  readonly label = "outside"
  readonly isAlive = true
  pending = 0
  readonly #stage: () => Stage

  constructor(stage: () => Stage) {
    this.#stage = stage
  }

  /** Nothing of its own has to become durable first. */
  send(leave: () => void): void {
    leave()
  }

  enter(what: string, work: () => void): void {
    const stage = this.#stage()
    stage.party = this
    work()
    drainMicrotasks()
    stage.party = undefined
    stage.trace.line(`${stage.clock.elapsedMs} outside ${what}`)
  }
}
