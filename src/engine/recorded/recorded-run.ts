// Recorded run: an exported run, read back: unknown text in, a run that a dry replay can take out.
// Owns: the reading, line by line, and the checks that the file is whole. Must not touch: files, the network.
//   R1. What comes out is the whole run as it was: a line too many, too few or out of order is refused, by its number.

import { EXPORT_FORMAT, type RowLine, type RunLine, type ValueLine } from "./export-line.ts"
import type { JournalRecord } from "../ports/journal.ts"
import { ENTRY_KINDS, RECORD_TYPES } from "./journal-words.ts"
import { LineFields, RecordedRunError } from "./line-fields.ts"
import { rowLine } from "./recorded-row.ts"
import { RUN_STATUSES } from "../ports/run-status.ts"

export interface RecordedRun {
  readonly run: RunLine
  readonly texts: Readonly<Partial<Record<ValueLine["name"], string>>>
  readonly records: readonly JournalRecord[]
  readonly rows: readonly RowLine[]
}

const VALUE_NAMES: ReadonlySet<ValueLine["name"]> = new Set<ValueLine["name"]>([
  "input",
  "generationInput",
  "result",
  "error",
  "halt",
  "cancel",
])

const ACTIONS: ReadonlySet<"throw" | "hang" | "crash"> = new Set(["throw", "hang", "crash"])

export class RecordedRunReader {
  #run: RunLine | undefined
  readonly #texts: Partial<Record<ValueLine["name"], string>> = {}
  readonly #records: JournalRecord[] = []
  readonly #rows: RowLine[] = []
  #lastSeq = 0
  /** Up to here records may be missing: they are in the snapshot of a fold. */
  #foldedSeq = 0
  #lineNumber = 0
  #isClosed = false

  /** The first line alone, once it has been added. */
  get run(): RunLine | undefined {
    return this.#run
  }

  /** Takes the next line, without its end. @throws RecordedRunError */
  add(line: string): void {
    const fields = LineFields.parse(line, ++this.#lineNumber)
    if (this.#isClosed) throw fields.refusal("it comes after the end")
    const type = fields.text("type")
    if (this.#run === undefined) {
      if (type !== "run")
        throw fields.refusal('the first line of an exported run has the type "run"')
      this.#run = runLine(fields)
      return
    }
    switch (type) {
      case "value":
        this.#texts[fields.oneOf("name", VALUE_NAMES)] = fields.text("text")
        return fields.done(undefined)
      case "record":
        this.#records.push(this.#nextRecord(fields))
        return
      case "end":
        return this.#close(fields)
      case "error":
        throw fields.refusal(`the export broke off: ${fields.text("message")}`)
      default:
        this.#addRow(rowLine(type, fields))
    }
  }

  /** The whole run. @throws RecordedRunError when the file was cut */
  end(): RecordedRun {
    if (this.#run === undefined || !this.#isClosed) {
      const what = 'the file ends without the line "end", so it was cut'
      throw new RecordedRunError(this.#lineNumber + 1, `${what}; export the run again.`)
    }
    return { run: this.#run, texts: this.#texts, records: this.#records, rows: this.#rows }
  }

  #addRow(row: RowLine): void {
    if (row.type === "fold") this.#foldedSeq = Math.max(this.#foldedSeq, row.lastSeq)
    this.#rows.push(row)
  }

  #nextRecord(fields: LineFields): JournalRecord {
    const record = journalRecord(fields.inner("record"))
    const expected = this.#lastSeq + 1
    const isNext = record.seq === expected
    if (isNext || (record.seq > expected && record.seq - 1 <= this.#foldedSeq)) {
      this.#lastSeq = record.seq
      return fields.done(record)
    }
    throw fields.refusal(`record ${record.seq} stands where record ${expected} should`)
  }

  #close(fields: LineFields): void {
    const records = fields.done(fields.number("records"))
    const found = this.#records.length
    if (records !== found || this.#run?.lastSeq !== this.#lastSeq) {
      throw fields.refusal(`${found} records were read where there should be ${records}`)
    }
    if (this.#texts.input === undefined) throw fields.refusal("the run's input is missing")
    this.#isClosed = true
  }
}

function runLine(fields: LineFields): RunLine {
  const format = fields.number("format")
  if (format !== EXPORT_FORMAT) {
    throw fields.refusal(`the file has format ${format}, this version reads ${EXPORT_FORMAT}`)
  }
  return fields.done({
    type: "run",
    format,
    masked: fields.flag("masked"),
    exportedAtMs: fields.number("exportedAtMs"),
    id: fields.text("id"),
    incarnation: fields.text("incarnation"),
    workflow: fields.text("workflow"),
    version: fields.number("version"),
    status: fields.oneOf("status", RUN_STATUSES),
    generation: fields.number("generation"),
    epoch: fields.number("epoch"),
    lastSeq: fields.number("lastSeq"),
    createdAtMs: fields.number("createdAtMs"),
    startAtMs: fields.numberIfAny("startAtMs"),
    startedAtMs: fields.numberIfAny("startedAtMs"),
    deadlineMs: fields.numberIfAny("deadlineMs"),
    endedAtMs: fields.numberIfAny("endedAtMs"),
    deleteAtMs: fields.numberIfAny("deleteAtMs"),
    unconsumedSignals: fields.numberIfAny("unconsumedSignals"),
    tags: fields.inner("tags").texts(),
    faults: fields.list("faults").map((fault) => {
      const attempt = fault.any("attempt")
      return fault.done({
        step: fault.text("step"),
        call: fault.number("call"),
        attempt: attempt === "*" ? "*" : fault.number("attempt"),
        action: fault.oneOf("action", ACTIONS),
      })
    }),
    parent: fields.any("parent"),
  })
}

function journalRecord(fields: LineFields): JournalRecord {
  return fields.done({
    seq: fields.number("seq"),
    type: fields.oneOf("type", RECORD_TYPES),
    path: fields.text("path"),
    atMs: fields.number("atMs"),
    inline: fields.flag("inline"),
    kind: fields.oneOfIfAny("kind", ENTRY_KINDS),
    name: fields.textIfAny("name"),
    digest: fields.numberIfAny("digest"),
    attempt: fields.numberIfAny("attempt"),
    text: fields.textIfAny("text"),
    dueMs: fields.numberIfAny("dueMs"),
    ref: fields.numberIfAny("ref"),
  })
}
