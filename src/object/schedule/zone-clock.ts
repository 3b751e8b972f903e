// Zone clock: how far the clock of a time zone is ahead of UTC, and when that changes.
// Owns: which names of zones are taken. A local time is a number of ms as if the clock on the wall showed UTC.

/** Far enough from any change of a clock, near enough to meet no second one. */
const DAY_MS = 24 * 60 * 60 * 1000

export class ZoneClock {
  readonly #format: Intl.DateTimeFormat

  /** @throws RangeError for a zone that is not known */
  constructor(timeZone: string) {
    this.#format = new Intl.DateTimeFormat("en", { timeZone, timeZoneName: "longOffset" })
  }

  localMs(atMs: number): number {
    return atMs + this.offsetMs(atMs)
  }

  /** Reads "GMT+01:00"; "GMT" is none. Before the zones, towns had seconds of their own. */
  offsetMs(atMs: number): number {
    const parts = this.#format.formatToParts(atMs)
    const name = parts.find(({ type }) => type === "timeZoneName")?.value ?? ""
    const [, sign, hours, minutes, seconds] = /([+-])(\d+):(\d+)(?::(\d+))?/.exec(name) ?? []
    const size = Number(hours ?? 0) * 3_600 + Number(minutes ?? 0) * 60 + Number(seconds ?? 0)
    return (sign === "-" ? -size : size) * 1_000
  }

  /** The first instant at which the clock shows this local time; where it skips it, the instant it does so. */
  firstInstantOf(localMs: number): number {
    const before = this.offsetMs(localMs - DAY_MS)
    const after = this.offsetMs(localMs + DAY_MS)
    for (const offset of [before, after].sort((left, right) => right - left)) {
      if (this.offsetMs(localMs - offset) === offset) return localMs - offset
    }
    return this.changeBetween(localMs - after, localMs - before)
  }

  /** The instant of the change between these two, at which the clock is not the same. */
  changeBetween(fromMs: number, toMs: number): number {
    const offset = this.offsetMs(fromMs)
    let sameMs = fromMs
    let otherMs = toMs
    while (otherMs - sameMs > 1) {
      const middleMs = Math.floor((sameMs + otherMs) / 2)
      if (this.offsetMs(middleMs) === offset) sameMs = middleMs
      else otherMs = middleMs
    }
    return otherMs
  }
}
