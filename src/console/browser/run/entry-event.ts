// Entry event: a change of an entry, as the run's events tell it: the entry as it is now, and what changed it.
// Owns: the shape, checked where it comes in.

import * as v from "valibot"
import { ENTRY } from "../answers.ts"

const CHANGE = v.looseObject({
  type: v.string(),
  at: v.string(),
  dueAt: v.optional(v.string()),
})

export const ENTRY_EVENT = v.looseObject({
  ...ENTRY.entries,
  change: CHANGE,
  /** Its value or error is too long to be told; it stands in the journal. */
  omitted: v.optional(v.boolean()),
})

export type EntryEvent = v.InferOutput<typeof ENTRY_EVENT>
