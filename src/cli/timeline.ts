// Timeline: a run's journal, a line an entry: what, when as a bar, how long, how it ended.
// Owns: the columns and how they share the width. Must not touch: where the entries come from.
//   N1. One page of entries is in memory at a time.

import type { Entry, JournalPage, Run } from "../client/index.ts"
import { bar, legend, type Span } from "./bar.ts"
import type { Colour, Screen } from "./screen.ts"
import { cut, columnsOf, duration, oneLine, padded, safeJson } from "./text.ts"

const PATH_MAX = 12
const WHAT_MAX = 30
const BAR_MIN = 6
const BAR_MAX = 48
const TOOK = 12
/** Without at least so much, how it ended is left out. */
const OUTCOME_MIN = 12
const GAP = 2

const COLOUR: Readonly<Record<Entry["state"], Colour | undefined>> = {
  started: "cyan",
  waiting: "cyan",
  completed: undefined,
  failed: "red",
  cancelled: "yellow",
  timed_out: "red",
}

interface Widths {
  readonly path: number
  readonly what: number
  readonly bar: number
  readonly outcome: number
}

export class Timeline {
  readonly #screen: Screen
  readonly #run: Run
  readonly #nowMs: number
  #widths: Widths | undefined
  #span: Span | undefined

  constructor(screen: Screen, run: Run, nowMs: number) {
    this.#screen = screen
    this.#run = run
    this.#nowMs = nowMs
  }

  async page({ entries }: JournalPage): Promise<void> {
    const [first] = entries
    if (first === undefined) return
    // A run that goes on as a new generation began long before what stands in its journal now.
    this.#span ??= {
      fromMs: Date.parse(first.createdAt),
      toMs: this.#run.endedAt === undefined ? this.#nowMs : Date.parse(this.#run.endedAt),
    }
    this.#widths ??= widthsFor(entries, this.#screen.width)
    for (const entry of entries)
      await this.#screen.line(this.#line(entry, this.#widths, this.#span))
  }

  async close(): Promise<void> {
    if (this.#span === undefined) return this.#screen.line("Its journal is empty.")
    await this.#screen.line()
    const { isUnicode, width } = this.#screen
    await this.#screen.line(this.#screen.paint(cut(legend(isUnicode), width), "dim"))
  }

  #line(entry: Entry, widths: Widths, span: Span): string {
    const { isUnicode } = this.#screen
    const drawn = padded(bar(entry, span, widths.bar, isUnicode), widths.bar)
    const colour = COLOUR[entry.state]
    const cells = [
      padded(cut(entry.path, widths.path), widths.path),
      padded(cut(whatOf(entry), widths.what), widths.what),
      colour === undefined ? drawn : this.#screen.paint(drawn, colour),
      padded(this.#took(entry), TOOK, "right"),
      cut(oneLine(outcomeOf(entry)), widths.outcome),
    ]
    return cells.join(" ".repeat(GAP)).trimEnd()
  }

  #took({ createdAt, settledAt }: Entry): string {
    const toMs = settledAt === undefined ? this.#nowMs : Date.parse(settledAt)
    return duration(toMs - Date.parse(createdAt))
  }
}

function widthsFor(entries: readonly Entry[], width: number): Widths {
  const widest = (texts: readonly string[], max: number) =>
    Math.min(max, Math.max(...texts.map(columnsOf)))
  const path = widest(
    entries.map((entry) => entry.path),
    Math.min(PATH_MAX, Math.floor(width / 6)),
  )
  const besides = width - path - TOOK - 3 * GAP
  const what = widest(
    entries.map(whatOf),
    Math.min(WHAT_MAX, Math.floor(width / 3), besides - BAR_MIN),
  )
  const left = besides - what
  const bar = Math.max(BAR_MIN, Math.min(BAR_MAX, Math.floor(left / 2)))
  const outcome = left - bar - GAP
  return outcome < OUTCOME_MIN
    ? { path, what, bar: Math.max(BAR_MIN, Math.min(BAR_MAX, left)), outcome: 0 }
    : { path, what, bar, outcome }
}

function whatOf({ kind, name }: Entry): string {
  return name === undefined ? kind : `${kind} ${oneLine(name)}`
}

/** In words: how it stands unless it has completed, its attempts unless there was one, its value or error. */
export function outcomeOf({ state, attempts, value, error }: Entry): string {
  const parts = [
    ...(state === "completed" ? [] : [state]),
    ...(attempts > 1 ? [`${attempts} attempts`] : []),
    ...(error === undefined ? [] : [`${error.name}: ${error.message}`]),
    ...(value === undefined || value === null ? [] : [safeJson(value)]),
  ]
  return parts.join(", ")
}
