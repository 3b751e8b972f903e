// Action bar: a button for each thing a person may do with the run now, and for nothing else.
// Owns: the buttons' words and order. Must not touch: which are legal (actions.ts), what they do (deeds.ts).
//   B1. Buttons stay while the list of actions is the same: the one that has the focus keeps it.

import { button, element } from "../element.ts"
import { lacking, type Role } from "../roles.ts"
import type { Action } from "./actions.ts"

const ROLES = [
  ["start", "To send it a message"],
  ["operate", "To pause, resume, retry, cancel, kill or delete it"],
] as const satisfies readonly (readonly [Role, string])[]

export class ActionBar {
  readonly root = element("div", {
    class: "buttons actions",
    role: "group",
    "aria-label": "What can be done",
  })
  readonly #perform: (action: Action) => void
  readonly #notes = ROLES.map(([role, what]) => lacking(role, what))
  #held: ReadonlySet<Role> = new Set(ROLES.map(([role]) => role))
  #actions: readonly Action[] = []
  #shown = ""

  constructor(perform: (action: Action) => void, roles: Promise<ReadonlySet<Role>>) {
    this.#perform = perform
    void roles.then((held) => {
      this.#held = held
      this.#shown = ""
      this.show(this.#actions)
    })
  }

  show(all: readonly Action[]): void {
    this.#actions = all
    const actions = all.filter((each) => this.#may(each))
    const shown = JSON.stringify(actions)
    if (shown === this.#shown) return
    this.#shown = shown
    const focused = this.root.contains(document.activeElement)
      ? document.activeElement?.textContent
      : undefined
    // What nobody may do with the run now needs no role either.
    const missed = new Set(all.filter((each) => !this.#may(each)).map((each) => roleFor(each)))
    const notes = this.#notes.filter((_, index) => missed.has(ROLES[index]?.[0]))
    this.root.replaceChildren(...actions.map((action) => this.#button(action)), ...notes)
    if (focused === undefined) return
    const buttons = [...this.root.querySelectorAll("button")]
    const same = buttons.find(({ textContent }) => textContent === focused) ?? buttons[0]
    same?.focus()
  }

  #may(action: Action): boolean {
    const role = roleFor(action)
    return role === undefined || this.#held.has(role)
  }

  #button(action: Action): HTMLElement {
    return button(labelOf(action), () => this.#perform(action), { class: LOOKS[action.name] ?? "" })
  }
}

/** A promise is settled by its own token, which is a right; who reads may export. */
function roleFor({ name }: Action): (typeof ROLES)[number][0] | undefined {
  if (name === "signal" || name === "update") return "start"
  return ["resolve", "reject", "export"].includes(name) ? undefined : "operate"
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
