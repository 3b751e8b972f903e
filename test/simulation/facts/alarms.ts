// Alarms: an alarm is delivered until its handler has returned, never long before its instant; a handler that throws is
// called again after growing pauses, and is told so; while it runs, no alarm is set (platform facts A3).

import type { Play, Workload, World } from "../words.ts"
import { ask, FactObject, isStored, requireFact, STORM } from "./fact-object.ts"

const EARLY_MS_MAX = 5
/** How often the handler throws before it returns: once less than the platform gives up at. */
const THROWS = 5

interface AlarmInfo {
  readonly isRetry: boolean
  readonly scheduledTime?: number
}

class Alarms implements Play {
  readonly versions
  // Each would be one more handler that fails, or another instant.
  readonly without = [
    "diskFull",
    "alarmTwice",
    "clockBack",
    "clockForward",
    "serviceSilent",
    "serviceSlow",
  ] as const
  readonly calmAtMs = STORM.calmAtMs
  readonly endAtMs = STORM.endAtMs
  readonly #world: World
  readonly #throwsAtMs: number[] = []

  constructor(world: World) {
    this.#world = world
    const throwsAtMs = this.#throwsAtMs
    let deliveries = 0
    class Sleeper extends FactObject {
      async sleep(untilMs: number): Promise<null> {
        await this.state.storage.setAlarm(untilMs)
        this.insert(untilMs)
        return null
      }

      async alarm(info: AlarmInfo): Promise<void> {
        const seenMs = await this.state.storage.getAlarm()
        requireFact(seenMs === null, "An alarm is set while it is delivered.")
        const { sql } = this.state.storage
        const rows = sql.exec("SELECT MAX(n) AS n FROM numbers").toArray()
        const [{ n: dueMs }] = rows as [{ n: number }]
        requireFact(Date.now() >= dueMs - EARLY_MS_MAX, "An alarm was delivered too early.")
        requireFact(info.scheduledTime === dueMs, "An alarm does not know its instant.")
        const isFirst = deliveries++ === 0
        requireFact(!(isFirst && info.isRetry), "A first delivery says that it is another try.")
        requireFact(
          info.isRetry || throwsAtMs.length === 0 || throwsAtMs.length === THROWS,
          "A delivery after a throw does not say that it is another try.",
        )
        await this.bindings.OUTSIDE.call(dueMs).catch(() => undefined)
        if (throwsAtMs.length < THROWS) {
          throwsAtMs.push(world.elapsedMs)
          throw new Error("The handler throws on purpose.")
        }
        this.insert(1)
      }
    }
    this.versions = [{ OBJECTS: Sleeper }]
  }

  readonly services = { OUTSIDE: () => null }
  readonly mayThrow = true

  describe(): string {
    return `an alarm whose handler throws ${THROWS} times`
  }

  begin(): void {
    this.#world.act("sleep", 0, async () => {
      const untilMs = this.#world.nowMs + 10_000
      for (let answer; answer === undefined || "error" in answer;) {
        answer = await ask(this.#world, "sleep", untilMs)
      }
    })
  }

  atEnd(): void {
    requireFact(isStored(this.#world, 1), "The alarm was lost.")
    requireFact(this.#throwsAtMs.length === THROWS, "The handler was not called often enough.")
    const alarmMs = this.#world.object("OBJECTS", "one")?.alarmMs
    requireFact(alarmMs === null, "The alarm stands although its handler has returned.")
  }
}

export const alarms: Workload = { name: "alarms", weight: 1, play: (world) => new Alarms(world) }
