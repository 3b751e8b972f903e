// Run view: one run: what it is, what it waits for, its journal as it grows, and what a person may do with it.
// Owns: the reading of the run and its events, and which part is drawn when. Must not touch: how the parts look.
//   R1. The run is asked for again when its events tell of a change, and after each deed; at most once at a time.
//   R2. What an event says is believed only when it has the shape it should have.

import * as v from "valibot"
import { addressOfEntry, type Place } from "../../place.ts"
import { isFinal, RUN, type Run } from "../answers.ts"
import { pathTo } from "../api.ts"
import { element, setText } from "../element.ts"
import { followEvents, type RunEvent } from "../events.ts"
import { isPassing, messageOf, problemPanel } from "../problem.ts"
import { untilAnswered } from "../until-answered.ts"
import { statusWord } from "../status.ts"
import type { Desk, OpenView } from "../view.ts"
import { ActionBar } from "./action-bar.ts"
import { actionsOf } from "./actions.ts"
import { childSection, ChildTree } from "./child-tree.ts"
import { Connection } from "./connection.ts"
import { Deeds } from "./deeds.ts"
import { ENTRY_EVENT } from "./entry-event.ts"
import { entryPanel } from "./entry-panel.ts"
import { haltPanel } from "./halt-panel.ts"
import { LongValues } from "./long-values.ts"
import { Press } from "./press.ts"
import { Published } from "./published.ts"
import { Refresher } from "./refresher.ts"
import { runHead } from "./run-head.ts"
import { runValues } from "./run-values.ts"
import { TimelineSection } from "./timeline-section.ts"
import { Timeline, type Row } from "./timeline.ts"
import { tellOfRun } from "./of-run.ts"

/** A run that is gone does not tell when it is back. */
const GONE_MS = 400

const HEALTH = v.looseObject({ development: v.optional(v.boolean()) })

export function runView(root: HTMLElement, desk: Desk): OpenView {
  const view = new RunView(root, desk)
  view.open()
  return view
}

class RunView implements OpenView {
  readonly #root: HTMLElement
  readonly #desk: Desk
  readonly #id: string
  readonly #timeline = new Timeline()
  readonly #section: TimelineSection
  readonly #connection: Connection
  readonly #press: Press
  readonly #refresher: Refresher
  readonly #deeds: Deeds
  readonly #bar: ActionBar
  readonly #published: Published
  readonly #longValues: LongValues
  #lastId: string | undefined
  readonly #head = element("div", { class: "run-head" })
  readonly #halt = element("div")
  /** Read out when the run's status changes; what it is at first stands in the head. */
  readonly #told = element("p", { class: "unseen", role: "status" })
  readonly #body = element("div", { class: "run-body" })
  readonly #panel = element("div", { class: "panel-place" })
  readonly #values = element("div", { class: "run-values" })
  readonly #children = element("div")
  #run: Run | undefined
  #isDevelopment = false
  #openedKey: string | undefined
  #wanted: string | undefined
  #hasChildren = false
  #drawn = ""
  #panelDrawn = ""

