// Timeline list: the rows of a run on the page, of which only those in view are there.
// Owns: scrolling, which row is active, which are closed, the keyboard. Must not touch: what a row shows (row-view.ts),
// what becomes of a row that is opened (whoever made the list).
//   V1. 10,000 entries cost what is seen of them: rows beyond the view have no element.
//   V2. It is one tree with one tab stop: arrows move along and fold, Enter opens.

import { element } from "../element.ts"
import { Bands } from "./bands.ts"
import { journalHead } from "./journal-cells.ts"
import { RowView } from "./row-view.ts"
import { scaleOf, type Scale } from "./scale.ts"
import { horizonOf, instantsOf, standing, worksOf, type Row, type Timeline } from "./timeline.ts"
import { scrollTo, windowOf } from "./window.ts"

export interface ListLook {
  readonly nowMs: number
  /** The run has ended: nothing is waited for. */
  readonly isOver: boolean
  readonly isJournal: boolean
  /** Time without compressed stretches. */
  readonly isEven: boolean
  /** The row whose panel is open. */
  readonly openedKey: string | undefined
}

interface ListParts {
  readonly timeline: Timeline
  readonly onOpen: (row: Row) => void
}

let listCount = 0

export class TimelineList {
  readonly root = element("div", { class: "timeline" })
  readonly #tree = element("div", {
    class: "rows",
    role: "tree",
    tabindex: 0,
    "aria-label": "Entries of the journal",
  })
  readonly #bands = new Bands()
  readonly #head = journalHead()
  readonly #scroller = element("div", { class: "scroller" })
  readonly #body = element("div", { class: "body" })
  readonly #measure = element("span", { class: "lane-place", "aria-hidden": "true" })
  readonly #timeline: Timeline
  readonly #onOpen: (row: Row) => void
  readonly #views = new Map<string, RowView>()
  readonly #closed = new Set<string>()
  readonly #idPrefix = `entry-${++listCount}-`
  #ids = 0
  #rows: Row[] = []
  #look: ListLook = {
    nowMs: 0,
    isOver: false,
    isJournal: false,
    isEven: false,
    openedKey: undefined,
  }
  #scale: Scale = scaleOf({ instants: [] }, 0, 1)
  #activeKey: string | undefined
  #rowHeight = 30

  constructor({ timeline, onOpen }: ListParts, signal: AbortSignal) {
    this.#timeline = timeline
    this.#onOpen = onOpen
    this.#body.append(this.#measure, this.#bands.root, this.#tree)
    this.#scroller.append(this.#bands.axis, this.#head, this.#body)
    this.root.append(this.#scroller)
    this.#scroller.addEventListener("scroll", () => this.#drawRows(false), { passive: true })
    this.#tree.addEventListener("keydown", (event) => this.#key(event))
    // Before the focus comes: what is pointed at is the active row then, and the first one is not scrolled to.
    this.#tree.addEventListener("pointerdown", (event) => {
      this.#activeKey = this.#rowAt(event)?.key ?? this.#activeKey
    })
    this.#tree.addEventListener("focus", () => {
      if (this.#activeKey === undefined) this.#activate(this.#rows[0])
    })
    this.#tree.addEventListener("click", (event) => this.#click(event))
    const resized = new ResizeObserver(() => this.draw(this.#look))
    resized.observe(this.root)
    signal.addEventListener("abort", () => resized.disconnect())
  }

  /** Whether the last row is in view: whoever looks at the end goes along with it. */
  get #isAtEnd(): boolean {
    const { scrollTop, scrollHeight, clientHeight } = this.#scroller
    return scrollTop > 0 && scrollTop + clientHeight >= scrollHeight - this.#rowHeight
  }

  draw(look: ListLook): void {
    const followsEnd = this.#isAtEnd
    this.#look = look
    this.#rows = standing(this.#timeline.roots, ({ key }) => this.#closed.has(key))
    const { firstMs = look.nowMs } = this.#timeline
    const toMs = Math.max(look.nowMs, look.isOver ? 0 : (horizonOf(this.#timeline) ?? 0))
    const instants = [...instantsOf(this.#timeline), look.nowMs]
    const works = worksOf(this.#timeline, look.nowMs)
    this.#scale = scaleOf({ instants, works }, firstMs, toMs, look.isEven)
    this.root.classList.toggle("journal", look.isJournal)
    this.#rowHeight = Number.parseFloat(getComputedStyle(this.root).getPropertyValue("--row-px"))
    this.#body.style.height = `${this.#rows.length * this.#rowHeight}px`
    if (!look.isJournal) {
      this.#bands.draw(this.#timeline, this.#scale, look.nowMs, this.#measure.clientWidth)
    }
    if (followsEnd) this.#scroller.scrollTop = this.#scroller.scrollHeight
    this.#drawRows(true)
  }

  /** Makes the row the active one and brings it into view, with all that it is inside of opened. */
  reveal(key: string): void {
    for (let row = this.#timeline.row(key)?.parent; row !== undefined; row = row.parent) {
      this.#closed.delete(row.key)
    }
    this.#activeKey = key
    this.draw(this.#look)
    this.#scrollToActive()
  }

  focus(): void {
    this.#tree.focus({ preventScroll: true })
  }

  #drawRows(isAll: boolean): void {
    const { scrollTop, clientHeight } = this.#scroller
    const count = this.#rows.length
    const { first, end } = windowOf({
      count,
      rowHeight: this.#rowHeight,
      scrollTop,
      height: clientHeight,
    })
    const shown = this.#rows.slice(first, end)
    const keys = new Set(shown.map(({ key }) => key))
    for (const [key, { root }] of this.#views) {
      if (keys.has(key)) continue
      root.remove()
      this.#views.delete(key)
    }
    let place = this.#tree.firstElementChild
    for (const [offset, row] of shown.entries()) {
      const { root } = this.#drawRow(row, first + offset, isAll)
      // In the order in which they are read, whatever came into view first.
      if (root === place) place = place.nextElementSibling
      else this.#tree.insertBefore(root, place)
    }
    const active = this.#activeKey === undefined ? undefined : this.#views.get(this.#activeKey)
    if (active === undefined) this.#tree.removeAttribute("aria-activedescendant")
    else this.#tree.setAttribute("aria-activedescendant", active.root.id)
  }

  #drawRow(row: Row, index: number, isAll: boolean): RowView {
    let view = this.#views.get(row.key)
    const isNew = view === undefined
    if (view === undefined) {
      view = new RowView(row, `${this.#idPrefix}${++this.#ids}`)
      this.#views.set(row.key, view)
    }
    view.root.style.transform = `translateY(${index * this.#rowHeight}px)`
    if (!isNew && !isAll) return view
    view.update(row, {
      scale: this.#scale,
      nowMs: this.#look.nowMs,
      isJournal: this.#look.isJournal,
      isClosed: this.#closed.has(row.key),
      isActive: row.key === this.#activeKey,
      isOpened: row.key === this.#look.openedKey,
      setSize: (row.parent?.parts ?? this.#timeline.roots).length,
    })
    return view
  }

  #click(event: MouseEvent): void {
    const row = this.#rowAt(event)
    if (row === undefined) return
    this.#activeKey = row.key
    const isOnCaret = event.target instanceof Element && event.target.closest(".caret") !== null
    if (isOnCaret && row.parts.length > 0) this.#fold(row)
    else this.#onOpen(row)
  }

  #rowAt({ target }: Event): Row | undefined {
    const found = target instanceof Element ? target.closest<HTMLElement>("[data-key]") : null
    return this.#timeline.row(found?.dataset["key"] ?? "")
  }

  #key(event: KeyboardEvent): void {
    if (event.altKey || event.ctrlKey || event.metaKey) return
    const active = this.#rows.findIndex(({ key }) => key === this.#activeKey)
    const row = this.#rows[active]
    const page = Math.max(Math.floor(this.#scroller.clientHeight / this.#rowHeight) - 1, 1)
    const moves: Readonly<Record<string, number>> = {
      ArrowDown: active + 1,
      ArrowUp: active - 1,
      PageDown: active + page,
      PageUp: active - page,
      Home: 0,
      End: this.#rows.length - 1,
    }
    const to = moves[event.key]
    if (to !== undefined)
      this.#activate(this.#rows[Math.min(Math.max(to, 0), this.#rows.length - 1)])
    else if (row === undefined) return
    else if (event.key === "Enter" || event.key === " ") this.#onOpen(row)
    else if (event.key === "ArrowRight") this.#unfoldOrEnter(row)
    else if (event.key === "ArrowLeft") this.#foldOrLeave(row)
    else return
    event.preventDefault()
  }

  #unfoldOrEnter(row: Row): void {
    if (row.parts.length === 0) return
    if (this.#closed.has(row.key)) this.#fold(row)
    else this.#activate(row.parts[0])
  }

  #foldOrLeave(row: Row): void {
    if (row.parts.length > 0 && !this.#closed.has(row.key)) this.#fold(row)
    else this.#activate(row.parent)
  }

  #fold({ key }: Row): void {
    if (!this.#closed.delete(key)) this.#closed.add(key)
    this.draw(this.#look)
  }

  #activate(row: Row | undefined): void {
    if (row === undefined) return
    this.#activeKey = row.key
    this.#scrollToActive()
    this.#drawRows(true)
  }

  #scrollToActive(): void {
    const index = this.#rows.findIndex(({ key }) => key === this.#activeKey)
    if (index < 0) return
    const { scrollTop, clientHeight } = this.#scroller
    // One of them is not shown, and has no height.
    const height = clientHeight - this.#bands.axis.offsetHeight - this.#head.offsetHeight
    const top = scrollTo(index, { rowHeight: this.#rowHeight, scrollTop, height })
    if (top !== undefined) this.#scroller.scrollTop = top
    this.#drawRows(false)
  }
}
