// Schedules view: what begins runs by the clock: when next, what came of it, and what a person may do.
// Owns: what is asked, when; the verbs' requests. Must not touch: how a row or the form looks.

import * as v from "valibot"
import { addressOfRun } from "../../place.ts"
import { pathTo, withQuery } from "../api.ts"
import { confirmed } from "../dialog.ts"
import { button, element } from "../element.ts"
import { labelled } from "../labelled.ts"
import { KeyedList } from "../keyed-list.ts"
import { repeatWhileVisible } from "../pause.ts"
import { messageOf, problemPanel } from "../problem.ts"
import { offered } from "../roles.ts"
import { askWorkflows } from "../start/workflows.ts"
import { untilAnswered } from "../until-answered.ts"
import type { Desk, OpenView } from "../view.ts"
import { ScheduleForm } from "./schedule-form.ts"
import { SCHEDULE_COLUMNS, ScheduleRow, type ScheduleVerb } from "./schedule-row.ts"
import { SCHEDULE, SCHEDULES_PAGE, type Schedule } from "./schedule.ts"

const POLL_MS = 5_000
const PAGE_SIZE = 100

export function schedulesView(root: HTMLElement, desk: Desk): OpenView {
  return new SchedulesView(root, desk)
}

class SchedulesView implements OpenView {
  readonly #desk: Desk
  readonly #notes = element("div")
  readonly #form = element("div")
  readonly #more = element("div", { class: "pager" })
  readonly #table: HTMLElement
  readonly #list: KeyedList<Schedule>
  /** Pages that are shown; there are rarely more than one. */
  #pages = 1
  /** Aborted when another form is asked for. */
  #editing = new AbortController()

  constructor(root: HTMLElement, desk: Desk) {
    this.#desk = desk
    const body = element("tbody")
    this.#list = new KeyedList<Schedule>(
      body,
      ({ name }) => name,
      (schedule) => new ScheduleRow(schedule, (verb, each) => void this.#perform(verb, each)),
    )
    this.#table = element(
      "div",
      { class: "table", hidden: true },
      element(
        "table",
        { class: "schedules" },
        element("caption", { class: "unseen" }, "Schedules"),
        element(
          "thead",
          {},
          element(
            "tr",
            {},
            ...SCHEDULE_COLUMNS.map((name) =>
              name === ""
                ? element("td", {}, element("span", { class: "unseen" }, "Actions"))
                : element("th", { scope: "col" }, name),
            ),
          ),
        ),
        body,
      ),
    )
    root.replaceChildren(
      offered(
        desk.roles,
        "operate",
        "To make, change, run or pause a schedule",
        element(
          "div",
          { class: "buttons" },
          button("New schedule", () => void this.#edit()),
        ),
      ),
      this.#form,
      this.#notes,
      this.#table,
      this.#more,
    )
    void desk.roles.then((held) => this.#table.classList.toggle("looked-at", !held.has("operate")))
    void repeatWhileVisible(POLL_MS, desk.signal, () => this.#load())
  }

  moved(): void {
    void this.#load()
  }

  async #load(): Promise<boolean> {
    try {
      const { schedules, cursor } = await this.#ask()
      this.#list.show(schedules)
      this.#table.hidden = schedules.length === 0
      this.#notes.replaceChildren(...(schedules.length === 0 ? [noSchedules()] : []))
      const showMore = () => {
        this.#pages++
        void this.#load()
      }
      this.#more.replaceChildren(...(cursor === undefined ? [] : [button("More", showMore)]))
      return true
    } catch (error) {
      if (!this.#desk.signal.aborted)
        this.#notes.replaceChildren(problemPanel(error, () => void this.#load()))
      return false
    }
  }

  async #ask() {
    const { api, signal } = this.#desk
    const schedules: Schedule[] = []
    let cursor: string | undefined
    for (let page = 0; page < this.#pages; page++) {
      const path = withQuery("/v1/schedules", { cursor, limit: PAGE_SIZE })
      const answer = await api.ask(path, SCHEDULES_PAGE, { signal })
      schedules.push(...answer.schedules)
      cursor = answer.cursor
      if (cursor === undefined) break
    }
    return { schedules, cursor }
  }

  async #edit(before?: Schedule): Promise<void> {
    this.#editing.abort()
    this.#editing = new AbortController()
    const { api } = this.#desk
    const signal = AbortSignal.any([this.#desk.signal, this.#editing.signal])
    const workflows = await untilAnswered(this.#form, signal, () => askWorkflows(api, signal))
    if (workflows === undefined) return
    const close = () => this.#form.replaceChildren()
    const form = new ScheduleForm(this.#desk, workflows, before, {
      onDone: () => {
        close()
        void this.#load()
      },
      onCancel: close,
    })
    this.#form.replaceChildren(form.root)
    form.focus()
  }

  async #perform(verb: ScheduleVerb, schedule: Schedule): Promise<void> {
    const { name } = schedule
    if (verb === "edit") return this.#edit(schedule)
    const reason = element("input", { autocomplete: "off", maxlength: 1_000 })
    if (verb === "pause" && !(await confirmed(pausing(name, reason)))) return
    if (verb === "delete" && !(await confirmed(deleting(name)))) return
    try {
      await this.#send(verb, name, reason.value.trim())
    } catch (error) {
      this.#desk.say(messageOf(error), "bad")
    }
    await this.#load()
  }

  async #send(verb: Exclude<ScheduleVerb, "edit">, name: string, reason: string): Promise<void> {
    const { api, say, go } = this.#desk
    const path = pathTo("v1", "schedules", name)
    if (verb === "delete") {
      await api.ask(path, v.unknown(), { method: "DELETE" })
      say(`${name} is deleted. Its runs stay.`)
    } else if (verb === "trigger") {
      const { id } = await api.ask(`${path}/trigger`, v.looseObject({ id: v.string() }), {
        method: "POST",
        body: {},
      })
      say(`Started ${id}.`)
      go(addressOfRun(id))
    } else {
      const body = reason === "" ? {} : { reason }
      await api.ask(`${path}/${verb}`, SCHEDULE, { method: "POST", body })
      say(verb === "pause" ? `${name} stands still.` : `${name} goes on.`)
    }
  }
}

function pausing(name: string, reason: HTMLElement) {
  return {
    title: `Pause ${name}?`,
    lines: ["It begins nothing by itself until it is resumed. Runs that have begun go on."],
    fields: [labelled("Reason (optional)", reason)],
    verb: "Pause it",
  }
}

function deleting(name: string) {
  return {
    title: `Delete ${name}?`,
    lines: ["What it had still to begin is forgotten. Its runs stay."],
    verb: "Delete it",
    isDangerous: true,
  }
}

function noSchedules(): HTMLElement {
  return element(
    "div",
    { class: "panel empty" },
    element("p", {}, "No schedule begins runs here yet."),
    element(
      "p",
      { class: "quiet" },
      "Make one above, or declare it in code: ",
      element("code", {}, 'belay.schedule("nightly", "0 3 * * *", workflow)'),
    ),
  )
}
