// Run export: the run as one file, read page by page while it may go on.
// Owns: what is on a page, and whether the run is still the one of the first page. Must not touch: who may see what.
//   F1. The file is the run as of its first page: rows beside the journal are read before the run moves, records up to
//       the last one there was.
//   F2. A page holds some megabytes of text, or one value; whatever the run's size, no more is in memory.
//   F3. Reading wakes nothing and writes nothing.

import { encode } from "../../engine/values/codec.ts"
import {
  EXPORT_FORMAT,
  type ExportCursor,
  type ExportLine,
  type ExportPage,
  type RunLine,
  type ValueLine,
} from "../../engine/recorded/export-line.ts"
import type { ExportRows } from "./export-rows.ts"
import type { FoldRows } from "../store/fold-rows.ts"
import type { JournalRows } from "../store/journal-rows.ts"
import type { RunRow } from "../store/stored-run.ts"
import type { RunTables } from "../store/sqlite-run-store.ts"

/** Length of all texts on a page but for the last: one value more still goes through one call. */
const PAGE_UNITS_MAX = 4_000_000

/** Lines on a page: bounds what short records take beside their texts. */
const PAGE_LINES_MAX = 5_000

const READ_RECORDS = 512

/** Sections before and after those of the rows beside the journal. */
const HEAD = 0
const FIRST_ROWS = 1

export class RunExport {
  readonly #journal: JournalRows
  readonly #folds: FoldRows
  readonly #rows: ExportRows

  constructor({ journal, folds }: Pick<RunTables, "journal" | "folds">, rows: ExportRows) {
    this.#journal = journal
    this.#folds = folds
    this.#rows = rows
  }

  page(row: RunRow, from: ExportCursor | undefined, nowMs: number): ExportPage {
    const begun = from ?? this.#begin(row)
    const cut = this.#cutSince(row, begun)
    if (cut !== undefined) return { cut }
    const lines: ExportLine[] = []
    let units = 0
    let { section, after } = begun
    for (; section <= this.#records; section++, after = 0) {
      for (const line of this.#section(row, { ...begun, section, after }, nowMs)) {
        lines.push(line)
        units += unitsOf(line)
        after = line.type === "record" ? line.record.seq : after + 1
        const isFull = units >= PAGE_UNITS_MAX || lines.length >= PAGE_LINES_MAX
        if (isFull) return { lines, next: { ...begun, section, after } }
      }
    }
    return { lines }
  }

  #begin({ incarnation, generation }: RunRow): ExportCursor {
    const lastSeq = this.#journal.lastSeq()
    return {
      incarnation,
      generation,
      lastSeq,
      last: this.#journal.placeAt(lastSeq),
      foldedSeq: this.#folds.foldedSeq(),
      section: HEAD,
      after: 0,
    }
  }

  /** The last section is the journal. */
  get #records(): number {
    return FIRST_ROWS + this.#rows.count
  }

  #section(row: RunRow, cursor: ExportCursor, nowMs: number): Iterable<ExportLine> {
    const { section, after } = cursor
    if (section === HEAD) return headLines(row, cursor, nowMs).slice(after)
    if (section === this.#records) return this.#recordLines(cursor)
    return this.#rows.lines(section - FIRST_ROWS, after)
  }

  *#recordLines({ after, lastSeq }: ExportCursor): Generator<ExportLine> {
    for (let afterSeq = after; afterSeq < lastSeq;) {
      const records = this.#journal.read(afterSeq, READ_RECORDS)
      if (records.length === 0) return
      for (const record of records) {
        if (record.seq > lastSeq) return
        yield { type: "record", record }
        afterSeq = record.seq
      }
    }
  }

  /** Why this is not the run of the first page any more; `undefined` while it is. */
  #cutSince(row: RunRow, begun: ExportCursor): string | undefined {
    if (row.incarnation !== begun.incarnation) return "The run was deleted while it was exported."
    if (row.generation !== begun.generation) {
      return "The run has continued as new while it was exported; export it again."
    }
    if (this.#folds.foldedSeq() !== begun.foldedSeq) {
      return "A fold of the run took a snapshot while it was exported; export the run again."
    }
    const last = this.#journal.placeAt(begun.lastSeq)
    const stands =
      last?.type === begun.last?.type &&
      last?.path === begun.last?.path &&
      last?.atMs === begun.last?.atMs
    if (!stands) return "The journal was cut back while it was exported; export the run again."
    if (begun.section < this.#records && this.#journal.lastSeq() !== begun.lastSeq) {
      return "The run went on while its many messages were exported; pause it, or try again."
    }
    return undefined
  }
}

function headLines(row: RunRow, { lastSeq }: ExportCursor, nowMs: number): ExportLine[] {
  const run: RunLine = {
    type: "run",
    format: EXPORT_FORMAT,
    exportedAtMs: nowMs,
    id: row.id,
    incarnation: row.incarnation,
    workflow: row.workflow,
    version: row.version,
    status: row.status,
    generation: row.generation,
    epoch: row.epoch,
    lastSeq,
    createdAtMs: row.createdAtMs,
    startAtMs: row.startAtMs,
    startedAtMs: row.startedAtMs,
    deadlineMs: row.deadlineMs,
    endedAtMs: row.endedAtMs,
    deleteAtMs: row.deleteAtMs,
    unconsumedSignals: row.unconsumedSignals,
    tags: row.tags,
    faults: row.faults,
    parent: row.parent,
  }
  return [
    run,
    ...valueLine("input", row.inputText),
    ...valueLine("generationInput", row.generationInputText),
    ...valueLine("result", row.resultText),
    ...valueLine("error", row.errorText),
    ...valueLine("halt", row.halt && JSON.stringify(row.halt)),
    ...valueLine("cancel", row.cancel === undefined ? undefined : encode(row.cancel)),
  ]
}

function valueLine(name: ValueLine["name"], text: string | undefined): ValueLine[] {
  return text === undefined ? [] : [{ type: "value", name, text }]
}

function unitsOf(line: ExportLine): number {
  if (line.type === "record") return line.record.text?.length ?? 0
  return "text" in line ? (line.text?.length ?? 0) : 0
}
