// Start form: one start of one workflow: its input, its id, and what else a start may carry.
// Owns: the fields and the request made of them. Must not touch: which workflow (start-view.ts).

import { addressOfRun } from "../../place.ts"
import { RUN } from "../answers.ts"
import { ApiError, pathTo } from "../api.ts"
import { button, element } from "../element.ts"
import { JsonField } from "../json-field.ts"
import { labelled } from "../labelled.ts"
import { messageOf } from "../problem.ts"
import { offered } from "../roles.ts"
import { readTags, tagText } from "../tag-text.ts"
import { valueLine } from "../value.ts"
import type { Desk } from "../view.ts"
import { ExampleFirst } from "./example-first.ts"
import { FaultField } from "./fault-field.ts"
import { askLastInput, askWorkflows, type Workflow } from "./workflows.ts"

const SECOND_MS = 1_000

export class StartForm {
  readonly root: HTMLElement
  readonly #desk: Desk
  readonly #workflow: Workflow
  readonly #input = new JsonField({
    label: "Input, the list of arguments as JSON",
    rows: 8,
    refuse: (value) =>
      Array.isArray(value) ? undefined : "The input is the list of arguments: put it in [ ].",
    onInput: () => this.#first.follow(this.#input.holds(this.#example)),
  })
  readonly #first = new ExampleFirst()
  readonly #fault = new FaultField()
  #example: unknown
  readonly #id = element("input", {
    name: "id",
    required: true,
    autocomplete: "off",
    spellcheck: "false",
    class: "id",
  })
  readonly #version = element("select", { name: "version" })
  readonly #tags = element("input", {
    name: "tags",
    autocomplete: "off",
    placeholder: "team=payments, order=42",
  })
  readonly #timeout = element("input", { name: "timeout", type: "number", min: 1, step: "any" })
  readonly #startAt = element("input", { name: "startAt", type: "datetime-local", step: 1 })
  readonly #problem = element("div", { class: "field-problem", role: "alert" })
  readonly #choices = element("div", { class: "buttons" })

  constructor(desk: Desk, workflow: Workflow) {
    this.#desk = desk
    this.#workflow = workflow
    this.#fillVersions()
    this.#showExample(workflow)
    this.#drawChoices()
    void this.#offerFault()
    this.root = this.#draw()
    void this.#offerLastInput()
  }

  #draw(): HTMLElement {
    const { name } = this.#workflow
    const form = element(
      "form",
      { class: "panel start-form", "aria-labelledby": "workflow-name" },
      element("h2", { id: "workflow-name", class: "id" }, name),
      this.#choices,
      this.#input.root,
      this.#first.root,
      element(
        "div",
        { class: "field-row" },
        labelled("Run id", this.#id),
        button("Another id", () => (this.#id.value = newId(name))),
      ),
      element(
        "details",
        { class: "more" },
        element("summary", {}, "Version, tags, timeout, later start"),
        element(
          "div",
          { class: "field-grid" },
          labelled("Version", this.#version),
          labelled("Tags", this.#tags),
          labelled("Timeout, in seconds", this.#timeout),
          labelled("Not before (your local time)", this.#startAt),
        ),
      ),
      this.#fault.root,
      this.#problem,
      offered(
        this.#desk.roles,
        "start",
        "To start a run",
        element(
          "div",
          { class: "buttons" },
          element("button", { class: "primary" }, "Start the run"),
        ),
      ),
    )
    form.addEventListener("submit", (event) => {
      event.preventDefault()
      void this.#start()
    })
    form.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit()
    })
    return form
  }

  #fillVersions(): void {
    const newest = this.#workflow.versions.toReversed()
    this.#version.append(
      ...newest.map((version, index) =>
        element("option", { value: version }, index === 0 ? `${version} (newest)` : `${version}`),
      ),
    )
  }

  #showExample(workflow: Workflow): void {
    const { name, example = [], exampleId } = workflow
    this.#example = example
    this.#input.show(example)
    this.#first.show(workflow)
    this.#id.value = exampleId ?? newId(name)
  }

  async #offerFault(): Promise<void> {
    const { api, signal } = this.#desk
    try {
      await this.#fault.showWhere(api, signal)
    } catch (error) {
      // Without an answer nobody knows that this is a development server.
      if (!signal.aborted && !(error instanceof ApiError)) throw error
    }
  }

  /** Some are new each time they are asked for. */
  async #askExample(): Promise<void> {
    const { api, signal, say } = this.#desk
    try {
      const workflows = await askWorkflows(api, signal)
      this.#showExample(
        workflows.find(({ name }) => name === this.#workflow.name) ?? this.#workflow,
      )
    } catch (error) {
      if (!signal.aborted) say(messageOf(error), "bad")
    }
  }

  #drawChoices(...more: readonly HTMLElement[]): void {
    const { example } = this.#workflow
    this.#choices.replaceChildren(
      ...(example === undefined ? [] : [button("A fresh example", () => void this.#askExample())]),
      ...more,
    )
    this.#choices.hidden = this.#choices.childElementCount === 0
  }

  /** What the newest run had; shown at once where there is no example. */
  async #offerLastInput(): Promise<void> {
    const { api, signal } = this.#desk
    try {
      const last = await askLastInput(api, this.#workflow.name, signal)
      if (last === undefined) return
      const show = () => {
        this.#input.show(last.input)
        this.#first.follow(this.#input.holds(this.#example))
        this.#tags.value = tagText(last.tags)
        this.#id.value = newId(this.#workflow.name)
      }
      this.#drawChoices(button("The last input", show, { title: `Of run ${last.runId}` }))
      if (this.#workflow.example === undefined) show()
    } catch (error) {
      if (signal.aborted) return
      this.#drawChoices(
        element("span", { class: "quiet" }, `The last input is not known: ${messageOf(error)}`),
      )
    }
  }

  async #start(): Promise<void> {
    this.#problem.replaceChildren()
    const input = this.#input.read()
    const tags = readTags(this.#tags.value)
    if (input === undefined) return
    if (typeof tags === "string") return this.#problem.replaceChildren(tags)
    const fault = this.#fault.read()
    if ("problem" in fault) return this.#problem.replaceChildren(fault.problem)
    const id = this.#id.value
    const body = {
      workflow: this.#workflow.name,
      input: input.value,
      version: Number(this.#version.value),
      ...(Object.keys(tags).length > 0 && { tags }),
      ...(this.#timeout.value !== "" && {
        timeoutMs: Math.round(Number(this.#timeout.value) * SECOND_MS),
      }),
      ...(this.#startAt.value !== "" && { startAt: new Date(this.#startAt.value).toISOString() }),
    }
    const { api, signal } = this.#desk
    const { headers } = fault
    try {
      await this.#first.perform(api, signal)
      const question = { method: "POST", body, headers } as const
      const run = await api.ask(pathTo("v1", "runs", id), RUN, question)
      this.#desk.go(addressOfRun(run.id))
    } catch (error) {
      if (signal.aborted) return
      this.#problem.replaceChildren(element("p", {}, messageOf(error)), ...adviceFor(error, id))
    }
  }
}

function adviceFor(error: unknown, id: string): HTMLElement[] {
  if (!(error instanceof ApiError)) return []
  if (error.code === "run_conflict") {
    return [
      element(
        "p",
        {},
        "Choose another id, or ",
        element("a", { href: addressOfRun(id) }, "open the run that has it"),
        ".",
      ),
    ]
  }
  return error.details === undefined
    ? []
    : [element("p", { class: "id quiet" }, valueLine(error.details))]
}

/** Nobody else will have it, and a person can still say it. */
function newId(workflow: string): string {
  const random = crypto.getRandomValues(new Uint32Array(2))
  return `${workflow}-${[...random]
    .map((part) => part.toString(36).padStart(7, "0"))
    .join("")
    .slice(0, 10)}`
}
