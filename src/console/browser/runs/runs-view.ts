// Runs view: the list of runs: filtered by the URL, live, page by page, and what can be done with several at once.
// Owns: what is asked, when. Must not touch: how a row, a filter, a chip looks.

import { addressOfRun, type Place } from "../../place.ts"
import { RUNS_PAGE, STATS } from "../answers.ts"
import { ApiError, withQuery } from "../api.ts"
import { element } from "../element.ts"
import { listenToKeys } from "../keys.ts"
import { repeatWhileVisible } from "../pause.ts"
import { problemPanel } from "../problem.ts"
import type { Desk, OpenView } from "../view.ts"
import { BulkBar } from "./bulk-bar.ts"
import { performBulk, type BulkVerb } from "./bulk.ts"
import { FilterBar } from "./filter-bar.ts"
import {
  addressOfRuns,
  isFiltered,
  filterOf,
  questionOf,
  withCursor,
  withFilters,
  withoutFilters,
  type FilterChanges,
} from "./filters.ts"
import { noMatch, noRuns, oddFilters } from "./no-runs.ts"
import { RateChart } from "./rate-chart.ts"
import { RunTable } from "./run-table.ts"
import { Selection } from "./selection.ts"
import { StatusChips } from "./status-chips.ts"

const POLL_MS = 2_000
const PAGE_SIZE = 50
const LIMIT_MAX = 200

export function runsView(root: HTMLElement, desk: Desk): OpenView {
  return new RunsView(root, desk)
}

