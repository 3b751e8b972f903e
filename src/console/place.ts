// Place: where in the console one is, as the URL says it.
// Owns: the views, their titles and addresses. Pure: the server draws the first paint by it, the browser navigates by it.
//   L1. Whatever stands in the URL is a place: an unknown view is the list of runs.

import { visibleText } from "./visible-text.ts"

export const VIEWS = ["runs", "inbox", "start", "schedules", "ledger"] as const

/** A view that the navigation lists. */
export type ListedView = (typeof VIEWS)[number]

type ViewName = ListedView | "run"

export interface Place {
  readonly view: ViewName
  /** Of the view of one run. */
  readonly runId?: string
  /** Everything behind the question mark. */
  readonly query: URLSearchParams
}

/** What the navigation says. */
export const LABELS: Readonly<Record<ListedView, string>> = {
  runs: "Runs",
  inbox: "Inbox",
  start: "Start",
  schedules: "Schedules",
  ledger: "Ledger",
}

const HEADINGS: Readonly<Record<ListedView, string>> = {
  runs: "Runs",
  inbox: "Operator inbox",
  start: "Start a run",
  schedules: "Schedules",
  ledger: "Ledger",
}

export function placeOf(query: URLSearchParams): Place {
  const runId = query.get("run")
  if (runId !== null && runId !== "") return { view: "run", runId, query }
  const view = VIEWS.find((known) => known === query.get("view")) ?? "runs"
  return { view, query }
}

/** The main heading before a view knows better. */
export function headingOf({ view, runId }: Place): string {
  return view === "run" ? visibleText(runId ?? "") : HEADINGS[view]
}

export function documentTitle(heading: string): string {
  return `${heading} · Belay`
}

export function addressOf(view: ListedView): string {
  return view === "runs" ? "/" : `/?view=${encodeURIComponent(view)}`
}

export function addressOfRun(id: string): string {
  return `/?run=${encodeURIComponent(id)}`
}

/** @param key the path of an entry, or what a row of the timeline is named by */
export function addressOfEntry(runId: string, key: string): string {
  return `${addressOfRun(runId)}&entry=${encodeURIComponent(key)}`
}

/** Whether both are the same view of the same thing, whatever its filters. */
export function isSameView(one: Place, other: Place): boolean {
  return one.view === other.view && one.runId === other.runId
}
