// Run telemetry: when a run's spans leave: at rest, at its end, and before its journal goes.
// Owns: the messages "trace" (look into the journal) and "spans" (made before their records went), and where the export
// stands. Must not touch: what a span says, how it is sent and sent again (outbox).
//   T1. Nobody waits for a collector: a door and a drive write at most one row for it, and what fails in here is told in
//       the log and harms no run.
//   T2. A run that is at rest has at most one message "trace" waiting, however long no collector answers. Spans whose
//       records go wait themselves, and only so many: those beyond are counted in the log and lost.
//   T3. Nothing waits for longer than a day, nor for a run that is deleted.

import type { Halt } from "../../engine/errors.ts"
import type { Outbox } from "../outbox/outbox.ts"
import type { RunAlarm } from "../run-alarm.ts"
import { logFailure, logLine } from "../run-log.ts"
import type { RunRow } from "../store/stored-run.ts"
import { isFinal } from "../../engine/ports/runs.ts"
import { runSpanId } from "../../engine/ports/trace-ids.ts"
import type { JournalRows } from "../store/journal-rows.ts"
import { Collector } from "./collector.ts"
import { UNTOLD, type RunTrace } from "./run-trace.ts"
import { RunSpans, type StretchEnd } from "./run-spans.ts"
import type { Span, SpanBatch } from "./span.ts"
import type { TraceRows } from "./trace-rows.ts"
import type { TraceSettings } from "./trace-settings.ts"
import { placeOf, type TracedRun, type Tracing } from "./tracing.ts"

/** Spans that no collector has taken for so long are given up. */
const SPANS_AGE_MS_MAX = 24 * 60 * 60 * 1000

/** Spans kept of one stretch whose records go, and messages with such spans that may wait. */
const SPANS_KEPT_MAX = 1_000
const MESSAGES_KEPT_MAX = 20

const HALTS_MAX = 10

/** What settles meanwhile is told together. */
const GATHER_MS = 500

interface Waiting {
  readonly incarnation: string
  readonly atMs: number
}

export interface TelemetryParts {
  readonly settings: TraceSettings
  readonly tracing: Tracing
  readonly journal: JournalRows
  readonly rows: TraceRows
  readonly outbox: Outbox
  readonly alarm: RunAlarm
  /** The run, as long as this life of it lasts. */
  readonly row: () => RunRow | undefined
}

export class RunTelemetry {
  readonly #parts: TelemetryParts
  readonly #spans: RunSpans
  readonly #collector: Collector
  /** A message "trace" waits; not known before the outbox was asked once. */
  #isAsked: boolean | undefined

  constructor(parts: TelemetryParts) {
    this.#parts = parts
    this.#spans = new RunSpans(parts.journal, parts.rows, parts.settings)
    this.#collector = new Collector(parts.settings)
  }

