// Keys: what the keyboard does beyond the browser's own.
// Owns: when a key is for the page and not for a field. Must not touch: what is done.

import { element } from "./element.ts"

/** Calls what stands for a key, unless somebody is typing or a dialog is open. */
export function listenToKeys(
  actions: Readonly<Record<string, () => void>>,
  signal?: AbortSignal,
): void {
  const onKey = (event: KeyboardEvent) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return
    if (isTyping(event.target) || document.querySelector("dialog[open]") !== null) return
    const action = actions[event.key]
    if (action === undefined) return
    event.preventDefault()
    action()
  }
  document.addEventListener("keydown", onKey, signal === undefined ? {} : { signal })
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  if (target instanceof HTMLInputElement) return !["checkbox", "radio"].includes(target.type)
  return target.matches("textarea, select, [contenteditable]")
}

const HELP = [
  ["j, ↓", "next run in the list"],
  ["k, ↑", "previous run"],
  ["Enter", "open it"],
  ["x", "choose it, or not"],
  ["n", "next page"],
  ["/", "to the filters"],
  ["↑, ↓", "along the entries of a run"],
  ["←, →", "fold and unfold one, go out and in"],
  ["Ctrl Enter", "send the form one is in"],
  ["Esc", "close a dialog"],
  ["?", "this"],
] as const

export function keyHelp(): HTMLElement {
  return element(
    "dl",
    { class: "keys" },
    ...HELP.flatMap(([keys, meaning]) => [
      element("dt", {}, ...keys.split(", ").map((key) => element("kbd", {}, key))),
      element("dd", {}, meaning),
    ]),
  )
}
