// Child tree: the runs a run has started, and theirs, opened level by level.
// Owns: what is asked for when a level is opened. Must not touch: the journal of the run itself.
//   T1. A level is asked for when a person opens it, and not before.
//   T2. Where there is no index, a run's own journal names its children.

import { addressOfRun } from "../../place.ts"
import { JOURNAL, RUN, RUNS_PAGE } from "../answers.ts"
import { ApiError, pathTo, withQuery, type Api } from "../api.ts"
import { element } from "../element.ts"
import { messageOf, problemPanel } from "../problem.ts"
import { statusBadge } from "../status.ts"

/** Children of one run that are shown; more are in the list of runs. */
const CHILDREN_MAX = 200

interface Child {
  readonly id: string
  readonly status?: string
  readonly workflow?: string
}

/** Asked for when it is opened. */
export function childSection(tree: ChildTree, runId: string): HTMLElement {
  const place = element("div")
  const details = element(
    "details",
    { class: "panel children" },
    element("summary", {}, element("h2", {}, "Runs it has started")),
    place,
  )
  details.addEventListener("toggle", () => {
    if (!details.open) return
    tree.listOf(runId).then(
      (list) => place.replaceChildren(list),
      (error: unknown) => place.replaceChildren(problemPanel(error)),
    )
  })
  return details
}

export class ChildTree {
  readonly #api: Api
  readonly #signal: AbortSignal

  constructor(api: Api, signal: AbortSignal) {
    this.#api = api
    this.#signal = signal
  }

  /** The children of a run as a list; each can be opened. */
  async listOf(runId: string): Promise<HTMLElement> {
    const children = await this.#childrenOf(runId)
    if (children.length === 0) return element("p", { class: "quiet" }, "It has started no others.")
    return element("ul", { class: "child-list" }, ...children.map((child) => this.#item(child)))
  }

  #item({ id, status, workflow }: Child): HTMLElement {
    const state = element("span")
    if (status === undefined) void this.#showStatus(id, state)
    else state.append(statusBadge(status))
    const below = element("div", { hidden: true })
    const toggle = element(
      "button",
      {
        type: "button",
        class: "link fold",
        "aria-expanded": "false",
        "aria-label": `Children of ${id}`,
      },
      "▸",
    )
    toggle.addEventListener("click", () => {
      const isOpen = below.hidden
      below.hidden = !isOpen
      toggle.setAttribute("aria-expanded", String(isOpen))
      toggle.textContent = isOpen ? "▾" : "▸"
      if (isOpen) void this.#fill(id, below)
    })
    return element(
      "li",
      {},
      element(
        "span",
        { class: "child" },
        toggle,
        state,
        element("a", { href: addressOfRun(id), class: "id" }, id),
        element("span", { class: "quiet" }, workflow ?? ""),
      ),
      below,
    )
  }

  async #fill(id: string, below: HTMLElement): Promise<void> {
    try {
      below.replaceChildren(await this.listOf(id))
    } catch (error) {
      if (!this.#signal.aborted) below.replaceChildren(element("p", {}, messageOf(error)))
    }
  }

  async #showStatus(id: string, place: HTMLElement): Promise<void> {
    try {
      const run = await this.#api.ask(pathTo("v1", "runs", id), RUN, { signal: this.#signal })
      place.replaceChildren(statusBadge(run.status))
    } catch (error) {
      if (!this.#signal.aborted) place.replaceChildren(messageOf(error))
    }
  }

  async #childrenOf(parent: string): Promise<Child[]> {
    const signal = this.#signal
    try {
      const path = withQuery("/v1/runs", { parent, order: "oldest", limit: CHILDREN_MAX })
      return (await this.#api.ask(path, RUNS_PAGE, { signal })).runs
    } catch (error) {
      if (!(error instanceof ApiError) || !WITHOUT_INDEX.has(error.code)) throw error
      const path = withQuery(pathTo("v1", "runs", parent, "journal"), { limit: 1_000 })
      const { entries } = await this.#api.ask(path, JOURNAL, { signal })
      return entries.flatMap(({ runId, name }) =>
        runId === undefined ? [] : [{ id: runId, ...(name !== undefined && { workflow: name }) }],
      )
    }
  }
}

const WITHOUT_INDEX: ReadonlySet<string> = new Set([
  "not_configured",
  "overloaded",
  "route_unknown",
  "method_not_allowed",
])
