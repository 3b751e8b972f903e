// Journal view: the journal as people read it: one entry per operation, made of its records.
// Owns: the merge and its paging. Must not touch: replay.
//   W1. A page is found in one pass: from its first entry on, until all of its entries are settled or the journal ends.
//   W2. A page has at least one entry, and then as many as its limit and the length of their values allow.

import { BelayError } from "../../engine/errors.ts"
import type { JournalRecord } from "../../engine/ports/journal.ts"
import type { JournalPage } from "../../engine/ports/runs.ts"
import { apply, draftOf, isFirst, isIntervention, type Draft } from "./entry-draft.ts"

const SCAN_RECORDS = 1_000

/** Length of all values on a page: what is sent in one call stays far below the platform's 32 MiB. */
const PAGE_UNITS_MAX = 4_000_000

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
    if (isIntervention(record)) return
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
    if (!isIntervention(record)) this.#open.set(record.path, draft)
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
