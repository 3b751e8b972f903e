// Action bar: a button for each thing a person may do with the run now, and for nothing else.
// Owns: the buttons' words and order. Must not touch: which are legal (actions.ts), what they do (deeds.ts).
//   B1. Buttons stay while the list of actions is the same: the one that has the focus keeps it.

import { button, element } from "../element.ts"
import type { Action } from "./actions.ts"

export class ActionBar {
  readonly root = element("div", {
    class: "buttons actions",
    role: "group",
    "aria-label": "What can be done",
  })
  readonly #perform: (action: Action) => void
  #shown = ""

  constructor(perform: (action: Action) => void) {
    this.#perform = perform
  }

  show(actions: readonly Action[]): void {
    const shown = JSON.stringify(actions)
    if (shown === this.#shown) return
    this.#shown = shown
    const focused = this.root.contains(document.activeElement)
      ? document.activeElement?.textContent
      : undefined
    this.root.replaceChildren(...actions.map((action) => this.#button(action)))
    if (focused === undefined) return
    const buttons = [...this.root.querySelectorAll("button")]
    const same = buttons.find(({ textContent }) => textContent === focused) ?? buttons[0]
    same?.focus()
  }

  #button(action: Action): HTMLElement {
    return button(labelOf(action), () => this.#perform(action), { class: LOOKS[action.name] ?? "" })
  }
}

const LOOKS: Readonly<Partial<Record<Action["name"], string>>> = {
  cancel: "danger",
  kill: "danger",
  delete: "danger",
  crash: "crash",
  retry: "primary",
  begin: "primary",
  resume: "primary",
}

const WORDS: Readonly<Record<Action["name"], string>> = {
  signal: "Signal…",
  update: "Update…",
  resolve: "Resolve promise…",
  reject: "Reject promise…",
  pause: "Pause…",
  resume: "Resume…",
  begin: "Begin now…",
  retry: "Retry…",
  cancel: "Cancel…",
  kill: "Kill…",
  crash: "Crash it…",
  export: "Export",
  delete: "Delete…",
}

function labelOf({ name, waiting }: Action): string {
  if (waiting === undefined) return WORDS[name]
  if (name === "signal" || name === "update") return `Send ${name} ${waiting.name ?? ""}…`
  return `${name === "resolve" ? "Resolve" : "Reject"} promise at ${waiting.path}…`
}
