// Run spans: the next spans of a run that a collector has not been told of, made from its journal and its row.
// Owns: how much is told at once, the span of the run itself, and where the export stands afterwards.
//   S1. Made when they are sent, from rows that stand there anyway: nothing is stored twice.
//   S2. The run's own span comes last, when nothing of its stretch is to come any more: a stretch is a generation, cut
//       where a person took the journal back.

import { isFinal } from "../../engine/ports/runs.ts"
import { runSpanId } from "../../engine/ports/trace-ids.ts"
import type { JournalRows } from "../store/journal-rows.ts"
import type { RunRow } from "../store/stored-run.ts"
import { EntrySpans, type Stretch } from "./entry-spans.ts"
import { UNTOLD, type HaltMark, type RunTrace } from "./run-trace.ts"
import type { Span, SpanAttributes, SpanBatch, SpanEvent } from "./span.ts"
import { errorAttributes, readThrown } from "./thrown.ts"
import type { Note, TraceRows } from "./trace-rows.ts"
import type { TraceSettings } from "./trace-settings.ts"
import { placeOf, type TracedRun } from "./tracing.ts"

/** Records told of at once: some hundred kilobytes of spans. */
const BATCH_RECORDS = 250

/** Entries closed as unfinished at the end of a stretch; the run's span counts those beyond. */
const CLOSED_ENTRIES_MAX = 250

/** What persons did, told with the run's span: the newest. */
const NOTES_MAX = 50

/** How a stretch has ended. */
export interface StretchEnd {
  readonly atMs: number
  /** A final status of the run, or that it goes on: as a new generation, or from where a person took it back to. */
  readonly state: string
  readonly isBad: boolean
}

export interface NextSpans {
  readonly spans: readonly Span[]
  /** Where the export stands once these are told. */
  readonly trace: RunTrace
  /** Nothing more is to be told as yet. */
  readonly isLast: boolean
}

export class RunSpans {
  readonly #journal: JournalRows
  readonly #rows: TraceRows
  readonly #settings: TraceSettings
  readonly #recordsMax: number

  constructor(
    journal: JournalRows,
    rows: TraceRows,
    settings: TraceSettings,
    recordsMax = BATCH_RECORDS,
  ) {
    this.#journal = journal
    this.#rows = rows
    this.#settings = settings
    this.#recordsMax = recordsMax
  }

  /** Where the export stands; a fork begins behind what it was given. */
  traceOf(row: RunRow): RunTrace {
    if (row.trace !== undefined || row.forkedFrom === undefined) return row.trace ?? UNTOLD
    const seq = this.#rows.forkedSeq(row)
    return { ...UNTOLD, seq, roundSeq: seq, sinceMs: row.createdAtMs }
  }

  /** What is common to all spans of the run. */
  batchOf(row: RunRow, { traceId, tracestate }: TracedRun, spans: readonly Span[]): SpanBatch {
    const common = { "belay.run.id": row.id, "belay.workflow": row.workflow }
    return { traceId, tracestate, common, spans }
  }

