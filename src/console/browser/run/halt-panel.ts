// Halt panel: why a run stands still, and what helps; of a divergence, what was expected beside what was found.
// Owns: the words by halt code. Must not touch: the actions themselves.

import * as v from "valibot"
import type { Problem, Run } from "../answers.ts"
import { element } from "../element.ts"
import { problemView } from "./problem-view.ts"

const HELP: Readonly<Record<string, string>> = {
  panic:
    "Look at what it says and mend it. Retry goes back to the last step before it; an entry's panel goes back further, or gives a step another value.",
  divergence:
    "Deploy code that does what the journal says, then retry. Or fork it from an earlier entry, with another version.",
  workflow_unknown: "Deploy the code of this workflow; the run goes on by itself.",
  version_unknown: "Deploy this version of the workflow; the run goes on by itself.",
  retries_exhausted: "Mend what fails, then retry; or skip the step with a value.",
  attempts_lost: "Look at what kills the run's object in this step, then retry; or skip the step.",
  store_full: "Retry from an earlier entry, which frees what came after it, or kill the run.",
}

const SIDE = v.looseObject({
  kind: v.nullish(v.string()),
  name: v.nullish(v.string()),
  type: v.nullish(v.string()),
})

const DIVERGENCE = v.looseObject({
  path: v.string(),
  difference: v.string(),
  expected: SIDE,
  found: v.nullable(SIDE),
})

type Side = v.InferOutput<typeof SIDE>

/** @param toEntry a link to an entry of this run. */
export function haltPanel(
  { error, status }: Run,
  toEntry: (path: string) => HTMLElement,
): HTMLElement | undefined {
  if (status !== "halted" || error === undefined) return undefined
  const { code, message } = error
  const divergence = code === "divergence" ? v.safeParse(DIVERGENCE, error.details) : undefined
  return element(
    "section",
    { class: "panel problem halt", "aria-label": "Why it stands still" },
    element(
      "p",
      {},
      element("strong", {}, "It stands still until a person looks."),
      " ",
      element("code", { class: "code" }, code),
    ),
    element("p", { class: "thrown-message" }, message),
    divergence?.success === true ? difference(divergence.output, toEntry) : detailsOf(error),
    element("p", { class: "quiet" }, HELP[code] ?? ""),
  )
}

function detailsOf(error: Problem): HTMLElement | undefined {
  if (error.details === undefined) return undefined
  return element(
    "details",
    {},
    element("summary", {}, "All that is known of it"),
    problemView(error),
  )
}

function difference(
  { path, difference: what, expected, found }: v.InferOutput<typeof DIVERGENCE>,
  toEntry: (path: string) => HTMLElement,
): HTMLElement {
  return element(
    "div",
    { class: "diff" },
    side("Expected, by the journal", expected, "expected", found ?? {}),
    side("Found, in the code", found, "found", expected),
    element(
      "p",
      { class: "quiet" },
      "They differ in the ",
      element("b", {}, what),
      " at ",
      toEntry(path),
    ),
  )
}

function side(title: string, shown: Side | null, kind: string, other: Side): HTMLElement {
  const lines = [
    ["kind", shown?.kind, other.kind],
    ["name", shown?.name, other.name],
  ] as const
  return element(
    "div",
    { class: `side ${kind}` },
    element("p", {}, element("strong", {}, title)),
    shown === null
      ? element("p", {}, "nothing: the code has ended, or waits elsewhere")
      : element(
          "dl",
          {},
          ...lines.flatMap(([label, own, others]) => [
            element("dt", {}, label),
            element("dd", { class: own === others ? "" : "differs" }, own ?? "none"),
          ]),
        ),
  )
}
