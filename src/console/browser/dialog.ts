// Dialog: asks a person once more before something happens, or shows something until it is closed.
// Owns: the browser's own dialog: focus goes in, stays in, and comes back.

import { button, element, type Child } from "./element.ts"

export interface Confirmation {
  readonly title: string
  /** What will happen, to how many. */
  readonly lines: readonly Child[]
  /** The button that does it: a verb. */
  readonly verb: string
  readonly isDangerous?: boolean
  /** Fields of the caller; they are read when the promise has resolved. */
  readonly fields?: readonly HTMLElement[]
}

/** Resolves with whether it shall happen. */
export function confirmed(asked: Confirmation): Promise<boolean> {
  return new Promise((resolve) => {
    const dialog = element("dialog", { "aria-labelledby": "dialog-title" })
    const form = element(
      "form",
      { method: "dialog" },
      element("h2", { id: "dialog-title" }, asked.title),
      ...asked.lines.map((line) => element("p", {}, line)),
      ...(asked.fields ?? []),
      element(
        "div",
        { class: "buttons" },
        button("Keep things as they are", () => dialog.close()),
        element(
          "button",
          { class: asked.isDangerous === true ? "danger" : "primary", value: "yes" },
          asked.verb,
        ),
      ),
    )
    form.addEventListener("submit", (event) => {
      event.preventDefault()
      dialog.close("yes")
    })
    dialog.addEventListener("close", () => {
      dialog.remove()
      resolve(dialog.returnValue === "yes")
    })
    dialog.append(form)
    document.body.append(dialog)
    dialog.showModal()
  })
}

/** A dialog with nothing to decide. */
export function showDialog(title: string, ...children: readonly Child[]): void {
  const dialog = element("dialog", { "aria-labelledby": "dialog-title" })
  dialog.append(
    element("h2", { id: "dialog-title" }, title),
    ...children.filter((child) => child !== undefined),
    element(
      "div",
      { class: "buttons" },
      button("Close", () => dialog.close()),
    ),
  )
  dialog.addEventListener("close", () => dialog.remove())
  document.body.append(dialog)
  dialog.showModal()
}
