// Ledger view: whether the relays are ready, and the accounts and transfers that runs are about.
// Owns: what is looked up; it stands in the URL (`of` a run, or `kind` and `id`). Must not touch: how a card looks.

import { addressOfRun, type Place } from "../../place.ts"
import { RUN, RUNS_PAGE, type Card } from "../answers.ts"
import { pathTo, withQuery } from "../api.ts"
import { element } from "../element.ts"
import { labelled } from "../labelled.ts"
import { statusBadge } from "../status.ts"
import { ageElement } from "../time.ts"
import { untilAnswered } from "../until-answered.ts"
import type { Desk, OpenView } from "../view.ts"
import { cardOf, KINDS, type Kind } from "./cards.ts"
import { MONEY_WORKFLOWS, subjectsOf } from "./of-run.ts"
import { relaysPanel } from "./relays.ts"

/** Of each workflow, the newest. */
const RUNS_EACH = 6

export function ledgerView(root: HTMLElement, desk: Desk): OpenView {
  const found = element("div", { class: "ledger-cards", "aria-live": "polite" })
  const recent = element("div")
  root.replaceChildren(
    element("h2", {}, "Relays"),
    relaysPanel(desk.api, desk.signal),
    element("h2", {}, "Accounts and transfers"),
    lookUpForm(desk),
    found,
    element("h2", {}, "Newest runs that move money"),
    recent,
  )
  let looking = new AbortController()
  const show = ({ query }: Place) => {
    looking.abort()
    looking = new AbortController()
    const runId = query.get("of")
    const kind = Object.keys(KINDS).find((each) => each === query.get("kind")) as Kind | undefined
    const id = query.get("id")
    found.replaceChildren()
    const asking = { ...desk, signal: AbortSignal.any([desk.signal, looking.signal]) }
    if (runId !== null) void showRun(found, asking, runId)
    else if (kind !== undefined && id !== null) void showCards(found, asking, [[kind, id]])
  }
  show(desk.place)
  void showRecent(recent, desk)
  return { moved: show }
}

function lookUpForm(desk: Desk): HTMLElement {
  const kind = element(
    "select",
    { name: "kind" },
    ...Object.entries(KINDS).map(([value, { label }]) => element("option", { value }, label)),
  )
  const id = element("input", {
    name: "id",
    required: true,
    autocomplete: "off",
    spellcheck: "false",
    class: "id",
  })
  const { query } = desk.place
  kind.value = query.get("kind") ?? "account"
  id.value = query.get("id") ?? ""
  const form = element(
    "form",
    { class: "look-up" },
    labelled("What", kind),
    labelled("Which", id),
    element("button", {}, "Look"),
  )
  form.addEventListener("submit", (event) => {
    event.preventDefault()
    desk.go(withQuery("/", { view: "ledger", kind: kind.value, id: id.value.trim() }))
  })
  return form
}

async function showRun(found: HTMLElement, desk: Desk, runId: string): Promise<void> {
  const { api, signal } = desk
  const ask = () => api.ask(pathTo("v1", "runs", runId), RUN, { signal })
  const run = await untilAnswered(found, signal, ask)
  if (run === undefined) return
  const subjects = subjectsOf(run)
  found.replaceChildren(
    element(
      "p",
      { class: "of-run" },
      statusBadge(run.status),
      " ",
      element("a", { class: "id", href: addressOfRun(runId) }, runId),
      subjects.length === 0 ? " has nothing to do with the ledger." : undefined,
    ),
  )
  await showCards(found, desk, subjects)
}

async function showCards(
  found: HTMLElement,
  { api, signal }: Desk,
  subjects: readonly (readonly [Kind, string])[],
): Promise<void> {
  const cards = await Promise.all(subjects.map(([kind, id]) => cardOf(api, kind, id, signal)))
  if (!signal.aborted) found.append(...cards)
}

async function showRecent(recent: HTMLElement, { api, signal }: Desk): Promise<void> {
  const pages = await untilAnswered(recent, signal, () =>
    Promise.all(
      MONEY_WORKFLOWS.map((workflow) =>
        api.ask(withQuery("/v1/runs", { workflow, limit: RUNS_EACH }), RUNS_PAGE, { signal }),
      ),
    ),
  )
  if (pages === undefined) return
  const runs = pages
    .flatMap((page) => page.runs)
    .toSorted((one, other) => other.createdAt.localeCompare(one.createdAt))
  recent.replaceChildren(
    runs.length === 0
      ? element("p", { class: "quiet" }, "There are none yet.")
      : element("ul", { class: "panel recent" }, ...runs.map(recentLine)),
  )
}

function recentLine({ id, status, createdAt }: Card): HTMLElement {
  const href = withQuery("/", { view: "ledger", of: id })
  return element(
    "li",
    {},
    statusBadge(status),
    element("a", { class: "id", href, title: "Its accounts and transfers" }, id),
    element("span", { class: "quiet" }, ageElement(createdAt)),
  )
}