class RunsView implements OpenView {
  readonly #desk: Desk
  #query: URLSearchParams
  /** Counts the lists asked for: an answer to an earlier one comes too late. */
  #turn = 0
  #shownTurn = -1
  #next: string | undefined
  readonly #selection = new Selection(() => this.#showSelection())
  readonly #table = new RunTable(this.#selection, () => this.#reload())
  readonly #chart = new RateChart()
  readonly #chips = new StatusChips((statuses) => this.#choose({ status: statuses }))
  readonly #filters = new FilterBar({
    onChoose: (changes) => this.#choose(changes),
    onType: (changes) => this.#type(changes),
    onOpen: (id) => this.#desk.go(addressOfRun(id)),
    onClear: () => this.#clear(),
  })
  readonly #bulk = new BulkBar({
    onVerb: (verb) => void this.#perform(verb),
    onClear: () => this.#selection.clear(),
  })
  readonly #notes = element("div")
  readonly #results = element("div")
  readonly #pager = element("nav", { class: "pager", "aria-label": "Pages" })

  constructor(root: HTMLElement, desk: Desk) {
    this.#desk = desk
    this.#query = desk.place.query
    root.replaceChildren(
      this.#chips.root,
      this.#chart.root,
      this.#filters.root,
      this.#bulk.root,
      this.#results,
      this.#notes,
      this.#table.root,
      this.#pager,
    )
    this.#table.root.hidden = true
    this.#notes.append(element("div", { class: "skeleton" }, ...skeletonLines()))
    this.#showQuery()
    listenToKeys(
      {
        j: () => this.#table.move(1),
        ArrowDown: () => this.#table.move(1),
        k: () => this.#table.move(-1),
        ArrowUp: () => this.#table.move(-1),
        x: () => this.#table.toggle(),
        n: () => this.#goOn(),
        "/": () => this.#filters.focus(),
      },
      desk.signal,
    )
    void desk.roles.then((held) => {
      if (!held.has("operate")) this.#bulk.forbid()
    })
    void repeatWhileVisible(POLL_MS, desk.signal, () => this.#load())
  }

  moved(place: Place): void {
    this.#query = place.query
    this.#showQuery()
    this.#reload()
  }

  #choose(changes: FilterChanges): void {
    this.#desk.go(addressOfRuns(withFilters(this.#query, changes)))
  }

  #type(changes: FilterChanges): void {
    this.#query = withFilters(this.#query, changes)
    this.#desk.rewrite(this.#query)
    this.#showQuery()
    this.#reload()
  }

  #clear(): void {
    this.#desk.go(addressOfRuns(withoutFilters(this.#query)))
  }

  #goOn(): void {
    if (this.#next !== undefined) this.#desk.go(addressOfRuns(withCursor(this.#query, this.#next)))
  }

  #showQuery(): void {
    this.#filters.show(this.#query)
    this.#chips.showChosen(this.#query.getAll("status"))
  }

  #showSelection(): void {
    this.#table.showSelection()
    this.#bulk.show(this.#selection.cards)
  }

  #reload(): void {
    this.#turn++
    void this.#load()
  }

  /** Asks for the page and the counts. Resolves with whether both came. */
  async #load(): Promise<boolean> {
    const [page, stats] = await Promise.all([this.#loadPage(), this.#loadStats()])
    return page && stats
  }

  async #loadPage(): Promise<boolean> {
    const turn = this.#turn
    const isAgain = turn === this.#shownTurn
    const isHeld = isAgain && this.#table.isHeld
    // What is held may be pushed behind the first page by what is new.
    const limit = isHeld ? Math.min(LIMIT_MAX, this.#table.size + PAGE_SIZE) : PAGE_SIZE
    const question = questionOf(this.#query, limit, Date.now())
    try {
      const { signal } = this.#desk
      const page = await this.#desk.api.ask(withQuery("/v1/runs", question), RUNS_PAGE, { signal })
      if (turn !== this.#turn || signal.aborted) return true
      this.#selection.refresh(page.runs)
      if (isHeld || (isAgain && this.#table.isHeld)) this.#table.update(page.runs)
      else {
        this.#table.replace(page.runs)
        this.#next = page.cursor
      }
      this.#shownTurn = turn
      this.#drawNotes(page.runs.length)
      this.#drawPager()
      this.#showSelection()
      return true
    } catch (error) {
      if (!this.#desk.signal.aborted && turn === this.#turn) this.#fail(error)
      return false
    }
  }

  async #loadStats(): Promise<boolean> {
    const { signal, api } = this.#desk
    const turn = this.#turn
    try {
      const path = withQuery("/v1/stats", filterOf(this.#query, Date.now()))
      const stats = await api.ask(path, STATS, { signal })
      if (turn !== this.#turn || signal.aborted) return true
      this.#chips.showCounts(stats)
      this.#chart.show(stats, isFiltered(this.#query))
      this.#filters.showWorkflows(stats, this.#query.get("workflow") ?? "")
      return true
    } catch {
      // The list, which is asked at the same time, says what is wrong.
      return false
    }
  }

  #fail(error: unknown): void {
    const isOdd = error instanceof ApiError && error.status === 400 && isFiltered(this.#query)
    if (isOdd) this.#notes.replaceChildren(oddFilters(error, () => this.#clear()))
    else this.#notes.replaceChildren(problemPanel(error, () => void this.#load()))
    // Rows of the filters before would say that they are what is asked for.
    this.#table.root.hidden = isOdd || this.#table.size === 0
    this.#filters.offerClear(!isOdd)
  }

  #drawNotes(count: number): void {
    this.#table.root.hidden = count === 0
    this.#filters.offerClear(count > 0)
    if (count > 0) this.#notes.replaceChildren()
    else if (isFiltered(this.#query)) this.#notes.replaceChildren(noMatch(() => this.#clear()))
    else this.#notes.replaceChildren(noRuns())
  }

  #drawPager(): void {
    const newest = addressOfRuns(withCursor(this.#query, undefined))
    const next = addressOfRuns(withCursor(this.#query, this.#next))
    const isOldest = this.#query.get("order") === "oldest"
    this.#pager.replaceChildren(
      ...(this.#query.has("cursor")
        ? [element("a", { class: "button", href: newest }, "First page")]
        : []),
      ...(this.#next === undefined
        ? []
        : [element("a", { class: "button", href: next }, isOldest ? "Newer runs" : "Older runs")]),
    )
  }

  async #perform(verb: BulkVerb): Promise<void> {
    const work = await performBulk(this.#desk.api, verb, this.#selection.cards)
    if (work === undefined) return
    this.#results.replaceChildren(work.panel)
    await work.done
    this.#selection.clear()
    await this.#load()
  }
}

function skeletonLines(): HTMLElement[] {
  return Array.from({ length: 8 }, () => element("i"))
}
