// Timeline: a recorded run as a person reads it: the run, its entries in order, what it has published.
// Owns: the columns and how long a value may be. Must not touch: what the entries are (the journal's own view says).

import { decode } from "../../src/engine/values/codec.ts"
import { toPlainJson } from "../../src/engine/values/plain-json.ts"
import type { RecordedRun } from "../../src/engine/recorded/recorded-run.ts"
import type { JournalEntryRecord } from "../../src/engine/ports/runs.ts"
import { journalPage } from "../../src/object/store/journal-view.ts"

const VALUE_CHARACTERS_MAX = 80

const PAGE_ENTRIES = 1_000

export function* timeline(recorded: RecordedRun): Generator<string> {
  const { run, texts } = recorded
  const generation = run.generation === 0 ? "" : `, generation ${run.generation}`
  yield `Run ${run.id}: ${run.workflow} version ${run.version}${generation}, ${run.status}, created ${time(run.createdAtMs)}`
  if (run.masked === true) yield "Masked: tokens of promises and stacks are left out."
  yield `Input: ${shortened(texts.generationInput ?? texts.input ?? "[]")}`
  yield ""
  for (const entry of entriesOf(recorded)) yield entryLine(entry, run.createdAtMs)
  const published = recorded.rows.filter((row) => row.type === "state")
  if (published.length > 0) yield ""
  for (const { name, text } of published) yield `Published ${name}: ${shortened(text)}`
  const outcome = texts.result ?? texts.error
  if (outcome !== undefined) yield `\nEnded ${run.status}: ${shortened(outcome)}`
  if (texts.halt !== undefined) yield `\nHalted: ${shortened(texts.halt)}`
}

function* entriesOf({ records }: RecordedRun): Generator<JournalEntryRecord> {
  const read = (afterSeq: number, limit: number) => records.slice(afterSeq, afterSeq + limit)
  for (let after: string | undefined; ;) {
    const page = journalPage(read, after, PAGE_ENTRIES)
    yield* page.entries
    if (page.next === undefined) return
    after = page.next
  }
}

function entryLine(entry: JournalEntryRecord, createdAtMs: number): string {
  const { path, kind, name, state, attempts, valueText, errorText } = entry
  const began = `+${entry.createdAtMs - createdAtMs} ms`
  const took = entry.settledAtMs === undefined ? "" : `${entry.settledAtMs - entry.createdAtMs} ms`
  const columns = [
    path.padEnd(8),
    `${kind}${name === undefined ? "" : ` ${name}`}`.padEnd(28),
    state.padEnd(10),
    (attempts > 1 ? `${attempts} attempts` : "").padEnd(11),
    began.padStart(12),
    took.padStart(9),
    shortened(errorText ?? valueText ?? ""),
  ]
  return columns.join("  ").trimEnd()
}

function shortened(text: string): string {
  if (text === "") return ""
  const value = decode(text)
  const shown =
    value instanceof Error
      ? `${value.name}: ${value.message}`
      : (JSON.stringify(toPlainJson(value)) ?? "")
  return shown.length <= VALUE_CHARACTERS_MAX ? shown : `${shown.slice(0, VALUE_CHARACTERS_MAX)}…`
}

function time(atMs: number): string {
  return new Date(atMs).toISOString()
}
