// Inbox view: every run that waits for a person, the oldest first.
// Owns: what is asked, when. Must not touch: what one case shows.

import { RUNS_PAGE, type Card } from "../answers.ts"
import { withQuery } from "../api.ts"
import { element, setText } from "../element.ts"
import { KeyedList } from "../keyed-list.ts"
import { repeatWhileVisible } from "../pause.ts"
import { problemPanel } from "../problem.ts"
import { countOf } from "../runs/bulk.ts"
import type { Desk, OpenView } from "../view.ts"
import { Case } from "./case.ts"

const POLL_MS = 3_000

/** Who has more than this has another problem first. */
const CASES_MAX = 50

export function inboxView(root: HTMLElement, desk: Desk): OpenView {
  const summary = element("p", { class: "quiet" })
  const notes = element("div")
  const items = element("ul", { class: "cases" })
  root.replaceChildren(summary, notes, items)
  const cases: Case[] = []
  const list = new KeyedList<Card>(
    items,
    ({ id }) => id,
    (card) => {
      const made = new Case(desk, card, () => void load())
      cases.push(made)
      return made
    },
  )
  const load = async (): Promise<boolean> => {
    const path = withQuery("/v1/runs", { status: "halted", order: "oldest", limit: CASES_MAX })
    try {
      const { runs, cursor } = await desk.api.ask(path, RUNS_PAGE, { signal: desk.signal })
      const isFirst = cases.length === 0
      const hadFocus = items.contains(document.activeElement)
      list.show(runs)
      // The case one was in is resolved, and gone with the focus.
      if (hadFocus && !items.contains(document.activeElement)) desk.focusHeading()
      if (isFirst) cases[0]?.open()
      const more = cursor === undefined ? "" : ` or more; the oldest ${runs.length} are here`
      setText(summary, runs.length === 0 ? "" : `${countOf(runs.length)}${more}.`)
      notes.replaceChildren(...(runs.length === 0 ? [nothingToDo()] : []))
      return true
    } catch (error) {
      if (!desk.signal.aborted) {
        notes.replaceChildren(problemPanel(error, () => void load()))
      }
      return false
    }
  }
  void repeatWhileVisible(POLL_MS, desk.signal, load)
  return {}
}

function nothingToDo(): HTMLElement {
  return element(
    "div",
    { class: "panel empty" },
    element("p", {}, "No run waits for a person."),
    element(
      "p",
      { class: "quiet" },
      "A run comes here when it halts: by ctx.panic, when its code has changed under it, or when a step's retries are used up.",
    ),
  )
}
