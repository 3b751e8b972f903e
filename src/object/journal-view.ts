// Journal view: the journal as people read it: one entry per operation, made of its records.
// Owns: the merge and its paging. Must not touch: replay.
//   W1. A page is found in one pass: from its first entry on, until all of its entries are settled or the journal ends.
//   W2. A page has at least one entry, and then as many as its limit and the length of their values allow.

import { BelayError } from "../engine/errors.ts"
import { isOutcome, type JournalRecord } from "../engine/journal.ts"
import type { JournalEntryRecord, JournalPage } from "../engine/runs.ts"

const SCAN_RECORDS = 1_000

/** Length of all values on a page: what is sent in one call stays far below the platform's 32 MiB. */
const PAGE_UNITS_MAX = 4_000_000

type Draft = { -readonly [K in keyof JournalEntryRecord]: JournalEntryRecord[K] }

interface Line {
  readonly firstSeq: number
  readonly draft: Draft
}

export function journalPage(
  read: (afterSeq: number, limit: number) => JournalRecord[],
  after: string | undefined,
  limit: number,
): JournalPage {
  const page = new Page(limit)
  let afterSeq = parseAfter(after)
  for (;;) {
    const records = read(afterSeq, SCAN_RECORDS)
    for (const record of records) {
      page.add(record)
      if (page.isDone) return page.result()
      afterSeq = record.seq
    }
    if (records.length === 0) return page.result()
  }
}

class Page {
  #limit: number
  readonly #lines: Line[] = []
  /** Lines that are not settled yet, by path. */
  readonly #open = new Map<string, Draft>()
  #units = 0
  #isFull = false

  constructor(limit: number) {
    this.#limit = limit
  }

  /** Nothing that still comes can change it. */
  get isDone(): boolean {
    return this.#isFull && this.#open.size === 0
  }

  add(record: JournalRecord): void {
    const isLine = isFirst(record)
    if (isLine && this.#lines.length >= this.#limit) this.#isFull = true
    else if (isLine) this.#begin(record)
    if (record.type === "operator" || record.type === "cancel") return
    const draft = this.#open.get(record.path)
    if (draft === undefined) return
    const before = unitsOf(draft)
    if (apply(draft, record)) this.#open.delete(record.path)
    this.#units += unitsOf(draft) - before
    while (this.#units > PAGE_UNITS_MAX && this.#lines.length > 1) this.#giveUpLast()
  }

  #begin(record: JournalRecord): void {
    const draft = draftOf(record)
    this.#lines.push({ firstSeq: record.seq, draft })
    this.#units += unitsOf(draft)
    if (record.type !== "operator" && record.type !== "cancel") this.#open.set(record.path, draft)
  }

  /** The last line belongs to the next page: this one is too long. */
  #giveUpLast(): void {
    const last = this.#lines.pop()
    if (last === undefined) return
    this.#isFull = true
    this.#limit = this.#lines.length
    this.#units -= unitsOf(last.draft)
    if (this.#open.get(last.draft.path) === last.draft) this.#open.delete(last.draft.path)
  }

  result(): JournalPage {
    const entries = this.#lines.map(({ draft }) => draft)
    const last = this.#lines.at(-1)
    return this.#isFull && last !== undefined
      ? { entries, next: String(last.firstSeq) }
      : { entries }
  }
}

function unitsOf({ valueText = "", errorText = "" }: Draft): number {
  return valueText.length + errorText.length
}

function isFirst(record: JournalRecord): boolean {
  return record.kind !== undefined || record.type === "cancel"
}

function draftOf(record: JournalRecord): Draft {
  const base = { path: record.path, createdAtMs: record.atMs, attempts: 0 }
  if (record.type === "operator" || record.type === "cancel") {
    return {
      ...base,
      kind: "operator",
      name: operatorName(record),
      state: "completed",
      settledAtMs: record.atMs,
      ...(record.text === undefined ? {} : { valueText: record.text }),
    }
  }
  const named = record.name === undefined ? {} : { name: record.name }
  return { ...base, ...named, kind: record.kind ?? "step", state: "waiting" }
}

/** Adds what a record says; true when the entry is settled by it. */
function apply(draft: Draft, record: JournalRecord): boolean {
  if (record.attempt !== undefined) draft.attempts = record.attempt
  if (isOutcome(record)) {
    draft.state = record.type
    draft.settledAtMs = record.atMs
    if (draft.kind === "step") draft.startedAtMs ??= record.atMs
    if (record.type === "completed") {
      delete draft.errorText
      draft.valueText = record.text ?? "null"
    } else draft.errorText = record.text ?? "null"
    return true
  }
  switch (record.type) {
    case "start":
      draft.state = "started"
      draft.startedAtMs ??= record.atMs
      return false
    case "fail":
      draft.state = "waiting"
      draft.startedAtMs ??= record.atMs
      if (record.text !== undefined) draft.errorText = record.text
      return false
    case "open":
      // A sub-workflow is at work from the start; everything else that is open waits.
      draft.state = draft.kind === "step" ? "started" : "waiting"
      if (draft.kind === "step") draft.startedAtMs ??= record.atMs
      return false
    default:
      return false
  }
}

function parseAfter(after: string | undefined): number {
  if (after === undefined) return 0
  if (!/^\d{1,15}$/.test(after)) {
    throw new BelayError(
      "invalid_request",
      `"after" is not a cursor: ${after}. Use the "next" of the page before.`,
    )
  }
  return Number(after)
}

/** Who unwinds a run: a person's cancel, or its own deadline. */
function operatorName(record: JournalRecord): string {
  if (record.type !== "cancel") return record.name ?? "operator"
  return record.name === "timed_out" ? "deadline" : "cancel"
}
