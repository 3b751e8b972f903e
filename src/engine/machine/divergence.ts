// Divergence: whether what the workflow does now is what the journal says it did (promise 10).
// Owns: the comparison and the halt that tells it. Pure.

import type { Halt } from "../errors.ts"
import type { JournalRecord } from "../ports/journal.ts"
import { patchOf } from "./patches.ts"
import type { Entry } from "./tree.ts"

/** What differs between a recorded entry and the one the workflow made; `undefined` when nothing does. */
export function differenceOf(
  record: JournalRecord,
  entry: Entry,
): "kind" | "name" | "input" | undefined {
  if (record.kind === undefined) return undefined
  if (record.kind !== entry.kind) return "kind"
  if ((record.name ?? undefined) !== (entry.name ?? undefined)) return "name"
  return record.digest === entry.digest ? undefined : "input"
}

/** The journal and the code part ways at this record. */
export function divergenceAt(record: JournalRecord, found: Entry | undefined, what: string): Halt {
  const expected =
    record.kind === undefined ? record.type : `${record.kind} ${record.name ?? ""}`.trim()
  const patch = patchOf(record)
  if (patch !== undefined) return patchGone(record, patch)
  const seen = found === undefined ? "nothing there" : `${found.kind} ${found.name ?? ""}`.trim()
  return {
    code: "divergence",
    message:
      `The code no longer does what the journal recorded at path "${record.path}" (${what}): ` +
      `expected ${expected}, found ${seen}. Deploy code that fits, or retry from this path.`,
    details: {
      path: record.path,
      seq: record.seq,
      difference: what,
      expected: { kind: record.kind ?? null, name: record.name ?? null, type: record.type },
      found: found === undefined ? null : { kind: found.kind, name: found.name ?? null },
    },
  }
}

function patchGone(record: JournalRecord, patch: string): Halt {
  return {
    code: "divergence",
    message:
      `The journal has the marker of patch "${patch}" at path "${record.path}", and the code does not ask for it ` +
      `there. Deploy code that asks with ctx.patched, or passes over it with ctx.deprecatePatch, at the same place.`,
    details: {
      path: record.path,
      seq: record.seq,
      difference: "patch",
      expected: { kind: record.kind ?? null, name: record.name ?? null, type: record.type },
      found: null,
    },
  }
}
