// Promise 3: the workflow always sees the stored value, decoded, also on the first pass.
// What the workflow was handed in a stretch must be what the journal holds once that stretch is committed.

import { decode } from "../../../src/engine/values/codec.ts"
import type { Check } from "./check.ts"

export const storedValues: Check = {
  promise: "promise 3",
  says: "the workflow sees the stored value",
  stretch(run, { rows, appended, forgotten }) {
    if (run.sights.length === 0 || rows.run === undefined) return undefined
    const { generation } = rows.run
    // A person has changed the journal: what was seen before that is not to be found any more.
    if (forgotten.length > 0 || run.operated) return undefined
    const isNew = generation !== run.rows.run?.generation
    const news = new Map(appended.filter(isOutcome).map((record) => [record.path, record]))
    for (const sight of run.sights) {
      if (sight.generation !== generation) continue
      const { path, state, text, kind } = sight
      const outcome = news.get(path) ?? (isNew ? undefined : run.entries.get(path)?.outcome)
      if (outcome === undefined) {
        return { path, expected: `an outcome on record, for it saw ${text}`, found: "none" }
      }
      const stored = outcome.text ?? "null"
      // A long text stands in chunks behind a pointer.
      if (stored.startsWith("@")) continue
      const isValue = outcome.type === "completed"
      if (isValue !== (state === "value")) {
        return { path, expected: `${outcome.type}: ${stored}`, found: `${state}: ${text}` }
      }
      const shown = isValue ? stored : messageOf(stored)
      if (shown === text || kind === "all" || kind === "allSettled") continue
      return { path, expected: shown, found: text }
    }
    return undefined
  },
}

function isOutcome({ type }: { readonly type: string }): boolean {
  return type === "completed" || type === "failed" || type === "cancelled" || type === "timed_out"
}

/** What the interpreter tells of an error. */
function messageOf(text: string): string {
  const thrown = decode(text)
  return thrown instanceof Error ? thrown.message : JSON.stringify(thrown)
}
