// Start view: the workflows that can be started, and the form of the chosen one.
// Owns: the choice, which stands in the URL (`workflow`). Must not touch: the form's fields.

import { element } from "../element.ts"
import { untilAnswered } from "../until-answered.ts"
import type { Place } from "../../place.ts"
import type { Desk, OpenView } from "../view.ts"
import { StartForm } from "./start-form.ts"
import { askWorkflows, type Workflow } from "./workflows.ts"

export function startView(root: HTMLElement, desk: Desk): OpenView {
  const list = element("ul")
  const chosen = element("div")
  root.replaceChildren(
    element(
      "div",
      { class: "start" },
      element("nav", { class: "start-list", "aria-label": "Workflows" }, list),
      chosen,
    ),
  )
  let workflows: readonly Workflow[] = []
  let isThere = false
  let { query } = desk.place
  const show = (name: string | null) => {
    const workflow = workflows.find((each) => each.name === name) ?? workflows[0]
    list.replaceChildren(...workflows.map((each) => workflowLink(each, each === workflow)))
    chosen.replaceChildren(
      workflow === undefined ? nothingRegistered() : new StartForm(desk, workflow).root,
    )
  }
  const load = async () => {
    const ask = () => askWorkflows(desk.api, desk.signal)
    const found = await untilAnswered(chosen, desk.signal, ask)
    if (found === undefined) return
    workflows = found
    isThere = true
    show(query.get("workflow"))
  }
  void load()
  return {
    moved: (place: Place) => {
      query = place.query
      if (isThere) show(query.get("workflow"))
    },
  }
}

function workflowLink({ name }: Workflow, isChosen: boolean): HTMLElement {
  const href = `/?view=start&workflow=${encodeURIComponent(name)}`
  return element(
    "li",
    {},
    element("a", { href, class: "id", "aria-current": isChosen ? "true" : undefined }, name),
  )
}

function nothingRegistered(): HTMLElement {
  return element(
    "div",
    { class: "panel empty" },
    element("p", {}, "This Worker has no workflows yet."),
    element(
      "p",
      { class: "quiet" },
      "Register one, then reload: ",
      element("code", {}, 'belay.register("name", function* (ctx) { … })'),
    ),
  )
}
