// Duration: lengths of time as short text. Pure.

const SECOND_MS = 1_000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

/** `340 ms`, `2.4 s`, `3 min 20 s`, `5 h 10 min`, `12 d 4 h` */
export function durationText(ms: number): string {
  if (ms < SECOND_MS) return `${Math.max(0, Math.round(ms))} ms`
  if (ms < 10 * SECOND_MS) return `${(Math.floor(ms / 100) / 10).toFixed(1)} s`
  if (ms < MINUTE_MS) return `${Math.floor(ms / SECOND_MS)} s`
  if (ms < HOUR_MS) return pair(ms, MINUTE_MS, "min", SECOND_MS, "s")
  if (ms < DAY_MS) return pair(ms, HOUR_MS, "h", MINUTE_MS, "min")
  return pair(ms, DAY_MS, "d", HOUR_MS, "h")
}

/** `just now`, `12 s ago`, `now`, `in 3 min`: one unit, so that it changes seldom. */
export function distanceText(fromNowMs: number): string {
  const ms = Math.abs(fromNowMs)
  if (fromNowMs > 0 && ms < SECOND_MS) return "now"
  if (fromNowMs <= 0 && ms < 2 * SECOND_MS) return "just now"
  const [unitMs, unit] = (
    [
      [DAY_MS, "d"],
      [HOUR_MS, "h"],
      [MINUTE_MS, "min"],
    ] as const
  ).find(([each]) => ms >= each) ?? [SECOND_MS, "s"]
  const text = `${Math.floor(ms / unitMs)} ${unit}`
  return fromNowMs > 0 ? `in ${text}` : `${text} ago`
}

/** Of what is to come: `in 12 s`, and `now` when it is due, however long ago that was. */
export function dueText(fromNowMs: number): string {
  return distanceText(Math.max(fromNowMs, 1))
}

function pair(ms: number, bigMs: number, big: string, smallMs: number, small: string): string {
  const rest = Math.floor((ms % bigMs) / smallMs)
  const whole = `${Math.floor(ms / bigMs)} ${big}`
  return rest === 0 ? whole : `${whole} ${rest} ${small}`
}
