// Cadence: the instants a cron text names, by the clock of a time zone. The only file that knows the cron parser.
// Owns: which texts are taken, and what happens in the two nights a year on which a clock is changed.
//   C1. Every instant is asked for by the one before it, so an instant comes once.
//   C2. A local time that the clock skips ticks at the instant of the skip.
//   C3. A local time that comes twice ticks the first time. With `*` in the hours ticks go by elapsed time instead: what
//       is skipped is left out, what comes twice ticks twice.
// The parser is asked for local times alone, as if they were UTC: what it does with zones would not do.

import { Cron } from "croner"
import { BelayError } from "../../engine/errors.ts"
import { CRON_CHARACTERS_MAX } from "../../engine/limits.ts"
import { ZoneClock } from "./zone-clock.ts"

export interface Cadence {
  /** The first tick after this instant; `undefined` when there is none any more. */
  nextAfter(atMs: number): number | undefined
}

/**
 * Five fields, or six with the seconds first, or a nickname such as `@daily`.
 * @throws BelayError invalid_request, naming the field
 */
export function readCadence(cron: string, timeZone: string): Cadence {
  const clock = readTimeZone(timeZone)
  const job = readCron(cron)
  const nextLocal = (localMs: number) => job.nextRun(new Date(localMs))?.getTime()
  return hasAnyHour(cron) ? byElapsedTime(nextLocal, clock) : byLocalTime(nextLocal, clock)
}

/** @throws BelayError invalid_request when it cannot be read or never ticks */
export function requireCadence(cron: string, timeZone: string, nowMs: number): void {
  if (readCadence(cron, timeZone).nextAfter(nowMs) !== undefined) return
  throw misfit("cron", `"${cron}" names no instant that ever comes; give a day that exists.`)
}

type NextLocal = (localMs: number) => number | undefined

function byLocalTime(nextLocal: NextLocal, clock: ZoneClock): Cadence {
  return {
    nextAfter(atMs) {
      let localMs = nextLocal(clock.localMs(atMs))
      while (localMs !== undefined) {
        const tickMs = clock.firstInstantOf(localMs)
        if (tickMs > atMs) return tickMs
        localMs = nextLocal(localMs)
      }
      return undefined
    },
  }
}

function byElapsedTime(nextLocal: NextLocal, clock: ZoneClock): Cadence {
  return {
    nextAfter(atMs) {
      let fromMs = atMs
      for (;;) {
        const offset = clock.offsetMs(fromMs)
        const localMs = nextLocal(fromMs + offset - (fromMs === atMs ? 0 : 1))
        if (localMs === undefined) return undefined
        const tickMs = localMs - offset
        if (clock.offsetMs(tickMs) === offset) return tickMs
        // The clock is changed before: from there on it is another.
        fromMs = clock.changeBetween(fromMs, tickMs)
      }
    },
  }
}

function readTimeZone(timeZone: string): ZoneClock {
  try {
    return new ZoneClock(timeZone)
  } catch {
    throw misfit(
      "timeZone",
      `"${timeZone.slice(0, 60)}" is no time zone known here; give an IANA name such as Europe/Berlin.`,
    )
  }
}

function readCron(cron: string): Cron {
  if (cron.length > CRON_CHARACTERS_MAX) {
    throw misfit(
      "cron",
      `has ${cron.length} characters, ${CRON_CHARACTERS_MAX} are allowed; split it into several schedules.`,
    )
  }
  try {
    // The parser would take a date for a pattern that fires once; a single instant is a run's `startAt`.
    if (cron.includes(":")) throw new Error("a date is no cron text; start a run with startAt")
    return new Cron(cron, { timezone: "UTC", mode: "5-or-6-parts" })
  } catch (error) {
    const why =
      error instanceof Error
        ? error.message.replace(/^CronPattern: /, "").replace(/\.$/, "")
        : String(error)
    throw misfit(
      "cron",
      `"${cron}" is no cron text: ${why}. Give five fields (minute, hour, day, month, weekday), or six with seconds first.`,
    )
  }
}

function hasAnyHour(cron: string): boolean {
  const fields = cron.trim().split(/\s+/)
  if (fields.length === 1) return fields[0]?.toLowerCase() === "@hourly"
  const hours = fields.at(-4) ?? ""
  return hours === "*" || hours === "?"
}

function misfit(field: string, problem: string): BelayError {
  return new BelayError("invalid_request", `"${field}" ${problem}`, {
    fields: [{ field, problem }],
  })
}
