// Entry panel: one entry opened: what it is, each of its attempts, its value or error, what a person may do from here.
// Owns: the panel's content. Must not touch: the actions themselves, when it is open (run-page.ts).

import { addressOfRun } from "../../place.ts"
import type { Run } from "../answers.ts"
import { durationText } from "../duration.ts"
import { button, element, type Child } from "../element.ts"
import { messageOf } from "../problem.ts"
import { statusBadge } from "../status.ts"
import { timeElement } from "../time.ts"
import { valueView } from "../value.ts"
import { entryActionsOf, type EntryActionName } from "./actions.ts"
import { problemView } from "./problem-view.ts"
import type { Segment } from "./segments.ts"
import type { ValueLength } from "./long-values.ts"
import type { Row } from "./timeline.ts"
import { attemptWords, entryTitle } from "./words.ts"

interface PanelParts {
  readonly run: Run
  readonly row: Row
  readonly address: string
  /** How long its value is, if that is not here yet. */
  readonly longValue: ValueLength | undefined
  readonly readValue: () => Promise<unknown>
  readonly onClose: () => void
  readonly onAction: (name: EntryActionName) => void
}

const LABELS: Readonly<Record<EntryActionName, string>> = {
  retryFrom: "Retry from here…",
  skip: "Skip with a value…",
  fork: "Fork from here…",
}

/** Attempts shown of one entry: the last ones. */
const ATTEMPTS_MAX = 100

export function entryPanel(parts: PanelParts): HTMLElement {
  const { run, row, address, onClose, onAction } = parts
  const { entry } = row
  const isDeed = entry.kind === "operator"
  const actions = entryActionsOf(run, row)
  return element(
    "section",
    { class: "panel entry-panel", "aria-label": `Entry ${entryTitle(entry)}` },
    element(
      "header",
      {},
      element("h2", { tabindex: -1 }, entryTitle(entry)),
      button("×", onClose, { class: "close", "aria-label": "Close this entry" }),
    ),
    element(
      "p",
      { class: "entry-line" },
      isDeed ? undefined : statusBadge(entry.state),
      element("span", {}, isDeed ? "by a person, or by the run's own deadline" : entry.kind),
      isDeed
        ? undefined
        : element("a", { href: address, class: "id", title: "A link to this entry" }, entry.path),
    ),
    times(row),
    entry.runId === undefined
      ? undefined
      : element(
          "p",
          {},
          "its run ",
          element("a", { href: addressOfRun(entry.runId), class: "id" }, entry.runId),
        ),
    attempts(row),
    ...outcome(parts),
    actions.length === 0
      ? undefined
      : element(
          "div",
          { class: "buttons" },
          ...actions.map((name) => button(LABELS[name], () => onAction(name))),
        ),
  )
}

function times({ entry }: Row): HTMLElement {
  const { createdAt, settledAt, change } = entry
  const took = settledAt === undefined ? undefined : Date.parse(settledAt) - Date.parse(createdAt)
  return element(
    "dl",
    { class: "pairs" },
    ...pair("Began", timeElement(createdAt)),
    ...(settledAt === undefined ? [] : pair("Settled", timeElement(settledAt))),
    ...(took === undefined || took === 0 ? [] : pair("Took", durationText(took))),
    ...(settledAt === undefined && change.dueAt !== undefined
      ? pair(change.type === "fail" ? "Next attempt" : "Ends by", timeElement(change.dueAt))
      : []),
  )
}

function pair(label: string, value: Child): HTMLElement[] {
  return [element("dt", {}, label), element("dd", {}, value)]
}

function attempts({ segments, entry }: Row): HTMLElement | undefined {
  const made = segments.filter(({ kind }) => kind === "attempt")
  const isPlain = made.length <= 1 && entry.attempts <= 1
  if (isPlain || made.length === 0) return undefined
  return element(
    "div",
    {},
    element("h3", {}, "Attempts"),
    element("ol", { class: "attempt-list" }, ...made.slice(-ATTEMPTS_MAX).map(attemptLine)),
  )
}

function attemptLine(segment: Segment): HTMLElement {
  return element(
    "li",
    { class: `s-${segment.state}` },
    element("span", {}, attemptWords(segment)),
    timeElement(new Date(segment.fromMs).toISOString()),
  )
}

function outcome({ row, longValue, readValue }: PanelParts): Child[] {
  const { entry } = row
  if (longValue !== undefined) return [element("h3", {}, "Value"), shownLater(longValue, readValue)]
  if (entry.error !== undefined) return [element("h3", {}, "Error"), problemView(entry.error)]
  if (entry.value === undefined) return []
  return [
    element("h3", {}, entry.kind === "operator" ? "Who and why" : "Value"),
    valueView(entry.value),
  ]
}

const KILOBYTE = 1_000

/** A value of megabytes is asked for when somebody wants to see it. */
function shownLater(
  { units, isLeast }: ValueLength,
  readValue: () => Promise<unknown>,
): HTMLElement {
  const place = element("div")
  const length = `${isLeast ? "more than" : "about"} ${Math.round(units / KILOBYTE).toLocaleString()} kB`
  const show = button(`Show it, ${length}`, () => {
    show.disabled = true
    readValue().then(
      (value) => place.replaceChildren(valueView(value)),
      (error: unknown) => {
        show.disabled = false
        place.append(element("p", { role: "alert" }, messageOf(error)))
      },
    )
  })
  place.append(show)
  return place
}
