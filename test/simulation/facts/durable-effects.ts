// Durable effects: what an object writes in a stretch stands with its alarm or not at all, and nothing that it sends
// leaves before: no call, no answer (platform facts A1, output gate).

import type { Play, Workload, World } from "../words.ts"
import { ask, FactObject, requireFact, STORM } from "./fact-object.ts"

const ALARM_MS = 500
const NUMBERS = 30

/** Writes a number, sets an alarm for it, and tells the world outside, all in one stretch. */
class Writer extends FactObject {
  async write(number: number): Promise<number> {
    this.insert(number)
    await this.state.storage.setAlarm(Date.now() + ALARM_MS)
    void this.bindings.OUTSIDE.call(number).catch(() => undefined)
    return number
  }

  alarm(): void {
    const { sql } = this.state.storage
    sql.exec("CREATE TABLE IF NOT EXISTS rung (n INTEGER PRIMARY KEY)")
    const waiting = sql.exec("SELECT n FROM numbers WHERE n NOT IN (SELECT n FROM rung)").toArray()
    requireFact(waiting.length > 0, "An alarm stands without the number it was set beside.")
    sql.exec("INSERT OR IGNORE INTO rung SELECT n FROM numbers")
  }
}

class DurableEffects implements Play {
  readonly versions = [{ OBJECTS: Writer }]
  readonly without = [
    "alarmTwice",
    "alarmEarly",
    "alarmRefused",
    "diskFull",
    "clockForward",
    "clockBack",
  ] as const
  readonly calmAtMs = STORM.calmAtMs
  readonly endAtMs = STORM.endAtMs
  readonly #world: World
  /** Numbers that were on the disk once. */
  readonly #written = new Set<unknown>()

  constructor(world: World) {
    this.#world = world
  }

  readonly services = {
    OUTSIDE: (number: unknown) => {
      requireFact(this.#written.has(number), `${String(number)} was told before it was durable.`)
      return null
    },
  }

  describe(): string {
    return `${NUMBERS} numbers are written and told`
  }

  begin(): void {
    for (let number = 0; number < NUMBERS; number++) {
      this.#world.act(`write ${number}`, this.#world.choices.upTo(STORM.calmAtMs), async () => {
        const answer = await ask(this.#world, "write", number)
        if (!("value" in answer)) return
        requireFact(this.#written.has(number), `${number} was answered before it was durable.`)
      })
    }
  }

  committed(): void {
    const object = this.#world.object("OBJECTS", "one")
    if (object === undefined || !object.has("numbers")) return
    for (const { n } of object.rows("SELECT n FROM numbers")) this.#written.add(n)
    requireFact(
      object.alarmMs !== null || this.#waiting() === 0,
      "A number stands without its alarm.",
    )
  }

  atEnd(): void {
    requireFact(this.#written.size > 0, "Nothing was ever written.")
    requireFact(this.#waiting() === 0, "An alarm never came.")
  }

  /** Numbers that no alarm has come for. */
  #waiting(): number {
    const object = this.#world.object("OBJECTS", "one")
    if (object === undefined || !object.has("numbers")) return 0
    const condition = object.has("rung") ? "n NOT IN (SELECT n FROM rung)" : "1"
    return object.rows(`SELECT n FROM numbers WHERE ${condition}`).length
  }
}

export const durableEffects: Workload = {
  name: "durable effects",
  weight: 1,
  play: (world) => new DurableEffects(world),
}
