// Bar: an entry of the journal drawn over the time of its run.
// Owns: which sign stands for what.

import type { Entry } from "../client/index.ts"

export interface Span {
  readonly fromMs: number
  readonly toMs: number
}

/** Work, work with more than one attempt, waiting, a moment, an end that was none, going on. */
type Sign = "work" | "retried" | "wait" | "moment" | "failed" | "open"

const BLOCKS: Readonly<Record<Sign, string>> = {
  work: "█",
  retried: "▓",
  wait: "░",
  moment: "◆",
  failed: "×",
  open: "►",
}

const PLAIN: Readonly<Record<Sign, string>> = {
  work: "#",
  retried: "%",
  wait: "-",
  moment: "*",
  failed: "x",
  open: ">",
}

const MOMENTS: ReadonlySet<Entry["kind"]> = new Set(["publish", "operator"])

export function bar(entry: Entry, span: Span, columns: number, isUnicode: boolean): string {
  const signs = isUnicode ? BLOCKS : PLAIN
  const place = (atMs: number) => columnAt(atMs, span, columns)
  const begin = place(Date.parse(entry.createdAt))
  if (MOMENTS.has(entry.kind)) return `${" ".repeat(begin)}${signs.moment}`
  const isOpen = entry.settledAt === undefined
  const end = isOpen ? columns - 1 : place(Date.parse(entry.settledAt))
  const worksFrom = entry.kind === "step" && entry.startedAt !== undefined
  const work = worksFrom ? Math.min(place(Date.parse(entry.startedAt)), end) : end + 1
  const drawn = [
    " ".repeat(begin),
    signs.wait.repeat(Math.max(0, work - begin)),
    signs[entry.attempts > 1 ? "retried" : "work"].repeat(Math.max(0, end + 1 - work)),
  ].join("")
  if (isOpen) return drawn.slice(0, end) + signs.open
  return entry.state === "completed" ? drawn : drawn.slice(0, end) + signs.failed
}

export function legend(isUnicode: boolean): string {
  const { work, retried, wait, moment, failed, open } = isUnicode ? BLOCKS : PLAIN
  return `${work} at work  ${retried} with retries  ${wait} waiting  ${moment} a moment  ${failed} not completed  ${open} goes on`
}

function columnAt(atMs: number, { fromMs, toMs }: Span, columns: number): number {
  const part = toMs > fromMs ? (atMs - fromMs) / (toMs - fromMs) : 0
  return Math.min(columns - 1, Math.max(0, Math.floor(part * columns)))
}
