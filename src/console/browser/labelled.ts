// Labelled: a field under its label.
// Owns: that the label's text is the field's whole name: a label around a list of choices would be called by all of them.

import { element } from "./element.ts"

let count = 0

/** @param hint a sentence below it, read out with it */
export function labelled(label: string, field: HTMLElement, hint?: string): HTMLElement {
  if (field.id === "") field.id = `field-${++count}`
  const hintId = `${field.id}-hint`
  if (hint !== undefined) field.setAttribute("aria-describedby", hintId)
  return element(
    "div",
    { class: "labelled" },
    element("label", { for: field.id }, label),
    field,
    hint === undefined ? undefined : element("p", { class: "hint", id: hintId }, hint),
  )
}
