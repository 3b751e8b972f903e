// Runs view: the list of runs, newest first.
// Owns: what is asked. Must not touch: how a run looks.

import { addressOfRun } from "../../place.ts"
import { RUNS_PAGE, type Card } from "../answers.ts"
import { element } from "../element.ts"
import { KeyedList } from "../keyed-list.ts"
import { problemPanel } from "../problem.ts"
import { statusBadge } from "../status.ts"
import { ageElement } from "../time.ts"
import type { Desk, OpenView } from "../view.ts"

export function runsView(root: HTMLElement, desk: Desk): OpenView {
  const rows = element("tbody")
  const list = new KeyedList<Card>(rows, ({ id }) => id, runRow)
  const id = element("input", {
    name: "id",
    required: true,
    autocomplete: "off",
    spellcheck: "false",
  })
  const form = element(
    "form",
    {},
    element("label", {}, "Run id ", id),
    element("button", {}, "Open"),
  )
  form.addEventListener("submit", (event) => {
    event.preventDefault()
    desk.go(addressOfRun(id.value))
  })
  root.replaceChildren(form, element("table", {}, rows))
  desk.api
    .ask("/v1/runs", RUNS_PAGE, { signal: desk.signal })
    .then(({ runs }) => list.show(runs))
    .catch((error: unknown) => {
      if (!desk.signal.aborted) root.append(problemPanel(error))
    })
  return {}
}

function runRow() {
  const root = element("tr")
  const update = ({ id, status, workflow, createdAt }: Card) => {
    root.replaceChildren(
      element("td", {}, statusBadge(status)),
      element("td", {}, element("a", { href: addressOfRun(id), class: "id" }, id)),
      element("td", {}, workflow),
      element("td", {}, ageElement(createdAt)),
    )
  }
  return { root, update }
}
