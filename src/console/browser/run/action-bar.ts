// Action bar: a button for each thing a person may do with the run now, and for nothing else.
// Owns: the buttons' words and order. Must not touch: which are legal (actions.ts), what they do (deeds.ts).
//   B1. A button stays while its action does: the one that has the focus keeps it, and no click is lost.

import { button, element } from "../element.ts"
import { KeyedList } from "../keyed-list.ts"
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
  readonly #notes = ROLES.map(([role, what]) => ({ role, note: lacking(role, what) }))
  readonly #buttons: KeyedList<Action>
  #held: ReadonlySet<Role> = new Set(ROLES.map(([role]) => role))
  #actions: readonly Action[] = []

  constructor(perform: (action: Action) => void, roles: Promise<ReadonlySet<Role>>) {
    this.root.append(...this.#notes.map(({ note }) => note))
    this.#buttons = new KeyedList(this.root, labelOf, (action) => new ActionButton(action, perform))
    this.show([])
    void roles.then((held) => {
      this.#held = held
      this.show(this.#actions)
    })
  }

  show(all: readonly Action[]): void {
    this.#actions = all
    const hadFocus = this.root.contains(document.activeElement)
    this.#buttons.show(all.filter((each) => this.#may(each)))
    // What nobody may do with the run now needs no role either.
    const missed = new Set(all.filter((each) => !this.#may(each)).map((each) => roleFor(each)))
    for (const { role, note } of this.#notes) note.hidden = !missed.has(role)
    if (hadFocus && !this.root.contains(document.activeElement)) {
      this.root.querySelector("button")?.focus()
    }
  }

  #may(action: Action): boolean {
    const role = roleFor(action)
    return role === undefined || this.#held.has(role)
  }
}

class ActionButton {
  readonly root: HTMLElement
  /** As it is now: the same words may be for another entry. */
  #action: Action

  constructor(action: Action, perform: (action: Action) => void) {
    this.#action = action
    this.root = button(labelOf(action), () => perform(this.#action), {
      class: LOOKS[action.name] ?? "",
    })
  }

  update(action: Action): void {
    this.#action = action
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
