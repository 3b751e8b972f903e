// Schedule row: one schedule in the table, with what can be done with it.
// Owns: its cells and buttons. Must not touch: the requests.

import { addressOfRun } from "../../place.ts"
import { button, element } from "../element.ts"
import type { Row } from "../keyed-list.ts"
import { statusBadge } from "../status.ts"
import { ageElement, timeElement } from "../time.ts"
import type { Schedule } from "./schedule.ts"

export const SCHEDULE_COLUMNS = ["Schedule", "When", "Next", "Newest run", "Runs", ""] as const

export type ScheduleVerb = "pause" | "resume" | "trigger" | "edit" | "delete"

export class ScheduleRow implements Row<Schedule> {
  readonly root: HTMLTableRowElement
  readonly #cells: readonly HTMLTableCellElement[]
  readonly #toggle: HTMLButtonElement
  #schedule: Schedule
  #drawn = ""

  constructor(schedule: Schedule, onVerb: (verb: ScheduleVerb, schedule: Schedule) => void) {
    this.#schedule = schedule
    const tell = (verb: ScheduleVerb) => () => onVerb(verb, this.#schedule)
    const { name } = schedule
    const named = (verb: string) => ({ "aria-label": `${verb} ${name}` })
    this.#toggle = button("", () =>
      onVerb(this.#schedule.paused ? "resume" : "pause", this.#schedule),
    )
    const buttons = element(
      "div",
      { class: "buttons" },
      button("Run now", tell("trigger"), named("Run now:")),
      this.#toggle,
      button("Change", tell("edit"), named("Change")),
      button("Delete", tell("delete"), named("Delete")),
    )
    this.#cells = SCHEDULE_COLUMNS.map((column) => element("td", { "data-column": column }))
    this.#cells.at(-1)?.append(buttons)
    this.root = element("tr", {}, ...this.#cells)
  }

  update(schedule: Schedule): void {
    const drawn = JSON.stringify(schedule)
    if (drawn === this.#drawn) return
    this.#drawn = drawn
    this.#schedule = schedule
    const [name, when, next, newest, runs] = this.#cells
    const verb = schedule.paused ? "Resume" : "Pause"
    this.#toggle.textContent = verb
    this.#toggle.setAttribute("aria-label", `${verb} ${schedule.name}`)
    name?.replaceChildren(
      element("strong", { class: "id" }, schedule.name),
      element("div", { class: "quiet" }, schedule.workflow),
    )
    when?.replaceChildren(
      element("code", {}, schedule.cron),
      element("div", { class: "quiet" }, schedule.timeZone),
    )
    next?.replaceChildren(...nextOf(schedule))
    newest?.replaceChildren(...newestOf(schedule))
    runs?.replaceChildren(...countersOf(schedule))
  }
}

function nextOf(schedule: Schedule): HTMLElement[] {
  const { paused, pausedBy, pausedReason, nextAt, nextTimes, backfilling } = schedule
  const backfill =
    backfilling === 0
      ? []
      : [element("div", { class: "quiet" }, `${backfilling} to be made up for`)]
  if (paused) {
    const why = [pausedReason, pausedBy && `by ${pausedBy}`].filter(Boolean).join(", ")
    return [statusBadge("paused"), element("div", { class: "quiet" }, why), ...backfill]
  }
  if (nextAt === undefined) return [element("span", { class: "quiet" }, "never"), ...backfill]
  return [
    element("div", {}, ageElement(nextAt)),
    element("div", { class: "quiet" }, timeElement(nextAt)),
    ...(nextTimes.length > 1 ? [laterTimes(nextTimes.slice(1))] : []),
    ...backfill,
  ]
}

function laterTimes(times: readonly string[]): HTMLElement {
  return element(
    "details",
    { class: "later quiet" },
    element("summary", {}, `then ${times.length} more`),
    element("ul", {}, ...times.map((time) => element("li", {}, timeElement(time)))),
  )
}

function newestOf({ lastRun, lastAt, lastError, name }: Schedule): HTMLElement[] {
  const parts: HTMLElement[] = []
  if (lastRun !== undefined) {
    // Its id is the schedule's name, which stands beside it already, and the instant.
    const [, instant] = /\/(\d{4}-[\d-]+T[\d:.]+Z)/.exec(lastRun.id.slice(name.length)) ?? []
    const label = instant === undefined ? lastRun.id : timeElement(instant)
    const href = addressOfRun(lastRun.id)
    parts.push(element("a", { href, title: lastRun.id }, label))
    if (lastRun.status !== undefined) parts.push(element("div", {}, statusBadge(lastRun.status)))
    else if (lastAt !== undefined)
      parts.push(element("div", { class: "quiet" }, ageElement(lastAt)))
  }
  if (lastError !== undefined) {
    parts.push(element("div", { class: "field-problem" }, `refused: ${lastError.message}`))
  }
  return parts.length === 0 ? [element("span", { class: "quiet" }, "none yet")] : parts
}

function countersOf({ counters }: Schedule): HTMLElement[] {
  return Object.entries(counters)
    .filter(([word, count]) => word === "started" || Number(count) > 0)
    .map(([word, count]) => element("div", { class: "number" }, `${String(count)} ${word}`))
}
