// Segments: what one entry did when: its attempts, the pauses between them, its sleeping and waiting.
// Owns: how a change goes on with what was there. Must not touch: other rows, drawing. Pure.
//   S1. An attempt that has begun and is followed by another start was lost: its outcome was never recorded; unless a
//       person has taken the journal back, which forgets outcomes.
//   S2. What is not over has no end.

import type { Problem } from "../answers.ts"
import type { EntryEvent } from "./entry-event.ts"

/**
 * - `attempt`: a step's function, or a child's run, is at work
 * - `queued`: the step waits for a slot
 * - `pause`: an attempt has failed and the next is not due yet
 * - `sleep`, `wait`: nothing is at work
 * - `group`: it stands for the entries inside it
 */
type SegmentKind = "attempt" | "queued" | "pause" | "sleep" | "wait" | "group"

type SegmentState =
  "open" | "completed" | "failed" | "lost" | "forgotten" | "cancelled" | "timed_out"

export interface Segment {
  readonly kind: SegmentKind
  readonly fromMs: number
  toMs?: number
  state: SegmentState
  /** Of an attempt. */
  readonly number?: number
  error?: Problem
  /** When it ends at the latest, as far as that is known. */
  readonly dueMs?: number
}

/** Adds what a change says; gives the attempt that turns out to be lost. */
export function advance(segments: Segment[], event: EntryEvent, atMs: number): Segment | undefined {
  const { type } = event.change
  switch (type) {
    case "open":
      segments.push(opened(event, atMs))
      return undefined
    case "start":
      return started(segments, event, atMs)
    case "fail":
      failed(segments, event, atMs)
      return undefined
    case "completed":
    case "failed":
    case "cancelled":
    case "timed_out":
      settled(segments, event, atMs, type)
      return undefined
    default:
      return undefined
  }
}

/** The journal was taken back: what is open has ended, and how is known no more. */
export function forget(segments: readonly Segment[], atMs: number): void {
  const open = openOf(segments)
  if (open?.kind === "attempt") close(open, "forgotten", atMs)
}

/** What is not over yet. */
export function openOf(segments: readonly Segment[]): Segment | undefined {
  const last = segments.at(-1)
  return last?.state === "open" ? last : undefined
}

/** When something that is not over ends by itself; an attempt and a group end with what is inside them. */
export function dueOf({ kind, state, dueMs }: Segment): number | undefined {
  return state === "open" && kind !== "attempt" && kind !== "group" ? dueMs : undefined
}

const OPENED: Readonly<Record<string, SegmentKind>> = {
  step: "group",
  child: "attempt",
  timer: "sleep",
  race: "group",
  all: "group",
  any: "group",
}

function opened({ kind, attempts, change }: EntryEvent, fromMs: number): Segment {
  const segment = OPENED[kind] ?? "wait"
  return {
    kind: segment,
    fromMs,
    state: "open",
    ...(segment === "attempt" && { number: Math.max(attempts, 1) }),
    ...due(change.dueAt),
  }
}

function started(segments: Segment[], event: EntryEvent, atMs: number): Segment | undefined {
  const open = openOf(segments)
  let lost: Segment | undefined
  if (open?.kind === "attempt") {
    open.state = "lost"
    open.toMs = atMs
    lost = open
  } else if (open !== undefined) {
    // What was opened and then attempted had waited for a slot.
    const kind = open.kind === "group" ? "queued" : open.kind
    segments[segments.length - 1] = { ...open, kind, state: "completed", toMs: atMs }
  }
  segments.push({ kind: "attempt", fromMs: atMs, state: "open", number: event.attempts })
  return lost
}

function failed(segments: Segment[], event: EntryEvent, atMs: number): void {
  const open = openOf(segments)
  if (open?.kind === "attempt") close(open, "failed", atMs, event.error)
  else {
    if (open !== undefined) close(open, "completed", atMs)
    segments.push(instant(event, atMs, "failed"))
  }
  segments.push({ kind: "pause", fromMs: atMs, state: "open", ...due(event.change.dueAt) })
}

function settled(
  segments: Segment[],
  event: EntryEvent,
  atMs: number,
  state: "completed" | "failed" | "cancelled" | "timed_out",
): void {
  const open = openOf(segments)
  const isRetried = open?.kind === "pause" && (state === "completed" || state === "failed")
  if (open !== undefined) close(open, isRetried ? "completed" : state, atMs, event.error)
  if (open === undefined || isRetried) segments.push(instant(event, atMs, state))
}

/** A plain function is over within the stretch in which it was called: only its end is recorded. */
function instant(event: EntryEvent, atMs: number, state: SegmentState): Segment {
  const { kind, attempts, error } = event
  return {
    kind: kind === "step" || kind === "child" ? "attempt" : "wait",
    fromMs: atMs,
    toMs: atMs,
    state,
    ...(attempts > 0 && { number: attempts }),
    ...(error !== undefined && { error }),
  }
}

function close(segment: Segment, state: SegmentState, toMs: number, error?: Problem): void {
  segment.state = state
  segment.toMs = toMs
  if (error !== undefined) segment.error = error
}

function due(dueAt: string | undefined): { dueMs?: number } {
  return dueAt === undefined ? {} : { dueMs: Date.parse(dueAt) }
}
