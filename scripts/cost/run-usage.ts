// Run usage: what a run has used, from its record and its exported journal.
// Owns: what is counted (rows), and what is reckoned from the journal (requests, duration, bytes).
//   R1. Duration is the time in which attempts of its steps were under way, each moment once: everything else of a run
//       is done in milliseconds, or asleep.
//   R2. A step with steps of its own is under way while they are, and is not counted itself.

import { isOutcome, type JournalRecord } from "../../src/engine/ports/journal.ts"
import { LEASE_MS_MAX, LEASE_MS_MIN } from "../../src/engine/limits.ts"
import type { RecordedRun } from "../../src/engine/recorded/recorded-run.ts"
import {
  ACTIVE_MS_PER_EVENT,
  CPU_MS_PER_REQUEST,
  CPU_MS_PER_STEP,
  EMPTY_DATABASE_BYTES,
  STORED_DAYS,
  WORKFLOWS_STORED_DAYS,
} from "./assumptions.ts"
import type { Usage, WorkflowsUsage } from "./bill.ts"

interface Span {
  readonly fromMs: number
  readonly toMs: number
}

/** What the journal says of the run, in numbers. */
export interface Shape {
  readonly steps: number
  readonly timers: number
  readonly messages: number
  readonly children: number
  readonly retries: number
  /** In which some attempt was under way. */
  readonly attemptsMs: number
  /** Times the watchdog fires meanwhile. */
  readonly leases: number
  readonly textBytes: number
}

const DAY_MS = 24 * 60 * 60 * 1_000

/** Entries that somebody outside brings about. */
const MESSAGES: ReadonlySet<string> = new Set(["signal", "update", "promise"])

export function shapeOf({ run, texts, records, rows }: RecordedRun): Shape {
  const kinds = records.flatMap(({ kind }) => (kind === undefined ? [] : [kind]))
  const count = (isOne: (kind: string) => boolean) => kinds.filter(isOne).length
  const spans = attemptSpans(records, run.endedAtMs ?? run.exportedAtMs)
  const written = [...Object.values(texts), ...records.map(({ text }) => text ?? "")]
  for (const row of rows) if ("text" in row) written.push(row.text ?? "")
  return {
    steps: count((kind) => kind === "step"),
    timers: count((kind) => kind === "timer"),
    messages: count((kind) => MESSAGES.has(kind)),
    children: count((kind) => kind === "child"),
    retries: records.filter(({ type }) => type === "fail").length,
    attemptsMs: lengthOf(spans),
    leases: spans.reduce((sum, span) => sum + leasesIn(span), 0),
    textBytes: written.reduce((sum, text) => sum + Buffer.byteLength(text), 0),
  }
}

/** @param rows as the run counts them */
export function usageOf(
  recorded: RecordedRun,
  rows: { readonly written: number; readonly read: number },
): Usage {
  const shape = shapeOf(recorded)
  const { timers, messages, children, retries, leases, attemptsMs, textBytes } = shape
  // Its start and what is sent to it come through the Worker; a child is started and tells its end.
  const workerRequests = 1 + messages
  const objectRequests = workerRequests + timers + retries + leases + 2 * children
  return {
    rowsWritten: rows.written,
    rowsRead: rows.read,
    objectRequests,
    activeMs: attemptsMs + objectRequests * ACTIVE_MS_PER_EVENT,
    workerRequests,
    cpuMs: workerRequests * CPU_MS_PER_REQUEST,
    storedBytes: EMPTY_DATABASE_BYTES + textBytes,
    storedDays: STORED_DAYS + daysOf(recorded),
  }
}

/** The same run there: a sleep and a wait are steps, and a child is one that starts it and one that waits for it. */
export function workflowsUsageOf(recorded: RecordedRun): WorkflowsUsage {
  const { steps, timers, messages, children, textBytes } = shapeOf(recorded)
  return {
    steps: steps + timers + messages + 2 * children,
    workerRequests: 1 + messages,
    invocations: 1,
    cpuMs: (1 + messages) * CPU_MS_PER_REQUEST + steps * CPU_MS_PER_STEP,
    storedBytes: textBytes,
    storedDays: WORKFLOWS_STORED_DAYS + daysOf(recorded),
  }
}

function daysOf({ run }: RecordedRun): number {
  return ((run.endedAtMs ?? run.exportedAtMs) - run.createdAtMs) / DAY_MS
}

/** From each recorded start of an attempt to its end, whoever's; one without an end lasts to that of all. */
function attemptSpans(records: readonly JournalRecord[], endMs: number): Span[] {
  const parents = new Set(records.flatMap(({ path }) => parentsOf(path)))
  const open = new Map<string, number>()
  const spans: Span[] = []
  const close = (path: string, toMs: number) => {
    const fromMs = open.get(path)
    if (fromMs === undefined) return
    open.delete(path)
    spans.push({ fromMs, toMs })
  }
  for (const record of records) {
    const { type, path, atMs } = record
    if (parents.has(path)) continue
    if (type === "start") {
      close(path, atMs)
      open.set(path, atMs)
    } else if (type === "fail" || isOutcome(record)) close(path, atMs)
  }
  for (const path of open.keys()) close(path, endMs)
  return united(spans)
}

/** "3.1.0" is a part of "3.1" and of "3". */
function parentsOf(path: string): string[] {
  const parts = path.split(".")
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join("."))
}

function united(spans: readonly Span[]): Span[] {
  const found: Span[] = []
  for (const span of spans.toSorted((one, other) => one.fromMs - other.fromMs)) {
    const last = found.at(-1)
    if (last === undefined || span.fromMs > last.toMs) found.push(span)
    else found[found.length - 1] = { ...last, toMs: Math.max(last.toMs, span.toMs) }
  }
  return found
}

function lengthOf(spans: readonly Span[]): number {
  return spans.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0)
}

/** The lease doubles while one attempt is under way, and the alarm fires at the end of each. */
function leasesIn({ fromMs, toMs }: Span): number {
  let count = 0
  let leaseMs = LEASE_MS_MIN
  for (let atMs = fromMs + leaseMs; atMs <= toMs; atMs += leaseMs) {
    count++
    leaseMs = Math.min(leaseMs * 2, LEASE_MS_MAX)
  }
  return count
}
