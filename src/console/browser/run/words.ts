// Words: what a run waits for, what an entry is and what became of it, in words.
// Owns: the sentences, for those who look and those who listen. Must not touch: the page, the clock. Pure.

import type { Run, Waiting } from "../answers.ts"
import { durationText } from "../duration.ts"
import type { EntryEvent } from "./entry-event.ts"
import type { Segment } from "./segments.ts"
import type { Row } from "./timeline.ts"

/** As in "sleeping until 14:03:00 (in 3 min)"; the instant is written by whoever shows it. */
export interface WaitingWords {
  readonly before: string
  readonly until?: string
  readonly runId?: string
  readonly isUrgent: boolean
}

const NAMED: Readonly<Record<string, (name: string) => string>> = {
  timer: () => "sleeping",
  retry: (name) => `retrying ${name}`,
  signal: (name) => `waiting for signal ${name}`,
  update: (name) => `waiting for update ${name}`,
  promise: () => "waiting for a promise to be settled",
  child: (name) => `waiting for child ${name}`,
}

export function waitingWords(waiting: Waiting): WaitingWords {
  const { kind, name = "", until, id, status } = waiting
  const isHalted = status === "halted"
  return {
    before: `${kind === "start" ? startWords(waiting) : (NAMED[kind]?.(name) ?? kind)}${isHalted ? ", which is halted" : ""}`,
    ...(until !== undefined && { until }),
    ...(id !== undefined && { runId: id }),
    isUrgent: isHalted,
  }
}

/** Between what it does and the instant: "sleeping until", "retrying charge at", a wait that ends "by". */
export function untilWord(kind: string): string {
  if (kind === "retry" || kind === "start") return "at"
  return kind === "timer" ? "until" : "until at the latest"
}

function startWords({ name, until }: Waiting): string {
  if (until !== undefined) return "beginning"
  return name === undefined ? "about to begin" : `waiting for its turn among "${name}"`
}

/** What a run does that waits for nothing named, or that a person holds, in one line. */
export function statusWords({ status, waitingFor }: Run): string | undefined {
  if (status === "paused") return "paused by a person: nothing new begins"
  if (status === "halted") return "stands still until a person looks"
  if (waitingFor.length > 0) return undefined
  if (status === "running") return "at work"
  return status === "suspended" ? "at rest" : undefined
}

export function entryTitle({ kind, name }: Pick<EntryEvent, "kind" | "name">): string {
  return name ?? KIND_WORDS[kind] ?? kind
}

const KIND_WORDS: Readonly<Record<string, string>> = {
  timer: "sleep",
  promise: "promise",
  child: "child run",
}

/** What is said before the title of a row: its kind, where the title is not the same word. */
export function kindWords({ kind, name }: EntryEvent): string {
  return kind === "operator" || name === undefined || name === kind ? "" : kind
}

/** What is said behind it: all that a row's bars say, for who cannot see them. */
export function rowWords(row: Row, nowMs: number): string {
  const { entry, segments } = row
  if (entry.kind === "operator") return "by a person"
  const parts = [`at ${entry.path}`, entry.state.replaceAll("_", " ")]
  if (entry.attempts > 1) parts.push(`${entry.attempts} attempts`)
  const tookMs = lengthMs(row, nowMs)
  if (tookMs >= 1) parts.push(durationText(tookMs))
  const attempts = segments.filter(({ kind }) => kind === "attempt")
  if (attempts.length > 1) parts.push(...attempts.slice(-10).map((each) => attemptWords(each)))
  return parts.join(", ")
}

export function attemptWords({ number, state, error, fromMs, toMs }: Segment): string {
  const what = `attempt ${number ?? 1} ${ATTEMPT_WORDS[state] ?? state.replaceAll("_", " ")}`
  const took = toMs === undefined || toMs === fromMs ? "" : ` after ${durationText(toMs - fromMs)}`
  return `${what}${took}${error === undefined ? "" : `: ${error.message.slice(0, 120)}`}`
}

const ATTEMPT_WORDS: Readonly<Record<string, string>> = {
  open: "at work",
  lost: "lost with its object",
  forgotten: "taken back by a person",
}

export function lengthMs({ entry, fromMs }: Row, nowMs: number): number {
  const toMs = entry.settledAt === undefined ? nowMs : Date.parse(entry.settledAt)
  return Math.max(toMs - fromMs, 0)
}
