// Timeline: a run's events as rows: one an entry, nested by path, each with what it did when; beside them what people did,
// and the stretches in which the run was gone.
// Owns: the fold of the events. Must not touch: the page, the clock. Pure.
//   T1. Every event that has come is in it, in the order in which it was recorded.
//   T2. A row stands below the nearest entry that its path begins with, in the order in which they began.

import { endedBy, Gaps, SAME_RETURN_MS, type Gap, type Replay } from "./gaps.ts"
import type { Work } from "./scale.ts"
import { advance, dueOf, forget, openOf, type Segment } from "./segments.ts"
import type { EntryEvent } from "./entry-event.ts"

export interface Row {
  /** Its place in the page: the path, or for what a person did a name of its own. */
  readonly key: string
  entry: EntryEvent
  readonly depth: number
  /** Its place among the rows beside it. */
  readonly index: number
  readonly parent: Row | undefined
  readonly parts: Row[]
  readonly segments: Segment[]
  readonly fromMs: number
}

/** What a person did, or that the run began to unwind. */
export interface Mark {
  readonly row: Row
  readonly atMs: number
  readonly name: string
}

/** It stands still until a person looks. */
export interface Halt {
  readonly atMs: number
  readonly code: string
}

/** By then a crashed run is back, or waits for something else. */
const BACK_MS_MAX = 15_000

/** What a person does to a run that stands still or has failed: it cuts the journal, and starts anew from there. */
const TAKES_BACK: ReadonlySet<string> = new Set(["retry", "skip"])

export class Timeline {
  readonly #rows = new Map<string, Row>()
  readonly #roots: Row[] = []
  readonly #marks: Mark[] = []
  #gaps = new Gaps()
  #replays: readonly Replay[] = []
  #haltCode: string | undefined
  #attemptsOpen = 0
  #firstMs: number | undefined
  #lastMs: number | undefined

  get size(): number {
    return this.#rows.size
  }

  get roots(): readonly Row[] {
    return this.#roots
  }

  /** All of them, in the order in which they began. */
  get rows(): Iterable<Row> {
    return this.#rows.values()
  }

  get marks(): readonly Mark[] {
    return this.#marks
  }

  get gaps(): readonly Gap[] {
    return endedBy(this.#replays, this.#gaps.all)
  }

  /** It was crashed a moment ago, and has not come back as far as is known. */
  isGone(nowMs: number): boolean {
    const last = this.gaps.at(-1)
    return last !== undefined && last.toMs === undefined && nowMs - last.fromMs < BACK_MS_MAX
  }

  /** Those that end no gap, which shows itself that the run came back. */
  get replays(): readonly Replay[] {
    const { firstMs = Infinity, gaps } = this
    const endsGap = (atMs: number) =>
      gaps.some(({ fromMs, toMs = Infinity }) => atMs >= fromMs && atMs <= toMs + SAME_RETURN_MS)
    return this.#replays.filter(({ atMs }) => atMs >= firstMs && !endsGap(atMs))
  }

  /** They are no part of the journal: the run tells of them. */
  set replays(replays: readonly Replay[]) {
    this.#replays = replays
  }

  /** The code of its halt while it stands still. When that began stands in no journal: behind the last that does. */
  set haltCode(code: string | undefined) {
    this.#haltCode = code
  }

  get halt(): Halt | undefined {
    if (this.#haltCode === undefined || this.#lastMs === undefined) return undefined
    return { atMs: this.#lastMs, code: this.#haltCode }
  }

  get firstMs(): number | undefined {
    return this.#firstMs
  }

  get lastMs(): number | undefined {
    return this.#lastMs
  }

  row(key: string): Row | undefined {
    return this.#rows.get(key)
  }

  /** What is known of the journal counts no more. */
  reset(): void {
    this.#rows.clear()
    this.#roots.length = 0
    this.#marks.length = 0
    this.#gaps = new Gaps()
    this.#attemptsOpen = 0
    this.#firstMs = undefined
    this.#lastMs = undefined
  }

  take(event: EntryEvent): void {
    const atMs = Date.parse(event.change.at)
    if (event.kind === "operator") this.#intervene(event, atMs)
    else this.#advance(event, atMs)
    this.#gaps.sawLife(atMs)
    this.#firstMs = Math.min(this.#firstMs ?? atMs, atMs)
    this.#lastMs = Math.max(this.#lastMs ?? atMs, atMs)
  }

  /** The run has come to rest: a crash that nobody came back from ends here. */
  closed(): void {
    if (this.#lastMs !== undefined) this.#gaps.closed(this.#lastMs)
  }

  #advance(event: EntryEvent, atMs: number): void {
    this.#gaps.sawWork(atMs)
    const row = this.#rows.get(event.path) ?? this.#add(event.path, event, atMs)
    row.entry = event
    const before = openOf(row.segments)
    const lost = advance(row.segments, event, atMs)
    const after = openOf(row.segments)
    // A child's run is at work in an object of its own.
    if (event.kind !== "step") return
    this.#attemptsOpen += isAttempt(after) - isAttempt(before)
    if (lost !== undefined) lost.toMs = this.#gaps.lost(lost, atMs, this.#rows.size)
    else if (before?.kind === "attempt" && before !== after) this.#gaps.ended(before)
  }

  #intervene(event: EntryEvent, atMs: number): void {
    const name = event.name ?? "operator"
    const row = this.#add(`${name}@${event.change.at}#${this.#marks.length}`, event, atMs)
    this.#marks.push({ row, atMs, name })
    if (TAKES_BACK.has(name)) this.#takeBack(atMs)
    if (name === "crash") this.#gaps.crashed(atMs, this.#attemptsOpen > 0, this.#rows.size - 1)
  }

  /** Nothing is in flight in a run that stands still or has failed: what looks so was forgotten. */
  #takeBack(atMs: number): void {
    for (const { segments } of this.#rows.values()) forget(segments, atMs)
    this.#attemptsOpen = 0
  }

  #add(key: string, event: EntryEvent, fromMs: number): Row {
    const parent = event.kind === "operator" ? undefined : this.#above(event.path)
    const depth = parent === undefined ? 0 : parent.depth + 1
    const beside = parent?.parts ?? this.#roots
    const index = beside.length
    const row: Row = { key, entry: event, depth, index, parent, parts: [], segments: [], fromMs }
    this.#rows.set(key, row)
    beside.push(row)
    return row
  }

  #above(path: string): Row | undefined {
    for (let end = path.lastIndexOf("."); end > 0; end = path.lastIndexOf(".", end - 1)) {
      const row = this.#rows.get(path.slice(0, end))
      if (row !== undefined) return row
    }
    return undefined
  }
}

