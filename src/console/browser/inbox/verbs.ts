// Verbs: what a person may do with a halted run, as one form: choose, say why, do it.
// Owns: the form and its requests. Must not touch: what comes of it; the list asks again.

import { RUN, type Entry } from "../answers.ts"
import { pathTo } from "../api.ts"
import { confirmed } from "../dialog.ts"
import { element, setText, type Child } from "../element.ts"
import { labelled } from "../labelled.ts"
import { JsonField } from "../json-field.ts"
import { messageOf } from "../problem.ts"
import type { Desk } from "../view.ts"
import { entryTitle, placesOf, stepsOf, type Past } from "./past.ts"

type Verb = "retry" | "from" | "skip" | "kill"

const BUTTONS: Readonly<Record<Verb, string>> = {
  retry: "Retry",
  from: "Retry from there",
  skip: "Skip",
  kill: "Kill…",
}

/** More of them nobody reads in a list; the run's own view has every entry. */
const CHOICES_MAX = 200

let count = 0

export class HaltVerbs {
  readonly root: HTMLFormElement
  readonly #desk: Desk
  readonly #runId: string
  readonly #onDone: () => void
  readonly #name = `verb-${++count}`
  readonly #from = element("select", { "aria-label": "Entry to go back to" })
  readonly #step = element("select", { "aria-label": "Step to skip" })
  readonly #value = new JsonField({
    label: "Its outcome, as JSON",
    rows: 2,
    hint: "Nothing means undefined.",
    whenEmpty: undefined,
  })
  readonly #reason = element("input", { autocomplete: "off", maxlength: 1_000 })
  readonly #button = element("button")
  readonly #problem = element("p", { class: "field-problem", role: "alert" })

  constructor(desk: Desk, runId: string, onDone: () => void) {
    this.#desk = desk
    this.#runId = runId
    this.#onDone = onDone
    this.root = element(
      "form",
      { class: "verbs" },
      element(
        "fieldset",
        {},
        element("legend", {}, "What shall happen?"),
        this.#choice("retry", true, "Retry: go on from what stopped it"),
        this.#choice(
          "from",
          false,
          "Retry from an earlier entry; what came after it is forgotten",
          this.#from,
        ),
        this.#choice(
          "skip",
          false,
          "Skip: give a step's outcome by hand, and go on",
          this.#step,
          this.#value.root,
        ),
        this.#choice("kill", false, "Kill: end it where it stands, with no cleanup"),
      ),
      labelled("Reason, kept in the journal", this.#reason),
      this.#problem,
      element("div", { class: "buttons" }, this.#button),
    )
    this.#nameButton()
    this.root.addEventListener("change", () => this.#nameButton())
    this.root.addEventListener("submit", (event) => {
      event.preventDefault()
      void this.#perform()
    })
  }

  /** Where one can go on from. */
  show(past: Past): void {
    this.#from.replaceChildren(...placesOf(past).slice(0, CHOICES_MAX).map(option))
    const steps = stepsOf(past).slice(0, CHOICES_MAX)
    this.#step.replaceChildren(...steps.map(option))
    // What is recorded is what a person changes.
    const showValue = () => {
      this.#value.show(steps.find(({ path }) => path === this.#step.value)?.value)
    }
    this.#step.addEventListener("change", showValue)
    showValue()
  }

  #nameButton(): void {
    const verb = new FormData(this.root).get(this.#name) as Verb
    setText(this.#button, BUTTONS[verb])
    this.#button.className = verb === "kill" ? "danger" : "primary"
  }

  #choice(verb: Verb, isChosen: boolean, label: string, ...more: readonly Child[]): HTMLElement {
    const radio = element("input", {
      type: "radio",
      name: this.#name,
      value: verb,
      checked: isChosen,
    })
    return element(
      "div",
      { class: "choice-line" },
      element("label", { class: "choice-label" }, radio, label),
      more.length === 0 ? undefined : element("div", { class: "choice-more" }, ...more),
    )
  }

  async #perform(): Promise<void> {
    const verb = new FormData(this.root).get(this.#name) as Verb
    const request = this.#requestFor(verb)
    if (request === undefined) return
    if (verb === "kill" && !(await this.#confirmKill())) return
    try {
      const path = pathTo("v1", "runs", this.#runId, request.verb)
      await this.#desk.api.ask(path, RUN, { method: "POST", body: request.body })
      this.#problem.textContent = ""
      this.#desk.say(`${this.#runId}: ${request.told}.`)
      this.#onDone()
    } catch (error) {
      this.#problem.textContent = messageOf(error)
    }
  }

  #requestFor(verb: Verb) {
    const reason = this.#reason.value.trim()
    const why = reason === "" ? {} : { reason }
    switch (verb) {
      case "retry":
        return { verb: "retry", body: why, told: "retried" }
      case "from":
        return { verb: "retry", body: { ...why, from: this.#from.value }, told: "retried" }
      case "skip": {
        const read = this.#value.read()
        if (read === undefined) return undefined
        const body = { ...why, path: this.#step.value, value: read.value }
        return { verb: "skip", body, told: "goes on with the given outcome" }
      }
      case "kill":
        return { verb: "kill", body: why, told: "killed" }
    }
  }

  #confirmKill(): Promise<boolean> {
    return confirmed({
      title: "Kill this run?",
      lines: [
        element("span", { class: "id" }, this.#runId),
        "It ends where it stands: no cleanup, no compensation. That cannot be taken back.",
      ],
      verb: "Kill it",
      isDangerous: true,
    })
  }
}

function option(entry: Entry): HTMLOptionElement {
  return element("option", { value: entry.path }, entryTitle(entry))
}
