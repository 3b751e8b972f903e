// Run head: what a run is, how it stands, and what it waits for, in words.
// Owns: the head's elements. Must not touch: the actions, the journal.

import { addressOf, addressOfRun } from "../../place.ts"
import { isFinal, type Run, type Waiting } from "../answers.ts"
import { element, type Child } from "../element.ts"
import { MONEY_WORKFLOWS } from "../ledger/of-run.ts"
import { statusBadge } from "../status.ts"
import { ageElement, dueElement, durationElement, timeElement } from "../time.ts"
import { statusWords, untilWord, waitingWords } from "./words.ts"

/** Waits shown at once; a large fan-out would fill the page. */
const WAITS_MAX = 6

interface HeadParts {
  /** A link to an entry, of this run unless another is named. */
  readonly toEntry: (path: string, runId?: string) => HTMLElement
}

export function runHead(run: Run, { toEntry }: HeadParts): Child[] {
  return [
    element(
      "div",
      { class: "run-line" },
      element("span", { class: "run-status" }, statusBadge(run.status)),
      ...standing(run, toEntry),
    ),
    facts(run, toEntry),
  ]
}

function standing(run: Run, toEntry: HeadParts["toEntry"]): Child[] {
  const { waitingFor } = run
  const words = statusWords(run)
  const shown = waitingFor.slice(0, WAITS_MAX)
  const more = waitingFor.length - shown.length
  return [
    words === undefined ? undefined : element("span", { class: "quiet" }, words),
    shown.length === 0
      ? undefined
      : element(
          "ul",
          { class: "waits", "aria-label": "What it waits for" },
          ...shown.map((waiting) => element("li", {}, ...wait(waiting, toEntry))),
          more > 0 ? element("li", { class: "quiet" }, `and ${more} more`) : undefined,
        ),
  ]
}

function wait(waiting: Waiting, toEntry: HeadParts["toEntry"]): Child[] {
  const { before, until, runId, isUrgent } = waitingWords(waiting)
  return [
    element("span", isUrgent ? { class: "s-halted" } : {}, before),
    ...(until === undefined
      ? []
      : [` ${untilWord(waiting.kind)} `, timeElement(until), " (", dueElement(until), ")"]),
    ...(runId === undefined ? [] : [" ", runLink(runId)]),
    ...(waiting.path === "" ? [] : [" ", toEntry(waiting.path)]),
  ]
}

function facts(run: Run, toEntry: HeadParts["toEntry"]): HTMLElement {
  const { workflow, version, createdAt, startedAt, endedAt, parent, tags } = run
  const { generation, replays, rows } = run
  const tagList = Object.entries(tags)
  return element(
    "dl",
    { class: "pairs run-facts" },
    ...pair("Workflow", listLink({ workflow }, workflow), `, version ${version}`),
    ...(movesMoney(run)
      ? pair("Ledger", element("a", { href: ledgerAddress(run.id) }, "accounts and transfers"))
      : []),
    ...pair("Created", timeElement(createdAt), " (", ageElement(createdAt), ")"),
    ...(startedAt === undefined || startedAt === createdAt
      ? []
      : pair("Began", timeElement(startedAt))),
    ...(endedAt === undefined ? [] : pair("Ended", timeElement(endedAt))),
    ...(startedAt === undefined
      ? []
      : pair(isFinal(run.status) ? "Took" : "So far", durationElement(startedAt, endedAt))),
    ...(generation !== undefined
      ? pair("Generation", `${generation}, continued as new ${times(generation)}`)
      : []),
    ...(replays === undefined ? [] : pair("Replayed", times(replays.count))),
    ...(rows === undefined
      ? []
      : pair("Rows", `${count(rows.written)} written, ${count(rows.read)} read`)),
    ...(parent === undefined
      ? []
      : pair("Parent", runLink(parent.id), " at ", toEntry(parent.path, parent.id))),
    ...(tagList.length === 0
      ? []
      : pair(
          "Tags",
          ...tagList.map(([key, value]) =>
            listLink({ tag: `${key}:${value}` }, `${key}: ${value}`, "tag"),
          ),
        )),
  )
}

function movesMoney({ workflow }: Run): boolean {
  return MONEY_WORKFLOWS.some((each) => each === workflow)
}

function ledgerAddress(id: string): string {
  return `${addressOf("ledger")}&of=${encodeURIComponent(id)}`
}

/** "12,345", wherever the reader sits: it stands beside a price list. */
function count(value: number): string {
  return value.toLocaleString("en")
}

function times(count: number): string {
  return count === 1 ? "once" : `${count} times`
}

function pair(label: string, ...values: readonly Child[]): HTMLElement[] {
  return [element("div", {}, element("dt", {}, label), element("dd", {}, ...values))]
}

/** A link to the runs that have this in common. */
function listLink(filter: Readonly<Record<string, string>>, words: string, name = ""): HTMLElement {
  return element("a", { href: `/?${new URLSearchParams(filter).toString()}`, class: name }, words)
}

function runLink(id: string): HTMLElement {
  return element("a", { href: addressOfRun(id), class: "id" }, id)
}
