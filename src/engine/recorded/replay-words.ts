// Replay words: what a dry replay found, in words for a person.

import type { DryReplay, NextMove } from "./dry-replay.ts"
import type { JournalRecord } from "../ports/journal.ts"

/** One or two sentences: whether the code fits, and what it would do next or where it parts from the record. */
export function inWords(replayed: DryReplay): string {
  switch (replayed.type) {
    case "fits":
      return `The code fits; where the journal ends it ${moveInWords(replayed.next)}.`
    case "diverges":
      return `The code diverges. ${replayed.halt.message}`
    case "missing":
      return replayed.halt.message
    case "unclear":
      return `Whether the code fits cannot be told. ${replayed.message}`
  }
}

function moveInWords(next: NextMove): string {
  switch (next.type) {
    case "waits":
      return next.for.length === 0 ? "waits" : `waits for ${next.for.map(waitInWords).join(", ")}`
    case "records":
      return actInWords(next.record)
    case "ends":
      return `ends ${next.outcome.state}`
    case "continuesAsNew":
      return "continues as new"
    case "halts":
      return `halts (${next.halt.code}): ${next.halt.message.replace(/\.$/, "")}`
  }
}

function waitInWords(wait: Extract<NextMove, { type: "waits" }>["for"][number]): string {
  const until = wait.dueMs === undefined ? "" : ` until ${new Date(wait.dueMs).toISOString()}`
  return `${named(wait)} at "${wait.path}"${until}`
}

function actInWords(record: JournalRecord): string {
  const what = `${named({ ...record, kind: record.kind ?? "entry" })} at "${record.path}"`
  if (record.type === "start") return `begins attempt ${record.attempt ?? 1} of ${what}`
  return record.type === "open" ? `begins ${what}` : `records ${record.type} for ${what}`
}

function named({ kind, name }: { readonly kind: string; readonly name?: string | undefined }) {
  return name === undefined ? kind : `${kind} ${name}`
}