/** The rows that stand one below the other, without those inside a row that is closed. */
export function standing(roots: readonly Row[], isClosed: (row: Row) => boolean): Row[] {
  const rows: Row[] = []
  const pending = roots.toReversed()
  for (let row = pending.pop(); row !== undefined; row = pending.pop()) {
    rows.push(row)
    if (row.parts.length === 0 || isClosed(row)) continue
    for (let index = row.parts.length - 1; index >= 0; index--) {
      const part = row.parts[index]
      if (part !== undefined) pending.push(part)
    }
  }
  return rows
}

function isAttempt(segment: Segment | undefined): 0 | 1 {
  return segment?.kind === "attempt" ? 1 : 0
}

/** Until when something that is known to be due is waited for. */
export function horizonOf(timeline: Timeline): number | undefined {
  let horizonMs: number | undefined
  for (const { segments } of timeline.rows) {
    const open = openOf(segments)
    const dueMs = open && dueOf(open)
    if (dueMs !== undefined) horizonMs = Math.max(horizonMs ?? dueMs, dueMs)
  }
  return horizonMs
}

/** Every instant at which something happened, or will. */
export function* instantsOf(timeline: Timeline): Generator<number> {
  for (const { segments, fromMs, entry } of timeline.rows) {
    yield fromMs
    if (entry.settledAt !== undefined) yield Date.parse(entry.settledAt)
    for (const segment of segments) {
      yield segment.fromMs
      if (segment.toMs !== undefined) yield segment.toMs
      const dueMs = dueOf(segment)
      if (dueMs !== undefined) yield dueMs
    }
  }
  for (const { fromMs, toMs } of timeline.gaps) {
    yield fromMs
    if (toMs !== undefined) yield toMs
  }
  for (const { atMs } of timeline.replays) yield atMs
}

/** When a step was at work. A child is at work elsewhere. */
export function* worksOf(timeline: Timeline, nowMs: number): Generator<Work> {
  for (const { entry, segments } of timeline.rows) {
    if (entry.kind !== "step") continue
    for (const { kind, fromMs, toMs = nowMs } of segments) {
      if (kind === "attempt" && toMs > fromMs) yield { fromMs, toMs }
    }
  }
}