  constructor(root: HTMLElement, desk: Desk) {
    this.#root = root
    this.#desk = desk
    this.#id = desk.place.runId ?? ""
    this.#wanted = desk.place.query.get("entry") ?? undefined
    this.#published = new Published(desk.api, this.#id, desk.signal)
    this.#longValues = new LongValues(desk.api, this.#id)
    this.#refresher = new Refresher({
      work: () => this.#update(),
      onFail: (error) => this.#updateFailed(error),
      signal: desk.signal,
    })
    this.#deeds = new Deeds(desk, this.#id, () => this.#refresher.soon())
    this.#bar = new ActionBar((action) => void this.#deeds.perform(action), desk.roles)
    this.#section = new TimelineSection({
      timeline: this.#timeline,
      signal: desk.signal,
      onOpen: (row) => this.#openEntry(row, true),
    })
    this.#connection = new Connection(root, this.#section.live)
    this.#press = new Press(root, () => this.#draw(), desk.signal)
    this.#body.append(this.#section.root, this.#panel)
    this.#body.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.#closeEntry()
    })
    // A run that had ended may have been taken up again by somebody else meanwhile.
    const look = () => document.hidden || this.#refresher.soon()
    document.addEventListener("visibilitychange", look, { signal: desk.signal })
  }

  open(): void {
    void this.#begin()
  }

  moved(place: Place): void {
    const key = place.query.get("entry") ?? undefined
    if (key === this.#openedKey) return
    const row = key === undefined ? undefined : this.#timeline.row(key)
    if (row === undefined) this.#closeEntry()
    else this.#openEntry(row, false)
  }

  async #begin(): Promise<void> {
    const { api, signal } = this.#desk
    const answered = await untilAnswered(this.#root, signal, () =>
      Promise.all([api.ask("/healthz", HEALTH, { signal }), this.#refresh()]),
    )
    if (answered === undefined) return
    this.#isDevelopment = answered[0].development === true
    this.#root.replaceChildren(
      this.#told,
      this.#connection.line,
      this.#head,
      this.#bar.root,
      this.#halt,
      this.#body,
      this.#children,
      this.#values,
    )
    this.#draw()
    await this.#follow()
  }

  #fail(error: unknown): void {
    const again = () => {
      this.#root.replaceChildren()
      void this.#begin()
    }
    this.#root.replaceChildren(problemPanel(error, again))
  }

  /** The run's events from the first, until its end; a person may take it up again behind that. */
  async #follow(): Promise<void> {
    this.#section.live.show("connecting")
    this.#forget()
    await followEvents(this.#desk.api, this.#id, {
      signal: this.#desk.signal,
      onEvent: (event) => this.#take(event),
      onBreak: (reason) => {
        this.#connection.streams(reason === undefined)
        this.#refresher.soon()
      },
    })
  }

  #forget(): void {
    this.#timeline.reset()
    this.#longValues.reset()
    this.#lastId = undefined
  }

  #take(told: RunEvent): void {
    const { event, data, id } = told
    if (event === "entry") {
      const change = this.#longValues.keep(v.parse(ENTRY_EVENT, data), told, this.#lastId)
      this.#timeline.take(change)
      this.#published.see(change)
      if (change.kind === "child" && !this.#hasChildren) this.#showChildren()
    }
    if (event === "reset") this.#forget()
    this.#lastId = id
    if (event === "end") this.#connection.ended()
    else this.#connection.streams(true)
    this.#section.drawSoon()
    this.#refresher.soon()
  }

  async #update(): Promise<number | undefined> {
    await this.#refresh()
    this.#connection.answered(this.#run !== undefined && isFinal(this.#run.status))
    this.#draw()
    return this.#timeline.isGone(Date.now()) && !document.hidden ? GONE_MS : undefined
  }

  /** What is shown stays while the server is away. */
  #updateFailed(error: unknown): boolean {
    if (isPassing(error)) this.#connection.lost(messageOf(error))
    else this.#fail(error)
    return isPassing(error)
  }

  async #refresh(): Promise<void> {
    const { api, signal } = this.#desk
    const [run] = await Promise.all([
      api.ask(pathTo("v1", "runs", this.#id), RUN, { signal }),
      this.#published.refresh(),
    ])
    const hadEnded = this.#run !== undefined && isFinal(this.#run.status)
    if (this.#run !== undefined && this.#run.status !== run.status) {
      setText(this.#told, `The run is ${statusWord(run.status)}.`)
    }
    const wentOn = hadEnded && this.#run?.endedAt !== run.endedAt
    this.#run = run
    if (wentOn) void this.#follow()
  }

  #draw(): void {
    const run = this.#run
    if (run === undefined) return
    this.#section.endMs = run.endedAt === undefined ? undefined : Date.parse(run.endedAt)
    tellOfRun(this.#timeline, run)
    this.#bar.show(actionsOf(run, this.#isDevelopment))
    this.#showWanted()
    this.#drawPanel()
    const drawn = JSON.stringify([run, [...this.#published.values]])
    if (drawn === this.#drawn || this.#press.holds()) return
    this.#drawn = drawn
    const toEntry = (path: string, runId = this.#id) =>
      element("a", { href: addressOfEntry(runId, path), class: "id path" }, path)
    this.#head.replaceChildren(...present(runHead(run, { toEntry })))
    this.#halt.replaceChildren(...present([haltPanel(run, toEntry)]))
    this.#values.replaceChildren(...present(runValues(run, this.#published.values)))
  }

  #showChildren(): void {
    this.#hasChildren = true
    const { api, signal } = this.#desk
    this.#children.replaceChildren(childSection(new ChildTree(api, signal), this.#id))
  }

  /** The entry that the address names, as soon as it is there. */
  #showWanted(): void {
    const row = this.#wanted === undefined ? undefined : this.#timeline.row(this.#wanted)
    if (row === undefined) return
    this.#wanted = undefined
    this.#openEntry(row, false)
  }

  #openEntry(row: Row, isOwnMove: boolean): void {
    const isToggle = isOwnMove && row.key === this.#openedKey
    if (isToggle) return this.#closeEntry()
    this.#openedKey = row.key
    this.#drawPanel()
    this.#section.openedKey = row.key
    this.#section.list.reveal(row.key)
    if (!isOwnMove) return
    this.#remember(row.key)
    this.#panel.querySelector("h2")?.focus({ preventScroll: true })
    this.#panel.scrollIntoView({ block: "nearest" })
  }

  #closeEntry(): void {
    if (this.#openedKey === undefined) return
    this.#openedKey = undefined
    this.#panel.replaceChildren()
    this.#section.openedKey = undefined
    this.#remember(undefined)
    this.#section.list.focus()
  }

  #drawPanel(): void {
    const row = this.#openedKey === undefined ? undefined : this.#timeline.row(this.#openedKey)
    if (row === undefined || this.#run === undefined) return
    const run = this.#run
    const drawn = JSON.stringify([row.key, row.entry, run.status, row.segments.length])
    if (this.#panelDrawn === drawn && this.#panel.firstChild !== null) return
    this.#panelDrawn = drawn
    const hadFocus = this.#panel.contains(document.activeElement)
    this.#panel.replaceChildren(
      entryPanel({
        run,
        row,
        address: addressOfEntry(this.#id, row.key),
        longValue: this.#longValues.lengthOf(row.entry),
        readValue: () => this.#longValues.read(row.entry, this.#desk.signal),
        onClose: () => this.#closeEntry(),
        onAction: (name) => void this.#deeds.performAt(name, run, row),
      }),
    )
    if (hadFocus) this.#panel.querySelector("h2")?.focus({ preventScroll: true })
  }

  #remember(key: string | undefined): void {
    const query = new URLSearchParams(location.search)
    if (key === undefined) query.delete("entry")
    else query.set("entry", key)
    this.#desk.rewrite(query)
  }
}

function present<T>(parts: readonly (T | undefined)[]): T[] {
  return parts.filter((part) => part !== undefined)
}
