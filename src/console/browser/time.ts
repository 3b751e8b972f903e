// Time: instants and ages on the page.
// Owns: local time shown, UTC on hover; the one clock that lets ages tick.
//   M1. Every instant is a `time` element whose `datetime` is the server's own text.

import { distanceText, dueText, durationText } from "./duration.ts"
import { element, setText } from "./element.ts"

const TICK_MS = 1_000

const CLOCK = new Intl.DateTimeFormat(undefined, {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
})
const DAY_AND_CLOCK = new Intl.DateTimeFormat(undefined, {
  month: "short",
  day: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
})
const WHOLE = new Intl.DateTimeFormat(undefined, {
  year: "numeric",
  month: "short",
  day: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
})

const PRECISE: Intl.DateTimeFormatOptions = {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  fractionalSecondDigits: 3,
}
const PRECISE_CLOCK = new Intl.DateTimeFormat(undefined, PRECISE)
const PRECISE_DAY = new Intl.DateTimeFormat(undefined, {
  ...PRECISE,
  month: "short",
  day: "numeric",
})

/** With its milliseconds: of what is compared with its neighbours. */
export function showPrecise(target: HTMLTimeElement, iso: string): void {
  const at = new Date(iso)
  const isToday = at.toDateString() === new Date().toDateString()
  setText(target, (isToday ? PRECISE_CLOCK : PRECISE_DAY).format(at))
  target.dateTime = iso
  target.title = utcText(iso)
}

/** The instant in local time, as short as it is clear: today without the day, this year without the year. */
export function timeElement(iso: string): HTMLTimeElement {
  return element("time", { datetime: iso, title: utcText(iso) }, localText(new Date(iso)))
}

/** How long ago, or how soon; it ticks. */
export function ageElement(iso: string): HTMLTimeElement {
  return ticking(iso, "age")
}

/** How soon, and "now" when it is due; it ticks. */
export function dueElement(iso: string): HTMLTimeElement {
  return ticking(iso, "due")
}

function ticking(iso: string, kind: "age" | "due"): HTMLTimeElement {
  const title = `${localText(new Date(iso))} · ${utcText(iso)}`
  const made = element("time", { datetime: iso, title, "data-tick": kind })
  draw(made)
  return made
}

/** How long between two instants; without the second it ticks up to now. */
export function durationElement(fromIso: string, toIso?: string): HTMLElement {
  if (toIso !== undefined) {
    const title = `${utcText(fromIso)} to ${utcText(toIso)}`
    return element("span", { title }, durationText(Date.parse(toIso) - Date.parse(fromIso)))
  }
  const made = element("time", {
    datetime: fromIso,
    title: `since ${utcText(fromIso)}`,
    "data-tick": "since",
  })
  draw(made)
  return made
}

function utcText(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 23)} UTC`
}

function localText(at: Date): string {
  const now = new Date()
  if (at.toDateString() === now.toDateString()) return CLOCK.format(at)
  return at.getFullYear() === now.getFullYear() ? DAY_AND_CLOCK.format(at) : WHOLE.format(at)
}

const WORDS: Readonly<Record<string, (fromNowMs: number) => string>> = {
  age: distanceText,
  due: dueText,
}

function draw(target: HTMLTimeElement): void {
  const fromNowMs = Date.parse(target.dateTime) - Date.now()
  const words = WORDS[target.dataset["tick"] ?? ""] ?? ((ms: number) => durationText(-ms))
  setText(target, words(fromNowMs))
}

/** Lets every age on the page tick, while somebody can see it. */
export function startTicking(): void {
  setInterval(() => {
    if (document.hidden) return
    for (const each of document.querySelectorAll<HTMLTimeElement>("time[data-tick]")) draw(each)
  }, TICK_MS)
}