  /** @param end how the stretch has ended, if it has */
  next(row: RunRow, traced: TracedRun, end: StretchEnd | undefined = endOf(row)): NextSpans {
    const trace = this.traceOf(row)
    const stretch = this.#stretch(row, trace)
    const records = this.#rows.records(trace.seq, this.#recordsMax)
    const paths = new Set(records.map(({ path }) => path))
    const known = this.#rows.knownAt(trace.seq, paths, trace.roundSeq)
    const entries = new EntrySpans(stretch, known, this.#rows.recordAt(trace.seq))
    for (const record of records) entries.add(record)
    const seq = records.at(-1)?.seq ?? trace.seq
    const isLast = seq >= this.#journal.lastSeq()
    if (end === undefined || !isLast)
      return { spans: entries.spans, trace: { ...trace, seq }, isLast }
    const left = this.#close(entries, seq, trace, end)
    const spans = [...entries.spans, this.#runSpan(row, traced, stretch, end, left)]
    return { spans, trace: { ...trace, seq, isClosed: true }, isLast }
  }

  #stretch(row: RunRow, trace: RunTrace): Stretch {
    return {
      ...placeOf({ ...row, trace }),
      sinceMs: trace.sinceMs ?? row.startedAtMs ?? row.createdAtMs,
      tellsMessages: this.#settings.tellsMessages,
    }
  }

  /** @returns how many open entries are left out */
  #close(entries: EntrySpans, seq: number, { roundSeq }: RunTrace, { atMs }: StretchEnd): number {
    const paths = this.#rows.openPaths(-1)
    const told = paths.slice(0, CLOSED_ENTRIES_MAX)
    for (const entry of this.#rows.knownAt(seq, told, roundSeq).values()) entries.close(entry, atMs)
    return paths.length - told.length
  }

  #runSpan(
    row: RunRow,
    { caller }: TracedRun,
    stretch: Stretch,
    end: StretchEnd,
    left: number,
  ): Span {
    const trace = this.traceOf(row)
    const startMs = stretch.sinceMs
    const error = this.#errorOf(row, end)
    return {
      id: runSpanId(stretch),
      parentId: caller?.spanId,
      name: row.workflow,
      kind: "server",
      startMs,
      endMs: Math.max(startMs, end.atMs),
      attributes: {
        "belay.version": row.version,
        "belay.incarnation": row.incarnation,
        "belay.generation": stretch.generation,
        "belay.round": stretch.round,
        "belay.state": end.state,
        ...parentAttributes(row),
        ...(left === 0 ? {} : { "belay.entries_left_out": left }),
        ...error?.attributes,
      },
      error: error?.message,
      events: this.#events(trace),
      before: trace.before,
    }
  }

  #errorOf(
    { errorText, halt }: RunRow,
    { isBad, state }: StretchEnd,
  ): { readonly message: string; readonly attributes: SpanAttributes } | undefined {
    if (!isBad) return undefined
    if (errorText === undefined) {
      return { message: "", attributes: { "error.type": halt?.code ?? state } }
    }
    const thrown = readThrown(errorText, this.#settings.tellsMessages)
    return { message: thrown.message ?? "", attributes: errorAttributes(thrown) }
  }

  #events({ halts = [], round, roundSeq }: RunTrace): SpanEvent[] {
    // The record that begins a round is the person's who began it.
    const fromSeq = round === 0 ? roundSeq + 1 : roundSeq
    const notes = this.#rows.notes(fromSeq, NOTES_MAX).map(noteEvent)
    const told = halts.map((halt) => haltEvent(halt, this.#settings.tellsMessages))
    return [...notes, ...told].sort((left, right) => left.atMs - right.atMs)
  }
}

function endOf({ status, endedAtMs }: RunRow): StretchEnd | undefined {
  if (!isFinal(status) || endedAtMs === undefined) return undefined
  const isBad = status === "failed" || status === "timed_out"
  return { atMs: endedAtMs, state: status, isBad }
}

function parentAttributes({ parent, forkedFrom }: RunRow): SpanAttributes {
  return {
    ...(parent === undefined
      ? {}
      : { "belay.parent.run.id": parent.id, "belay.parent.path": parent.path }),
    ...(forkedFrom === undefined
      ? {}
      : { "belay.forked_from.run.id": forkedFrom.id, "belay.forked_from.path": forkedFrom.path }),
  }
}

/** Who it was and why stands in the journal and does not leave. */
function noteEvent({ type, path, atMs, name = "operator" }: Note): SpanEvent {
  if (type === "cancel") {
    return { name: "belay.unwind", atMs, attributes: { "belay.unwind.reason": name } }
  }
  const at = path === "" ? {} : { "belay.entry.path": path }
  return { name: "belay.operator", atMs, attributes: { "belay.operator.action": name, ...at } }
}

function haltEvent({ atMs, code, message }: HaltMark, tellsMessages: boolean): SpanEvent {
  const told = tellsMessages ? { "belay.halt.message": message } : {}
  return { name: "belay.halt", atMs, attributes: { "belay.halt.code": code, ...told } }
}
