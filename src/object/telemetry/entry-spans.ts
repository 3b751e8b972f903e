// Entry spans: the journal's records as spans: one for each entry, and one for each attempt of a step.
// Owns: what each record ends, and what is said of it. Pure: the same records give the same spans, to the byte.
//   E1. A span is made by the record that ends it, so it is made once and never changes: what is open has none yet.
//   E2. What is open when a generation or round ends is closed there, as unfinished, so that no span lacks its parent.
//   E3. What the engine keeps for itself has no spans: recorded values (date.now, math.random, uuid), marks of patches.

import { isOutcome, type EntryKind, type JournalRecord } from "../../engine/ports/journal.ts"
import { patchOf } from "../../engine/machine/patches.ts"
import {
  attemptSpanId,
  entrySpanId,
  runSpanId,
  type SpanPlace,
} from "../../engine/ports/trace-ids.ts"
import type { Span, SpanAttributes, SpanEvent } from "./span.ts"
import { errorAttributes, exceptionEvent, readThrown } from "./thrown.ts"

/** What was recorded of an entry before the records at hand. */
export interface KnownEntry {
  readonly path: string
  readonly kind: EntryKind
  readonly name: string | undefined
  readonly beganMs: number
  /** The attempt that is under way. */
  open: { readonly number: number; readonly startMs: number } | undefined
  attempts: number
}

export interface Stretch extends SpanPlace {
  /** When the generation or round began: what was there before is closed, and goes on from here. */
  readonly sinceMs: number
  readonly tellsMessages: boolean
}

const VALUES: ReadonlySet<string> = new Set(["date.now", "math.random", "uuid"])

const LOST: SpanEvent["name"] = "belay.attempt_lost"

export class EntrySpans {
  readonly spans: Span[] = []
  readonly #stretch: Stretch
  readonly #known: Map<string, KnownEntry>
  #last: JournalRecord | undefined

  /** @param last the record before the first that is added */
  constructor(stretch: Stretch, known: Map<string, KnownEntry>, last?: JournalRecord) {
    this.#stretch = stretch
    this.#known = known
    this.#last = last
  }

  /** Records in order. */
  add(record: JournalRecord): void {
    const before = this.#last
    this.#last = record
    if (record.type === "operator" || record.type === "cancel") return
    const entry = this.#entryOf(record)
    if (entry === undefined) return
    const wasSkipped = before?.type === "operator" && before.name === "skip"
    if (isOutcome(record)) this.#settled(entry, record, wasSkipped && before.path === record.path)
    else if (entry.kind === "step") this.#stepGoesOn(entry, record)
    else if (record.attempt !== undefined) entry.attempts = record.attempt
  }

  /** Whatever is open ends here, for this stretch. */
  close(entry: KnownEntry, atMs: number): void {
    this.#attempt(entry, entry.open, { endMs: atMs, state: "unfinished" })
    this.#push(entry, atMs, "unfinished", {})
  }

