// JSON field: a value typed as JSON, checked while it is typed.
// Owns: the field, its message, what counts as nothing. Must not touch: what the value is for.
//   J1. A value is given only while the text is one; what is wrong stands beside it, in words.

import { element, setText } from "./element.ts"
import { labelled } from "./labelled.ts"

export interface JsonFieldSettings {
  readonly label: string
  readonly rows?: number
  readonly hint?: string
  /** What no text means; nothing unless it is given. */
  readonly whenEmpty?: unknown
  /** Why a value that is JSON will not do; `undefined` when it will. */
  readonly refuse?: (value: unknown) => string | undefined
  /** Told when somebody has typed. */
  readonly onInput?: () => void
}

let count = 0

export class JsonField {
  readonly root: HTMLElement
  readonly #area: HTMLTextAreaElement
  readonly #problem: HTMLElement
  readonly #settings: JsonFieldSettings

  constructor(settings: JsonFieldSettings) {
    this.#settings = settings
    const id = `json-${++count}`
    this.#area = element("textarea", {
      rows: settings.rows ?? 4,
      spellcheck: "false",
      autocapitalize: "off",
      autocomplete: "off",
      "aria-describedby": `${id}-problem`,
      on: { input: () => this.#changed(), blur: () => this.#check() },
    })
    this.#problem = element("p", { class: "field-problem", id: `${id}-problem` })
    this.root = element(
      "div",
      { class: "field" },
      labelled(settings.label, this.#area),
      this.#problem,
      settings.hint === undefined ? undefined : element("p", { class: "quiet" }, settings.hint),
    )
  }

  /** Shows a value, neatly. */
  show(value: unknown): void {
    this.#area.value = value === undefined ? "" : JSON.stringify(value, null, 2)
    this.#area.rows = Math.max(
      this.#settings.rows ?? 4,
      Math.min(24, this.#area.value.split("\n").length),
    )
    this.#check()
  }

  /** The value, or `undefined` with the focus on what is wrong. */
  read(): { readonly value: unknown } | undefined {
    const read = this.#read()
    this.#check()
    if ("value" in read) return read
    this.#area.focus()
    return undefined
  }

  focus(): void {
    this.#area.focus()
  }

  /** Whether it holds this value, however it is written. */
  holds(value: unknown): boolean {
    const read = this.#read()
    return "value" in read && JSON.stringify(read.value) === JSON.stringify(value)
  }

  #changed(): void {
    this.#check()
    this.#settings.onInput?.()
  }

  #check(): void {
    const read = this.#read()
    const problem = "problem" in read ? read.problem : ""
    setText(this.#problem, problem)
    if (problem === "") this.#area.removeAttribute("aria-invalid")
    else this.#area.setAttribute("aria-invalid", "true")
  }

  #read(): { readonly value: unknown } | { readonly problem: string } {
    const text = this.#area.value.trim()
    if (text === "" && "whenEmpty" in this.#settings) return { value: this.#settings.whenEmpty }
    let value: unknown
    try {
      value = JSON.parse(text)
    } catch (error) {
      const reason =
        text === "" ? "it is empty" : String(error instanceof Error ? error.message : error)
      return { problem: `This is not JSON: ${reason.replace(/^JSON\.parse: /, "")}` }
    }
    const problem = this.#settings.refuse?.(value)
    return problem === undefined ? { value } : { problem }
  }
}
