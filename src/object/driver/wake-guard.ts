// Wake guard: what stands around every stretch of the driver: a throw in our own code costs the machine, not the run.
// Owns: the alarm of a wake that failed, and how often it did. Must not touch: what is done in the stretch.
//   G1. However often it throws, an alarm is set and the next wake replays (promise 12).
//   G2. Tables of newer code are left as they are; they are looked at again slowly.

import type { DriverParts } from "./driver-parts.ts"
import { wakeBackoffMs } from "../run-alarm.ts"
import { logFailure } from "../run-log.ts"
import { NEWER_TABLES_PROBE_MS, NewerTablesError } from "../store/schema.ts"

/** What the driver holds in memory and has to let go of. */
interface Memory {
  run(): string | undefined
  forgetRow(): void
  dropMachine(): void
}

export class WakeGuard {
  readonly #parts: DriverParts
  readonly #memory: Memory
  #failures = 0

  constructor(parts: DriverParts, memory: Memory) {
    this.#parts = parts
    this.#memory = memory
  }

  get hasFailed(): boolean {
    return this.#failures > 0
  }

  succeeded(): void {
    this.#failures = 0
  }

  /** @returns whether it went well. */
  run(work: () => void): boolean {
    try {
      work()
      return true
    } catch (error) {
      if (error instanceof NewerTablesError) return this.#isTooOld(error)
      const retryInMs = wakeBackoffMs(this.#failures++)
      this.#parts.alarm.afterFailure(Date.now() + retryInMs)
      const run = this.#memory.run()
      logFailure("A wake of the run failed; it is tried again.", error, { run, retryInMs })
      // The row in memory may be ahead of the one on disk.
      this.#memory.forgetRow()
      this.#despite(() => this.#memory.dropMachine())
      // Where even this is refused, the alarm alone leads back, and this object's memory of the failure.
      this.#despite(() => this.#parts.rows.markUnrested())
      this.#despite(() => this.#parts.changed())
      return false
    }
  }

  #isTooOld(error: NewerTablesError): false {
    const retryInMs = NEWER_TABLES_PROBE_MS
    this.#parts.alarm.afterFailure(Date.now() + retryInMs)
    logFailure("The code is older than the tables of the run.", error, { retryInMs })
    return false
  }

  #despite(work: () => void): void {
    try {
      work()
    } catch (error) {
      logFailure("After a failed wake something else failed, too.", error, {})
    }
  }
}
