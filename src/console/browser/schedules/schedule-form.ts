// Schedule form: makes a schedule, or makes an existing one into something else.
// Owns: the fields and the request made of them.

import { pathTo } from "../api.ts"
import { button, element } from "../element.ts"
import { JsonField } from "../json-field.ts"
import { labelled } from "../labelled.ts"
import { messageOf } from "../problem.ts"
import type { Workflow } from "../start/workflows.ts"
import { readTags, tagText } from "../tag-text.ts"
import type { Desk } from "../view.ts"
import { MISSED, OVERLAPS, SCHEDULE, type Schedule } from "./schedule.ts"

interface Told {
  readonly onDone: () => void
  readonly onCancel: () => void
}

export class ScheduleForm {
  readonly root: HTMLFormElement
  readonly #desk: Desk
  readonly #told: Told
  readonly #before: Schedule | undefined
  readonly #workflows: readonly Workflow[]
  readonly #name: HTMLInputElement
  readonly #workflow: HTMLSelectElement
  readonly #cron: HTMLInputElement
  readonly #zone: HTMLInputElement
  readonly #overlap: HTMLSelectElement
  readonly #missed: HTMLSelectElement
  readonly #tags: HTMLInputElement
  readonly #input = new JsonField({
    label: "Input of each run, the list of arguments as JSON",
    rows: 4,
    whenEmpty: [],
    refuse: (value) =>
      Array.isArray(value) ? undefined : "The input is the list of arguments: put it in [ ].",
  })
  readonly #problem = element("p", { class: "field-problem", role: "alert" })

  /** @param before the schedule to change; a new one without */
  constructor(
    desk: Desk,
    workflows: readonly Workflow[],
    before: Schedule | undefined,
    told: Told,
  ) {
    this.#desk = desk
    this.#told = told
    this.#before = before
    this.#workflows = workflows
    const names = workflows.map(({ name }) => [name, name] as const)
    this.#name = field("name", before?.name ?? "", { required: true, class: "id" })
    this.#name.readOnly = before !== undefined
    this.#workflow = choice(names, before?.workflow ?? workflows[0]?.name ?? "")
    this.#cron = field("cron", before?.cron ?? "0 3 * * *", {
      required: true,
      class: "id",
      title: "minute hour day month weekday, or six fields with seconds first",
    })
    this.#zone = field("timeZone", before?.timeZone ?? localZone(), { list: "time-zones" })
    this.#overlap = choice(OVERLAPS, before?.overlap ?? "skip")
    this.#missed = choice(MISSED, before?.missed ?? "one")
    this.#tags = field("tags", tagText(before?.tags ?? {}), { placeholder: "team=payments" })
    if (before === undefined) this.#showExample()
    else this.#input.show(before.input)
    this.#workflow.addEventListener("change", () => this.#showExample())
    this.root = this.#draw()
  }

  focus(): void {
    if (this.#before === undefined) this.#name.focus()
    else this.#cron.focus()
  }

  #draw(): HTMLFormElement {
    const title = this.#before === undefined ? "New schedule" : `Change ${this.#before.name}`
    const form = element(
      "form",
      { class: "panel", "aria-label": title },
      element("h2", {}, title),
      element(
        "div",
        { class: "field-grid" },
        labelled("Name", this.#name),
        labelled("Workflow", this.#workflow),
        labelled("Cron", this.#cron),
        labelled("Time zone", this.#zone),
        labelled("When an earlier run goes on", this.#overlap),
        labelled("Of ticks that were missed", this.#missed),
        labelled("Tags", this.#tags),
      ),
      zones(),
      this.#input.root,
      this.#problem,
      element(
        "div",
        { class: "buttons" },
        element(
          "button",
          { class: "primary" },
          this.#before === undefined ? "Make it" : "Change it",
        ),
        button("Leave it", this.#told.onCancel),
      ),
    )
    form.addEventListener("submit", (event) => {
      event.preventDefault()
      void this.#put()
    })
    return form
  }

  #showExample(): void {
    const chosen = this.#workflows.find(({ name }) => name === this.#workflow.value)
    this.#input.show(chosen?.example ?? [])
  }

  async #put(): Promise<void> {
    const input = this.#input.read()
    const tags = readTags(this.#tags.value)
    if (input === undefined) return
    if (typeof tags === "string") return void (this.#problem.textContent = tags)
    const name = this.#name.value
    const body = {
      // What stands in no field here stays as it is.
      ...(this.#before?.version !== undefined && { version: this.#before.version }),
      workflow: this.#workflow.value,
      cron: this.#cron.value.trim(),
      timeZone: this.#zone.value.trim(),
      overlap: this.#overlap.value,
      missed: this.#missed.value,
      input: input.value,
      tags,
    }
    try {
      const path = pathTo("v1", "schedules", name)
      await this.#desk.api.ask(path, SCHEDULE, { method: "PUT", body })
      this.#desk.say(`${name}: it stands.`)
      this.#told.onDone()
    } catch (error) {
      this.#problem.textContent = messageOf(error)
    }
  }
}

function field(
  name: string,
  value: string,
  settings: Readonly<Record<string, string | boolean>> = {},
): HTMLInputElement {
  const made = element("input", { name, autocomplete: "off", spellcheck: "false", ...settings })
  made.value = value
  return made
}

function choice(options: readonly (readonly [string, string])[], value: string): HTMLSelectElement {
  const made = element(
    "select",
    {},
    ...options.map(([each, label]) => element("option", { value: each }, label)),
  )
  made.value = value
  return made
}

function localZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone
}

function zones(): HTMLElement {
  const names = ["UTC", ...Intl.supportedValuesOf("timeZone")]
  return element(
    "datalist",
    { id: "time-zones" },
    ...names.map((name) => element("option", { value: name })),
  )
}
