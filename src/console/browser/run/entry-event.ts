// Entry event: a change of an entry, as the run's events tell it: the entry as it is now, and what changed it.
// Owns: the shapes of the events' data, checked where they come in.

import * as v from "valibot"
import { ENTRY, PROBLEM, RUN_STATUS } from "../answers.ts"

const CHANGE = v.looseObject({
  type: v.string(),
  at: v.string(),
  dueAt: v.optional(v.string()),
})

export const ENTRY_EVENT = v.looseObject({
  ...ENTRY.entries,
  runId: v.optional(v.string()),
  change: CHANGE,
})

export type EntryEvent = v.InferOutput<typeof ENTRY_EVENT>

export const STATUS_EVENT = v.looseObject({
  status: RUN_STATUS,
  generation: v.number(),
  error: v.optional(PROBLEM),
})

export const RESET_EVENT = v.looseObject({
  reason: v.picklist(["continued", "rewound", "recreated"]),
  generation: v.number(),
})
