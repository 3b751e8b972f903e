// Fork source: the part of a run that a fork begins with, page by page while the run may go on.
// Owns: where it is cut, what goes along, and whether the run is still the one of the first page. Reads, writes nothing.
//   F1. The journal before the cut is a state the run was in, and stays as it is unless the run is taken back.
//   F2. Published state and folds are as they are now; messages that were not consumed stay with the run they were sent to.

import type { Registry } from "../../engine/workflow/registry.ts"
import type { FoldRows } from "../store/fold-rows.ts"
import type { JournalRows } from "../store/journal-rows.ts"
import { firstOf } from "../store/journal-search.ts"
import type { RunRow } from "../store/stored-run.ts"
import type { RunTables } from "../store/sqlite-run-store.ts"
import type { StateRows } from "../store/state-rows.ts"
import { requireWorkflow } from "../doors/start.ts"
import type { ForkCursor, ForkHead, ForkLine, ForkOrder, ForkPage } from "./fork-messages.ts"

/** Length of all texts on a page but for the last: one value more still goes through one call. */
const PAGE_UNITS_MAX = 4_000_000
const PAGE_LINES_MAX = 5_000
const READ_RECORDS = 512

const INPUTS = 0
const RECORDS = 1
const STATE = 2
const FOLDS = 3

export class ForkSource {
  readonly #journal: JournalRows
  readonly #state: StateRows
  readonly #folds: FoldRows
  readonly #registry: Registry

  constructor(tables: Pick<RunTables, "journal" | "state" | "folds">, registry: Registry) {
    this.#journal = tables.journal
    this.#state = tables.state
    this.#folds = tables.folds
    this.#registry = registry
  }

  /** @throws path_unknown, version_unknown */
  page(row: RunRow, order: ForkOrder, from: ForkCursor | undefined): ForkPage {
    if (from === undefined) {
      const version = order.version ?? row.version
      requireWorkflow(this.#registry, { workflow: row.workflow, version })
      const begun = this.#begin(row, order.from)
      return { ...this.#lines(row, begun), head: headOf(row, order.from) }
    }
    return this.#hasMoved(row, from) ? { lines: [], hasMoved: true } : this.#lines(row, from)
  }

  #begin({ incarnation, generation }: RunRow, from: string): ForkCursor {
    const { seq, path } = firstOf(this.#journal, from)
    const atMs = this.#journal.placeAt(seq)?.atMs ?? 0
    const foldedSeq = this.#folds.foldedSeq()
    return {
      incarnation,
      generation,
      cut: { seq, path, atMs },
      foldedSeq,
      section: INPUTS,
      after: 0,
    }
  }

  #hasMoved(row: RunRow, { incarnation, generation, cut, foldedSeq }: ForkCursor): boolean {
    const place = this.#journal.placeAt(cut.seq)
    return (
      row.incarnation !== incarnation ||
      row.generation !== generation ||
      place?.path !== cut.path ||
      place.atMs !== cut.atMs ||
      this.#folds.foldedSeq() !== foldedSeq
    )
  }

  #lines(row: RunRow, begun: ForkCursor): ForkPage {
    const lines: ForkLine[] = []
    let units = 0
    let { section, after } = begun
    for (; section <= FOLDS; section++, after = 0) {
      for (const line of this.#section(row, { ...begun, section, after })) {
        lines.push(line)
        units += (line.type === "record" ? line.record.text : line.text)?.length ?? 0
        after = line.type === "record" ? line.record.seq : after + 1
        if (units >= PAGE_UNITS_MAX || lines.length >= PAGE_LINES_MAX) {
          return { lines, next: { ...begun, section, after } }
        }
      }
    }
    return { lines }
  }

  *#section(row: RunRow, { section, after, cut }: ForkCursor): Generator<ForkLine> {
    if (section === INPUTS) yield* inputLines(row).slice(after)
    else if (section === RECORDS) yield* this.#records(after, cut.seq)
    else if (section === STATE) {
      for (const name of this.#state.names().slice(after)) {
        yield { type: "state", name, text: this.#state.get(name) ?? "null" }
      }
    } else {
      for (const id of this.#folds.idsBefore(cut.seq).slice(after)) {
        const kept = this.#folds.at(id)
        if (kept !== undefined) yield { type: "fold", id, ...kept }
      }
    }
  }

  *#records(after: number, cutSeq: number): Generator<ForkLine> {
    for (let afterSeq = after; ;) {
      const records = this.#journal.read(afterSeq, READ_RECORDS)
      if (records.length === 0) return
      for (const record of records) {
        if (record.seq >= cutSeq) return
        yield { type: "record", record }
        afterSeq = record.seq
      }
    }
  }
}

function inputLines({ inputText, generationInputText: text }: RunRow): ForkLine[] {
  const first: ForkLine = { type: "input", text: inputText }
  return text === undefined ? [first] : [first, { type: "generationInput", text }]
}

function headOf(row: RunRow, path: string): ForkHead {
  const { id, incarnation, deadlineMs, createdAtMs, startAtMs = 0 } = row
  return {
    origin: { id, incarnation, path },
    workflow: row.workflow,
    version: row.version,
    generation: row.generation,
    tags: row.tags,
    timeoutMs: deadlineMs === undefined ? undefined : deadlineMs - Math.max(createdAtMs, startAtMs),
  }
}
