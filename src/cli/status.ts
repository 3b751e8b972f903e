// Status: how a run stands, for people: its colour, and what one can do about it.
// Owns: which verbs fit which status, and what helps a run that is halted.

import type { RunStatus } from "../client/index.ts"
import type { Colour } from "./screen.ts"

const COLOUR: Readonly<Record<RunStatus, Colour>> = {
  running: "cyan",
  suspended: "cyan",
  paused: "yellow",
  halted: "red",
  completed: "green",
  failed: "red",
  cancelled: "yellow",
  timed_out: "red",
}

export const STATUSES = Object.keys(COLOUR) as readonly RunStatus[]

export function colourOf(status: RunStatus): Colour {
  return COLOUR[status]
}

export function isStatus(text: string): text is RunStatus {
  return text in COLOUR
}

/** The commands that fit; `delete` and `export` besides, where it has ended. */
export function verbsFor(status: RunStatus): readonly string[] {
  switch (status) {
    case "running":
    case "suspended":
      return ["signal", "update", "pause", "cancel", "kill", "fork"]
    case "paused":
      return ["resume", "signal", "update", "cancel", "kill", "fork"]
    case "halted":
      return ["retry", "skip", "fork", "kill"]
    case "failed":
      return ["retry", "skip", "fork", "delete"]
    case "completed":
    case "cancelled":
    case "timed_out":
      return ["fork", "delete"]
  }
}

/** By the code of the halt; docs/operators.md says more. */
const ADVICE: Readonly<Record<string, string>> = {
  panic:
    "Look at the step that gave the wrong value: retry --from its path, skip it with the right value, or kill.",
  divergence: "Deploy code that fits its journal, then retry; or fork it with another version.",
  workflow_unknown: "Deploy its workflow: it goes on by itself.",
  version_unknown: "Deploy this version of its workflow: it goes on by itself.",
  retries_exhausted: "Mend what fails, then retry; or skip the step with a value.",
  attempts_lost: "Find out what kills its object, then retry; or skip the step with a value.",
  store_full: "It stores nearly all that one object may hold: retry from an earlier step, or kill.",
}

export function adviceFor(code: string): string {
  return ADVICE[code] ?? "Look at it, then retry, skip a step with a value, or kill."
}
