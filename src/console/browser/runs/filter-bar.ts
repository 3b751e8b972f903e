// Filter bar: the fields by which the list of runs is filtered, besides the status.
// Owns: the fields. Must not touch: the URL; it tells what was chosen.

import type { Stats } from "../answers.ts"
import { element } from "../element.ts"
import { labelled } from "../labelled.ts"
import { isFiltered, type FilterChanges } from "./filters.ts"
import { TimeSpan } from "./time-span.ts"

/** What is typed is asked for when the typing pauses. */
const TYPING_MS = 300

/** Stands for two instants, which are filters of their own. */
const BETWEEN = "between"

interface Told {
  /** Chosen from a list: a step one can go back from. */
  readonly onChoose: (changes: FilterChanges) => void
  /** Typed: the address changes without a step. */
  readonly onType: (changes: FilterChanges) => void
  readonly onOpen: (id: string) => void
  readonly onClear: () => void
}

export class FilterBar {
  readonly root: HTMLElement
  readonly #told: Told
  readonly #id: HTMLInputElement
  readonly #tag: HTMLInputElement
  readonly #parent: HTMLInputElement
  readonly #workflow = element("select", { name: "workflow" })
  readonly #since: HTMLSelectElement
  readonly #span: TimeSpan
  readonly #version = element("button", { type: "button", hidden: true })
  readonly #order: HTMLSelectElement
  readonly #clear: HTMLButtonElement
  #workflows = ""
  #isFiltered = false

  constructor(told: Told) {
    this.#told = told
    this.#id = this.#typed("idPrefix", "begins with …")
    this.#id.title = "Enter opens the run of exactly this id"
    this.#tag = this.#typed("tag", "name:value")
    this.#parent = this.#typed("parent", "a run's id")
    this.#span = new TimeSpan((after, before) =>
      told.onChoose({ since: [], createdAfter: [after], createdBefore: [before] }),
    )
    this.#since = select("since", [
      ["", "at any time"],
      ["15m", "in the last 15 minutes"],
      ["1h", "in the last hour"],
      ["24h", "in the last 24 hours"],
      ["7d", "in the last 7 days"],
      [BETWEEN, "between …"],
    ])
    this.#since.addEventListener("change", () => this.#chooseSince())
    this.#order = select("order", [
      ["", "newest first"],
      ["oldest", "oldest first"],
    ])
    this.#order.addEventListener("change", () => told.onChoose({ order: [this.#order.value] }))
    this.#workflow.addEventListener("change", () =>
      // A version is one of a workflow's.
      told.onChoose({ workflow: [this.#workflow.value], version: [] }),
    )
    this.#clear = element(
      "button",
      { type: "button", class: "link", on: { click: told.onClear } },
      "Clear the filters",
    )
    this.#version.addEventListener("click", () => told.onChoose({ version: [] }))
    this.#id.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && this.#id.value !== "") told.onOpen(this.#id.value)
    })
    this.root = element(
      "div",
      { class: "filters", role: "search", "aria-label": "Runs" },
      labelled("Run id", this.#id),
      labelled("Workflow", this.#workflow),
      labelled("Tag", this.#tag),
      labelled("Parent", this.#parent),
      labelled("Created", this.#since),
      labelled("Order", this.#order),
      this.#span.root,
      this.#version,
      this.#clear,
    )
  }

  focus(): void {
    this.#id.focus()
    this.#id.select()
  }

  /** The fields as the URL has them; what is being typed stays. */
  show(query: URLSearchParams): void {
    const fill = (field: HTMLInputElement, text: string) => {
      if (field !== document.activeElement) field.value = text
    }
    fill(this.#id, query.get("idPrefix") ?? "")
    fill(this.#tag, query.getAll("tag").join(" "))
    fill(this.#parent, query.get("parent") ?? "")
    this.#fillWorkflows([], query.get("workflow") ?? "")
    const after = query.get("createdAfter") ?? ""
    const before = query.get("createdBefore") ?? ""
    const isBetween = !query.has("since") && after + before !== ""
    this.#since.value = isBetween ? BETWEEN : (query.get("since") ?? "")
    this.#span.show(after, before)
    this.#span.open(isBetween)
    this.#showVersion(query.get("version"))
    this.#order.value = query.get("order") ?? ""
    this.#isFiltered = isFiltered(query)
    this.#clear.hidden = !this.#isFiltered
  }

  /** Where something else offers it already, it is not offered here. */
  offerClear(isOffered: boolean): void {
    this.#clear.hidden = !isOffered || !this.#isFiltered
  }

  showWorkflows({ workflows }: Stats, chosen: string): void {
    this.#fillWorkflows([...new Set(workflows.map(({ workflow }) => workflow))], chosen)
  }

  #chooseSince(): void {
    const isBetween = this.#since.value === BETWEEN
    this.#span.open(isBetween)
    if (isBetween) return
    const since = [this.#since.value]
    this.#told.onChoose({ since, createdAfter: [], createdBefore: [] })
  }

  /** A version comes by a link, and goes by hand. */
  #showVersion(version: string | null): void {
    this.#version.hidden = version === null
    this.#version.textContent = `only version ${version ?? ""} ×`
  }

  #fillWorkflows(names: readonly string[], chosen: string): void {
    const known = [...this.#workflow.options].map(({ value }) => value)
    const all = [...new Set([...known, ...names, chosen])].filter((name) => name !== "").sort()
    if (all.join("\n") !== this.#workflows) {
      this.#workflows = all.join("\n")
      this.#workflow.replaceChildren(
        element("option", { value: "" }, "any"),
        ...all.map((name) => element("option", { value: name }, name)),
      )
    }
    this.#workflow.value = chosen
  }

  #typed(name: "idPrefix" | "tag" | "parent", hint: string): HTMLInputElement {
    const field = element("input", {
      name,
      type: "search",
      placeholder: hint,
      autocomplete: "off",
      spellcheck: "false",
    })
    let timer: ReturnType<typeof setTimeout> | undefined
    const values = () => (name === "tag" ? field.value.split(/\s+/) : [field.value.trim()])
    field.addEventListener("input", () => {
      clearTimeout(timer)
      // A tag that is not written out yet is nothing one could ask for.
      const isOdd = name === "tag" && values().some((tag) => tag !== "" && !/^.+:/.test(tag))
      if (isOdd) return field.setAttribute("aria-invalid", "true")
      field.removeAttribute("aria-invalid")
      timer = setTimeout(() => this.#told.onType({ [name]: values() }), TYPING_MS)
    })
    return field
  }
}

function select(name: string, options: readonly (readonly [string, string])[]): HTMLSelectElement {
  return element(
    "select",
    { name },
    ...options.map(([value, label]) => element("option", { value }, label)),
  )
}
