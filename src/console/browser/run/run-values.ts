// Run values: what a run was given, what came of it, what it has published, and what nobody took.
// Owns: their panels. Must not touch: how a value looks (value.ts).

import type { Run } from "../answers.ts"
import { element, type Child } from "../element.ts"
import { valueView } from "../value.ts"
import { problemView } from "./problem-view.ts"

export function runValues(run: Run, published: ReadonlyMap<string, unknown>): Child[] {
  const { input, result, error, status, unconsumedSignals = 0 } = run
  return [
    valuePanel("Input", inputView(input)),
    status === "completed" ? valuePanel("Result", valueView(result)) : undefined,
    error === undefined || status === "halted"
      ? undefined
      : valuePanel("Error", problemView(error)),
    ...[...published].map(([name, value]) => valuePanel(`Published: ${name}`, valueView(value))),
    unconsumedSignals === 0
      ? undefined
      : valuePanel(
          "Signals nobody took",
          element(
            "p",
            {},
            `${unconsumedSignals} accepted and never consumed: the run ended without waiting for them.`,
          ),
        ),
  ]
}

/** Most workflows take one argument: it is shown without the list around it. */
function inputView(input: unknown): HTMLElement {
  if (!Array.isArray(input)) return valueView(input)
  if (input.length === 0) return element("p", { class: "quiet" }, "none")
  return valueView(input.length === 1 ? (input[0] as unknown) : input)
}

function valuePanel(title: string, content: HTMLElement): HTMLElement {
  return element("section", { class: "panel value-panel" }, element("h2", {}, title), content)
}
