// No runs: what an empty list says, and how one comes to a first run.

import { button, element } from "../element.ts"
import { problemPanel } from "../problem.ts"

export function noRuns(): HTMLElement {
  const curl = `curl -X POST ${location.origin}/v1/runs/my-first-run -d '{"workflow": "…", "input": []}'`
  return element(
    "div",
    { class: "panel empty" },
    element("p", {}, "There are no runs yet."),
    element("p", {}, element("a", { class: "button", href: "/?view=start" }, "Start one here")),
    element("p", { class: "quiet" }, "or from a terminal:"),
    element("pre", {}, curl),
  )
}

export function noMatch(onClear: () => void): HTMLElement {
  return element(
    "div",
    { class: "panel empty" },
    element("p", {}, "No run is like that."),
    element("p", {}, button("Clear the filters", onClear)),
  )
}

/** The address asks for something that is no filter: to ask again cannot help. */
export function oddFilters(error: unknown, onClear: () => void): HTMLElement {
  const panel = problemPanel(error)
  panel.append(button("Clear the filters", onClear))
  return panel
}
