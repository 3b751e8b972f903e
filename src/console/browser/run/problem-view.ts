// Problem view: an error as one reads it: what, which code, the details, what caused it, and where, when that is told.

import type { Problem } from "../answers.ts"
import { element } from "../element.ts"
import { valueView } from "../value.ts"

export function problemView(problem: Problem): HTMLElement {
  const { name, message, code, details, cause, stack } = problem
  return element(
    "div",
    { class: "thrown" },
    element(
      "p",
      {},
      element("strong", {}, name ?? "Error"),
      element("code", { class: "code" }, code),
    ),
    element("p", { class: "thrown-message" }, message),
    details === undefined ? undefined : labelled("Details", valueView(details)),
    cause === undefined ? undefined : labelled("Caused by", problemView(cause)),
    stack === undefined
      ? undefined
      : element(
          "details",
          { class: "stack" },
          element("summary", {}, "Where it was thrown"),
          element("pre", { tabindex: 0 }, stack),
        ),
  )
}

function labelled(label: string, child: HTMLElement): HTMLElement {
  return element("div", {}, element("p", { class: "label-line" }, label), child)
}