  /** `undefined` for what has no spans: what is too old to be known, or the engine's own. */
  #entryOf(record: JournalRecord): KnownEntry | undefined {
    const { path, kind, name } = record
    const known = this.#known.get(path)
    if (known !== undefined || kind === undefined) return known
    if (patchOf(record) !== undefined) return undefined
    if (isOutcome(record) && kind === "step" && VALUES.has(name ?? "")) return undefined
    const entry = { path, kind, name, beganMs: record.atMs, open: undefined, attempts: 0 }
    this.#known.set(path, entry)
    return entry
  }

  #stepGoesOn(entry: KnownEntry, { type, attempt, atMs, text, dueMs }: JournalRecord): void {
    if (attempt === undefined) return
    entry.attempts = attempt
    if (type === "start") {
      // The one before left no outcome: the object was reset under it.
      const events = [{ name: LOST, atMs, attributes: {} }]
      this.#attempt(entry, entry.open, { endMs: atMs, state: "lost", error: "", events })
      entry.open = { number: attempt, startMs: atMs }
    } else if (type === "fail") {
      const open = entry.open ?? { number: attempt, startMs: atMs }
      this.#failed(entry, open, atMs, text, dueMs)
      entry.open = undefined
    }
  }

  #failed(
    entry: KnownEntry,
    open: KnownEntry["open"],
    atMs: number,
    text: string | undefined,
    retryMs: number | undefined,
  ): void {
    const thrown = readThrown(text, this.#stretch.tellsMessages)
    const retry =
      retryMs === undefined
        ? []
        : [{ name: "belay.retry", atMs, attributes: { "belay.retry.delay_ms": retryMs - atMs } }]
    this.#attempt(entry, open, {
      endMs: atMs,
      state: "failed",
      error: thrown.message ?? "",
      attributes: errorAttributes(thrown),
      events: [exceptionEvent(thrown, atMs), ...retry],
    })
  }

  #settled(
    entry: KnownEntry,
    record: JournalRecord & { readonly type: string },
    wasSkipped: boolean,
  ): void {
    const { attempt, atMs, type: state, text } = record
    if (wasSkipped) return this.#push(entry, atMs, state, { "belay.entry.skipped": true })
    if (entry.kind === "step" && attempt !== undefined) {
      const open = entry.open ?? { number: attempt, startMs: atMs }
      if (state === "failed") this.#failed(entry, open, atMs, text, undefined)
      else this.#attempt(entry, open, { endMs: atMs, state })
      entry.attempts = attempt
    } else this.#attempt(entry, entry.open, { endMs: atMs, state })
    entry.open = undefined
    const isBad = state === "failed" || (state === "timed_out" && isWork(entry.kind))
    if (!isBad) return this.#push(entry, atMs, state, {})
    const thrown = readThrown(text, this.#stretch.tellsMessages)
    this.#push(entry, atMs, state, errorAttributes(thrown), thrown.message ?? "")
  }

  #push(
    entry: KnownEntry,
    endMs: number,
    state: string,
    attributes: SpanAttributes,
    error?: string,
  ): void {
    const { path, kind, attempts } = entry
    const parentPath = parentPathOf(path)
    const attempted = kind === "step" || kind === "child" ? attempts : 0
    this.#add({
      id: entrySpanId(this.#stretch, path),
      parentId:
        parentPath === undefined
          ? runSpanId(this.#stretch)
          : entrySpanId(this.#stretch, parentPath),
      name: nameOf(entry),
      kind: kind === "child" ? "client" : "internal",
      startMs: entry.beganMs,
      endMs,
      attributes: {
        "belay.entry.path": path,
        "belay.entry.kind": kind,
        "belay.entry.state": state,
        ...(attempted === 0 ? {} : { "belay.entry.attempts": attempted }),
        ...attributes,
      },
      error,
    })
  }

  #attempt(
    { path, name }: KnownEntry,
    open: KnownEntry["open"],
    end: Pick<Span, "endMs" | "error" | "events"> & {
      readonly state: string
      readonly attributes?: SpanAttributes
    },
  ): void {
    if (open === undefined) return
    const { endMs, error, events, state, attributes } = end
    this.#add({
      id: attemptSpanId(this.#stretch, path, open.number),
      parentId: entrySpanId(this.#stretch, path),
      name: `${name ?? "step"} attempt`,
      kind: "internal",
      startMs: open.startMs,
      endMs,
      attributes: {
        "belay.entry.path": path,
        "belay.attempt": open.number,
        "belay.attempt.state": state,
        ...attributes,
      },
      error,
      events,
    })
  }

  /** A clock that was set back makes no span that ends before it begins. */
  #add(span: Span): void {
    const startMs = Math.max(span.startMs, this.#stretch.sinceMs)
    this.spans.push({ ...span, startMs, endMs: Math.max(span.endMs, startMs) })
  }
}

/** The path of the entry around it; `undefined` for one of the workflow's own. */
function parentPathOf(path: string): string | undefined {
  const parts = path.split(".").slice(0, -1)
  // A compensation stands under its workflow: its path has a word of its own in between.
  if (parts.at(-1) === "undo") parts.pop()
  return parts.length === 0 ? undefined : parts.join(".")
}

/** Whether taking too long is a failure: a wait may have been meant to end by its time. */
function isWork(kind: EntryKind): boolean {
  return kind === "step" || kind === "child"
}

function nameOf({ kind, name }: KnownEntry): string {
  if (kind === "step") return name ?? "step"
  const what = kind === "timer" ? "sleep" : kind
  return name === undefined || name === what ? what : `${what} ${name}`
}
