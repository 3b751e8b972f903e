// Journal words: the words of the journal as sets, for whoever reads one that was written elsewhere.
// Invariant: a word added to the types and forgotten here does not compile.

import type { EntryKind, RecordType } from "../ports/journal.ts"

const kinds: Readonly<Record<EntryKind, true>> = {
  step: true,
  timer: true,
  signal: true,
  update: true,
  promise: true,
  child: true,
  race: true,
  all: true,
  any: true,
  publish: true,
  operator: true,
}

const types: Readonly<Record<RecordType, true>> = {
  open: true,
  start: true,
  fail: true,
  completed: true,
  failed: true,
  cancelled: true,
  timed_out: true,
  cancel: true,
  stop: true,
  expire: true,
  operator: true,
}

export const ENTRY_KINDS: ReadonlySet<EntryKind> = new Set(Object.keys(kinds) as EntryKind[])

export const RECORD_TYPES: ReadonlySet<RecordType> = new Set(Object.keys(types) as RecordType[])
