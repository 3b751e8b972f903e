// Alarm delivery: the alarm's handler is called, in an event of the object, and what comes of it is told the alarm.
// Owns: one delivery at a time, and how long a handler may take. Must not touch: when an alarm fires (object-alarm.ts).

import type { Instance } from "./instance.ts"
import type { AlarmInfo, ObjectAlarm } from "./object-alarm.ts"
import { perform } from "./object-method.ts"
import type { Stage } from "./stage.ts"

/** A handler that takes longer is given up by the platform. */
const HANDLER_MS_MAX = 900_000

/** The object whose alarm it is. */
interface AlarmOwner {
  readonly label: string
  readonly instance: Instance | undefined
  enter(what: string, work: () => void): void
  look(instance: Instance, method: string, error: unknown): void
}

export class AlarmDelivery {
  readonly #stage: Stage
  readonly #owner: AlarmOwner
  readonly #alarm: ObjectAlarm
  #deliveries = 0

  constructor(stage: Stage, owner: AlarmOwner, alarm: ObjectAlarm) {
    this.#stage = stage
    this.#owner = owner
    this.#alarm = alarm
  }

  /** @param spurious what is told of one that was delivered before */
  begin(spurious: AlarmInfo | undefined): void {
    const isSpurious = spurious !== undefined
    this.#owner.enter(isSpurious ? "alarm again" : "alarm", () => {
      const { instance } = this.#owner
      if (instance?.self === undefined) return
      const info = spurious ?? this.#alarm.info
      this.#alarm.deliveryBegins(isSpurious)
      void this.#await(instance, instance.self, ++this.#deliveries, info)
    })
    const { instance } = this.#owner
    if (instance !== undefined && this.#alarm.isDelivering) this.#limit(instance)
  }

  async #await(instance: Instance, self: object, delivery: number, info: AlarmInfo): Promise<void> {
    try {
      await perform(self, "alarm", [info])
      if (this.#isUnderWay(instance, delivery)) this.#alarm.handlerReturned()
    } catch (error) {
      if (!this.#isUnderWay(instance, delivery)) return
      this.#owner.look(instance, "alarm", error)
      this.#failed()
    }
  }

  #isUnderWay(instance: Instance, delivery: number): boolean {
    return instance.isAlive && this.#alarm.isDelivering && this.#deliveries === delivery
  }

  #limit(instance: Instance): void {
    const { agenda, clock } = this.#stage
    const delivery = this.#deliveries
    agenda.add({
      dueMs: clock.elapsedMs + HANDLER_MS_MAX,
      isDropped: () => !this.#isUnderWay(instance, delivery),
      happen: () => this.#owner.enter("alarm took too long", () => this.#failed()),
    })
  }

  #failed(): void {
    if (this.#alarm.handlerThrew()) return
    this.#stage.find(new Error(`${this.#owner.label} has lost its alarm for good.`))
  }
}
