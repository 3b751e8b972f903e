// Time span: between which instants the runs of the list were created; typed in local time, kept as UTC.
// Owns: the two fields.

import { element } from "../element.ts"
import { labelled } from "../labelled.ts"

export class TimeSpan {
  readonly root: HTMLElement
  readonly #from = instantField("createdAfter")
  readonly #to = instantField("createdBefore")

  /** @param onChange told of both instants, as the URL has them; no text where there is none */
  constructor(onChange: (createdAfter: string, createdBefore: string) => void) {
    for (const field of [this.#from, this.#to]) {
      field.addEventListener("change", () => onChange(utcOf(this.#from), utcOf(this.#to)))
    }
    this.root = element(
      "div",
      { class: "time-span", hidden: true },
      labelled("From (your local time)", this.#from),
      labelled("To", this.#to),
    )
  }

  show(createdAfter: string, createdBefore: string): void {
    fill(this.#from, createdAfter)
    fill(this.#to, createdBefore)
  }

  open(isOpen: boolean): void {
    this.root.hidden = !isOpen
  }
}

function instantField(name: string): HTMLInputElement {
  return element("input", { name, type: "datetime-local" })
}

function utcOf(field: HTMLInputElement): string {
  return field.value === "" ? "" : new Date(field.value).toISOString()
}

function fill(field: HTMLInputElement, iso: string): void {
  if (utcOf(field) === iso) return
  const atMs = Date.parse(iso)
  const at = new Date(atMs)
  const local = new Date(atMs - at.getTimezoneOffset() * 60_000)
  field.value = Number.isNaN(atMs) ? "" : local.toISOString().slice(0, 16)
}
