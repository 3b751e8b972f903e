// Legend: what the forms of the bars mean, for who has not seen them before.

import { element } from "../element.ts"

const FORMS: readonly (readonly [string, string])[] = [
  ["seg attempt s-completed", "an attempt that went well"],
  ["seg attempt s-failed", "one that failed"],
  ["seg attempt s-lost", "one that was lost with its object"],
  ["seg pause s-completed", "the pause before the next one"],
  ["seg sleep s-completed", "asleep"],
  ["seg wait s-completed", "waits for somebody"],
  ["seg child s-completed", "a child run"],
  ["seg group s-completed", "what is inside it"],
  [
    "band gap",
    "nobody had the run in memory: from where it was killed to where it came back by a replay",
  ],
  ["band replay", "a replay: a run that had waited was taken up from its journal"],
  ["band halt", "the run stands still behind this: a person must look"],
  ["band break", "a quiet stretch, drawn shorter than it was"],
]

export function legend(): HTMLElement {
  return element(
    "details",
    { class: "legend" },
    element("summary", {}, "What the bars mean"),
    element("ul", {}, ...FORMS.map(([form, words]) => element("li", {}, sample(form), words))),
  )
}

function sample(form: string): HTMLElement {
  return element("span", { class: "sample", "aria-hidden": "true" }, element("i", { class: form }))
}