  /** The run may have come to rest, or to its end. */
  changed(): void {
    this.#harmlessly(() => {
      const row = this.#parts.row()
      if (row === undefined || row.status === "running" || !this.#hasNews(row)) return
      this.#ask(row, Date.now())
    })
  }

  /** When it stood still stands nowhere else. */
  halted(row: RunRow, { code, message }: Halt, nowMs: number): void {
    this.#harmlessly(() => {
      if (this.#parts.tracing.recorded(row) === undefined) return
      const trace = this.#spans.traceOf(row)
      const mark = { atMs: nowMs, code, message: message.slice(0, 500) }
      const halts = [...(trace.halts ?? []), mark].slice(-HALTS_MAX)
      this.#parts.rows.keep(row, { ...trace, halts })
    })
  }

  /** The run goes on as a new generation: this one's journal is about to go. */
  generationEnds(row: RunRow, nowMs: number): void {
    this.#harmlessly(() => {
      this.#endStretch(row, { atMs: nowMs, state: "continued", isBad: false }, nowMs, {
        seq: 0,
        round: 0,
        roundSeq: 0,
      })
    })
  }

  /** A person takes the journal back: what is in it now is about to go, or is settled otherwise. */
  roundEnds(row: RunRow, nowMs: number): void {
    this.#harmlessly(() => {
      const isEnd = isFinal(row.status)
      const atMs = isEnd ? (row.endedAtMs ?? nowMs) : nowMs
      const { round } = this.#spans.traceOf(row)
      this.#endStretch(row, { atMs, state: row.status, isBad: true }, nowMs, {
        seq: 0,
        round: round + 1,
        roundSeq: 0,
      })
    })
  }

  /** The person's record stands at the journal's end, with the value of a step that is skipped behind it. */
  roundBegins(row: RunRow): void {
    this.#harmlessly(() => {
      const { trace } = row
      if (trace === undefined || this.#parts.tracing.recorded(row) === undefined) return
      const seq = this.#parts.rows.lastRetakenSeq()
      this.#parts.rows.keep(row, { ...trace, seq, roundSeq: seq })
    })
  }

  /** @throws Error unless they have arrived, or are too old to be worth more tries */
  async deliver(payload: unknown): Promise<void> {
    const { incarnation, atMs } = payload as Waiting
    if (!isOld(atMs)) this.#collector.requireAwake()
    const { status = "running" } = this.#parts.row() ?? {}
    // In a turn of its own: whoever waits for the run has its answer first. Not a timer of the run: the row stands behind it.
    await turn(isFinal(status) ? 0 : GATHER_MS)
    const row = this.#parts.row()
    const traced = row && this.#parts.tracing.recorded(row)
    if (row === undefined || traced === undefined || row.incarnation !== incarnation) {
      this.#isAsked = false
      return
    }
    const before = placeOf(row)
    const { spans, trace, isLast } = this.#spans.next(row, traced)
    const isSent = await this.#send(this.#spans.batchOf(row, traced, spans), atMs)
    const now = this.#parts.row()
    this.#isAsked = false
    if (now === undefined) return
    // Where the stretch has ended meanwhile, all of it was seen to, and the next one is told of from its beginning.
    const isSame = runSpanId(placeOf(now)) === runSpanId(before)
    if (isSame) this.#parts.rows.keep(now, isSent ? told(now, trace) : this.#givenUp(now))
    const goesOn = isSame && !isLast
    if (goesOn || (now.status !== "running" && this.#hasNews(now))) this.#ask(now, Date.now())
  }

  /** @throws Error as `deliver` does */
  async deliverKept(payload: unknown): Promise<void> {
    const { incarnation, atMs, batch } = payload as Waiting & { readonly batch: SpanBatch }
    if (this.#parts.row()?.incarnation !== incarnation) return
    if (!isOld(atMs)) this.#collector.requireAwake()
    await this.#send(batch, atMs)
  }

  /** @returns whether they have arrived, or are of no use to the collector */
  async #send(batch: SpanBatch, waitingSinceMs: number): Promise<boolean> {
    if (batch.spans.length === 0) return true
    try {
      await this.#collector.take(batch)
      return true
    } catch (error) {
      if (!isOld(waitingSinceMs)) throw error
      const run = batch.common["belay.run.id"]
      logFailure("Nobody has taken these spans for a day; they are given up.", error, { run })
      return false
    }
  }

  #givenUp(row: RunRow): RunTrace {
    const trace = { ...this.#spans.traceOf(row), seq: this.#parts.journal.lastSeq() }
    return isFinal(row.status) ? { ...trace, isClosed: true } : trace
  }

  #hasNews(row: RunRow): boolean {
    if (this.#parts.tracing.recorded(row) === undefined) return false
    const { seq, isClosed } = this.#spans.traceOf(row)
    return isFinal(row.status) ? isClosed !== true : this.#parts.rows.hasEnded(seq)
  }

  #ask({ incarnation }: RunRow, nowMs: number): void {
    const { alarm, outbox, settings } = this.#parts
    this.#isAsked ??= outbox.count("trace", settings.url) > 0
    if (this.#isAsked) return
    outbox.add("trace", settings.url, { incarnation, atMs: nowMs })
    this.#isAsked = true
    alarm.atLatest(undefined)
  }

  /** Keeps the spans that were not told yet, the stretch's own the last, and begins the next stretch. */
  #endStretch(
    row: RunRow,
    end: StretchEnd,
    nowMs: number,
    next: Pick<RunTrace, "seq" | "round" | "roundSeq">,
  ): void {
    const traced = this.#parts.tracing.recorded(row)
    if (traced === undefined) return
    const { caller } = row.trace ?? UNTOLD
    const before = runSpanId(placeOf(row))
    if (this.#spans.traceOf(row).isClosed !== true) {
      const spans = this.#rest(row, traced, end)
      this.#keepSpans(row, this.#spans.batchOf(row, traced, spans), nowMs)
    }
    this.#parts.rows.keep(row, { ...next, caller, sinceMs: nowMs, before })
  }

  /** All that is left of the stretch: as many as may be kept, and its own span in any case. */
  #rest(row: RunRow, traced: TracedRun, end: StretchEnd): Span[] {
    const kept: Span[] = []
    let at = row
    for (;;) {
      const { spans, trace, isLast } = this.#spans.next(at, traced, end)
      if (isLast) {
        const room = Math.max(SPANS_KEPT_MAX - kept.length, 0)
        return [...kept, ...spans.slice(0, -1).slice(0, room), ...spans.slice(-1)]
      }
      kept.push(...spans)
      at = { ...at, trace: kept.length < SPANS_KEPT_MAX ? trace : this.#skipped(row, trace) }
    }
  }

  /** Behind all that is left. */
  #skipped({ id }: RunRow, trace: RunTrace): RunTrace {
    const seq = this.#parts.journal.lastSeq()
    const what = "Spans of a journal that goes are left out: they are too many."
    logLine("warn", what, { run: id, records: seq - trace.seq })
    return { ...trace, seq }
  }

  #keepSpans({ id, incarnation }: RunRow, batch: SpanBatch, nowMs: number): void {
    const { outbox, settings } = this.#parts
    if (outbox.count("spans", settings.url) >= MESSAGES_KEPT_MAX) {
      const spans = batch.spans.length
      logLine("warn", "Spans are lost: too many wait for a collector.", { run: id, spans })
      return
    }
    outbox.add("spans", settings.url, { incarnation, atMs: nowMs, batch })
  }

  #harmlessly(work: () => void): void {
    try {
      work()
    } catch (error) {
      logFailure("Spans of the run could not be seen to.", error, { run: this.#parts.row()?.id })
    }
  }
}

function isOld(waitingSinceMs: number): boolean {
  return Date.now() - waitingSinceMs >= SPANS_AGE_MS_MAX
}

function turn(pauseMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, pauseMs))
}

/** A halt may have been noted while the spans were on their way. */
function told(row: RunRow, { seq, isClosed, ...trace }: RunTrace): RunTrace {
  return {
    ...trace,
    ...row.trace,
    seq,
    ...(isClosed === undefined ? {} : { isClosed }),
  }
}
