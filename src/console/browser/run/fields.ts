// Fields: what the dialogs of a run ask a person for: a payload as JSON, a reason, an id.
// Owns: their check before anything is sent.
//   F1. What is no JSON is not sent: the field says why, and the dialog stays open.

import { element } from "../element.ts"

export interface Field<T> {
  readonly root: HTMLElement
  readonly value: () => T
}

let fieldCount = 0

/** Any JSON value; empty is `undefined`, "nothing". */
export function jsonField(label: string, initial = ""): Field<unknown> {
  const area = element("textarea", { rows: 5, spellcheck: "false", autocomplete: "off" })
  area.value = initial
  const problem = element("p", {
    class: "field-problem",
    id: `json-${++fieldCount}`,
    role: "alert",
  })
  const check = () => {
    const wrong = jsonProblem(area.value)
    area.setCustomValidity(wrong ?? "")
    if (wrong === undefined) problem.textContent = ""
    return wrong
  }
  area.setAttribute("aria-describedby", problem.id)
  area.addEventListener("input", () => {
    check()
    area.removeAttribute("aria-invalid")
  })
  area.addEventListener("invalid", (event) => {
    event.preventDefault()
    problem.textContent = check() ?? ""
    area.setAttribute("aria-invalid", "true")
    area.focus()
  })
  check()
  return {
    root: element("div", {}, element("label", {}, label, area), problem),
    value: () => (area.value.trim() === "" ? undefined : (JSON.parse(area.value) as unknown)),
  }
}

export function textField(
  label: string,
  { initial = "", isRequired = false }: { initial?: string; isRequired?: boolean } = {},
): Field<string | undefined> {
  const input = element("input", { required: isRequired, autocomplete: "off", spellcheck: "false" })
  input.value = initial
  return {
    root: element("label", {}, label, input),
    value: () => (input.value === "" ? undefined : input.value),
  }
}

export function reasonField(): Field<string | undefined> {
  return textField("Reason, for whoever looks later (optional)")
}

function jsonProblem(text: string): string | undefined {
  if (text.trim() === "") return undefined
  try {
    JSON.parse(text)
    return undefined
  } catch (error) {
    return `This is no JSON: ${error instanceof Error ? error.message : String(error)}. A text stands in double quotes: "like this".`
  }
}
