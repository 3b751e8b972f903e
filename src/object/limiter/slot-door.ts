// Slot door: what a limiter says to a run as it arrives at the run's object.
// Owns: taking the slot, and the answer. A run that is gone or does not want it says so, and nothing is written.

import type { RunHome } from "../run/run-home.ts"
import type { Ask, Heard } from "./messages.ts"
import { heardOf } from "./run-slot.ts"

export class SlotDoor {
  readonly #home: RunHome

  constructor(home: RunHome) {
    this.#home = home
  }

  granted(message: Ask): Heard {
    const { driver, tables } = this.#home
    const { row } = driver
    const isMeant = row?.incarnation === message.incarnation
    if (isMeant && tables.slot.take(row, message.ask, Date.now())) {
      driver.beginEvent()
      driver.wake()
    }
    return heardOf(driver.row, message)
  }
}
