// Legend: what the forms of the bars mean, for who has not seen them before.

import { element } from "../element.ts"

const FORMS: readonly (readonly [string, string])[] = [
  ["attempt s-completed", "an attempt that went well"],
  ["attempt s-failed", "one that failed"],
  ["attempt s-lost", "one that was lost with its object"],
  ["pause s-completed", "the pause before the next one"],
  ["sleep s-completed", "asleep"],
  ["wait s-completed", "waits for somebody"],
  ["child s-completed", "a child run"],
  ["group s-completed", "what is inside it"],
]

export function legend(): HTMLElement {
  return element(
    "details",
    { class: "legend" },
    element("summary", {}, "What the bars mean"),
    element(
      "ul",
      {},
      ...FORMS.map(([form, words]) =>
        element(
          "li",
          {},
          element(
            "span",
            { class: "sample", "aria-hidden": "true" },
            element("i", { class: `seg ${form}` }),
          ),
          words,
        ),
      ),
      element(
        "li",
        {},
        element(
          "span",
          { class: "sample", "aria-hidden": "true" },
          element("i", { class: "band gap" }),
        ),
        "nobody had the run in memory: from where it was killed to where it came back",
      ),
      element(
        "li",
        {},
        element(
          "span",
          { class: "sample", "aria-hidden": "true" },
          element("i", { class: "band break" }),
        ),
        "a quiet stretch, drawn shorter than it was",
      ),
    ),
  )
}
