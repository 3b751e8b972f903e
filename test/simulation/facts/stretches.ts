// Stretches: what throws inside a transaction undoes it with the alarm that was set in it, and what was written before
// stands; a full disk refuses writes and takes reads; `sync` ends when all is durable; what crosses is a copy (A1, A2).

import type { Play, Workload, World } from "../words.ts"
import { ask, FactObject, isStored, requireFact, STORM } from "./fact-object.ts"

const ACTS = 30

class Stretcher extends FactObject {
  async half(number: number): Promise<number | null> {
    this.insert(number)
    try {
      this.state.storage.transactionSync(() => {
        this.insert(-number)
        void this.state.storage.setAlarm(1)
        throw new Error("on purpose")
      })
    } catch (error) {
      // A disk that is full throws here as well, and then nothing is promised.
      if (!(error instanceof Error) || error.message !== "on purpose") return null
    }
    requireFact((await this.state.storage.getAlarm()) === null, "An undone alarm is set.")
    return number
  }

  async synced(number: number): Promise<number> {
    this.insert(number)
    await this.state.storage.sync()
    await this.bindings.OUTSIDE.call(number).catch(() => undefined)
    return number
  }

  async changed(given: { list: number[] }): Promise<{ list: number[] }> {
    given.list.push(0)
    return given
  }
}

class Stretches implements Play {
  readonly versions = [{ OBJECTS: Stretcher }]
  readonly services = { OUTSIDE: () => null }
  // Nobody here hears of it.
  readonly without = ["alarmRefused"] as const
  readonly calmAtMs = STORM.calmAtMs
  readonly endAtMs = STORM.endAtMs
  readonly #world: World
  readonly #answered: number[] = []

  constructor(world: World) {
    this.#world = world
  }

  describe(): string {
    return `${ACTS} stretches of each kind`
  }

  begin(): void {
    for (let at = 1; at <= ACTS; at++) {
      const method = this.#world.choices.oneOf(["half", "synced", "changed"])
      this.#world.act(method, at * 1_000, () =>
        method === "changed" ? this.#copy() : this.#write(method, at),
      )
    }
  }

  async #write(method: string, number: number): Promise<void> {
    const answer = await ask(this.#world, method, number)
    if ("value" in answer && answer.value === number) this.#answered.push(number)
  }

  async #copy(): Promise<void> {
    const given = { list: [1] }
    const answer = await ask(this.#world, "changed", given)
    requireFact(given.list.length === 1, "What an object changes changes what its caller holds.")
    if (!("value" in answer)) return
    const { list } = answer.value as { list: number[] }
    requireFact(list.length === 2, "What an object answers is not what it has made.")
  }

  committed(): void {
    for (let number = 1; number <= ACTS; number++) {
      requireFact(!isStored(this.#world, -number), "What was undone stands.")
    }
  }

  atEnd(): void {
    for (const number of this.#answered) {
      requireFact(isStored(this.#world, number), `${number} was answered and does not stand.`)
    }
  }
}

export const stretches: Workload = {
  name: "stretches",
  weight: 1,
  play: (world) => new Stretches(world),
}
