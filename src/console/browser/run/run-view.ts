// Run view: one run: what it is, what it waits for, its journal as it grows, and what a person may do with it.
// Owns: the reading of the run and its events. Must not touch: how values, times and states look.

import * as v from "valibot"
import { addressOfRun } from "../../place.ts"
import { ENTRY, RUN, type Entry, type Run } from "../answers.ts"
import { pathTo } from "../api.ts"
import { button, element } from "../element.ts"
import { followEvents, type RunEvent } from "../events.ts"
import { KeyedList } from "../keyed-list.ts"
import { messageOf, problemPanel } from "../problem.ts"
import { statusBadge } from "../status.ts"
import { ageElement, timeElement } from "../time.ts"
import { valueLine, valueView } from "../value.ts"
import type { Desk, OpenView } from "../view.ts"

const VERBS = ["cancel", "kill", "pause", "resume", "retry"] as const

export function runView(root: HTMLElement, desk: Desk): OpenView {
  const id = desk.place.runId ?? ""
  const head = element("div", { class: "run-head" })
  const facts = element("div", { class: "facts" })
  const rows = element("tbody")
  const entries = new Map<string, Entry>()
  const list = new KeyedList<Entry>(rows, keyOf, () => entryRow())
  const fail = (error: unknown) => {
    if (!desk.signal.aborted)
      root.replaceChildren(problemPanel(error, () => desk.go(addressOfRun(id))))
  }
  const refresh = async () => {
    const run = await desk.api.ask(pathTo("v1", "runs", id), RUN, { signal: desk.signal })
    drawHead(head, run)
    drawFacts(facts, run)
  }
  const onEvent = ({ event, data }: RunEvent) => {
    if (event === "entry") {
      const entry = v.parse(ENTRY, data)
      entries.set(keyOf(entry), entry)
    }
    if (event === "reset") entries.clear()
    list.show([...entries.values()])
    if (event === "status" || event === "end") void refresh().catch(fail)
  }
  const operate = (verb: string) => {
    desk.api
      .ask(pathTo("v1", "runs", id, verb), RUN, { method: "POST", body: {} })
      .then(refresh)
      .catch((error: unknown) => desk.say(messageOf(error), "bad"))
  }
  root.replaceChildren(
    head,
    element("p", { class: "buttons" }, ...VERBS.map((verb) => button(verb, () => operate(verb)))),
    facts,
    element(
      "table",
      { class: "rows" },
      element(
        "thead",
        {},
        element(
          "tr",
          {},
          ...["path", "entry", "state", "when", "value"].map((name) => element("th", {}, name)),
        ),
      ),
      rows,
    ),
  )
  void refresh()
    .then(() =>
      followEvents(desk.api, id, {
        signal: desk.signal,
        onEvent,
        onBreak: (reason) => reason && desk.say(reason.message, "bad"),
      }),
    )
    .catch(fail)
  return {}
}

/** An operator's entries share a path. */
function keyOf({ kind, path, createdAt }: Entry): string {
  return kind === "operator" ? `${kind} ${path} ${createdAt}` : `${kind} ${path}`
}

function drawHead(head: HTMLElement, run: Run): void {
  head.replaceChildren(
    statusBadge(run.status),
    element("span", {}, `${run.workflow} v${run.version}`),
    timeElement(run.createdAt),
    ...(run.endedAt === undefined ? [] : ["to", timeElement(run.endedAt)]),
    ...(run.parent === undefined ? [] : ["child of", runLink(run.parent.id)]),
  )
}

function drawFacts(facts: HTMLElement, run: Run): void {
  const values = [
    ["input", run.input],
    ["result", run.result],
    ["error", run.error],
  ] as const
  facts.replaceChildren(
    ...values
      .filter(([, value]) => value !== undefined)
      .map(([label, value]) => element("div", {}, element("h2", {}, label), valueView(value))),
    ...run.waitingFor.map((wait) =>
      element(
        "p",
        { class: "quiet" },
        `waits for ${wait.kind} ${wait.name ?? ""} `,
        wait.until === undefined ? undefined : ageElement(wait.until),
        wait.id === undefined ? undefined : runLink(wait.id),
      ),
    ),
  )
}

function runLink(id: string): HTMLElement {
  return element("a", { href: addressOfRun(id), class: "id" }, id)
}

function entryRow() {
  const root = element("tr")
  const update = (entry: Entry) => {
    root.replaceChildren(
      element("td", { class: "id" }, entry.path),
      element("td", {}, `${entry.kind} ${entry.name ?? ""}`),
      element("td", {}, statusBadge(entry.state), entry.attempts > 1 ? ` ${entry.attempts}` : ""),
      element("td", {}, timeElement(entry.createdAt)),
      element("td", {}, entry.error?.message ?? valueLine(entry.value)),
    )
  }
  return { root, update }
}
