// Journal pack: records that were written as one row, and the text of that row.
// Owns: which records may be packed, and the form. Must not touch: SQL (journal-rows.ts), what a record means.
//   P1. What stands in its own columns is asked for by SQL or changed later (notes, cancellations, promises, messages
//       that are consumed): it is never packed. Nor is a long text, which may have to be cut into chunks.
//   P2. The texts stand one behind another as they are, and a head of columns says where each ends: nothing is escaped
//       twice, and what is not looked at is not decoded.

import type { EntryKind, JournalRecord, RecordType } from "../../engine/ports/journal.ts"

/** The type of a row that holds several records; its number is that of the last of them. */
export const PACK = "pack"

/** A longer text has a row of its own. */
const TEXT_UNITS_MAX = 64 * 1024

/** All records of one pack but the last, by `unitsOf`: with three bytes for each unit, a row has room for them. */
export const PACK_UNITS_MAX = 256 * 1024

/** What the head says of a record beside its path and name: times, numbers, and what stands between them. */
const FIELDS_UNITS = 60

/** Stands for: the same as in the record before. */
const SAME = 0

type Column<T> = (T | null | typeof SAME)[]

/**
 * One array for each field, in this order; numbers and times by how much they are greater than the one before. A
 * column that is shorter has nothing of the last records.
 */
type Head = readonly [
  seqs: number[],
  types: Column<string>,
  paths: string[],
  ats: number[],
  inlines: (0 | 1)[],
  kinds: Column<string>,
  names: Column<string>,
  digests: (number | null)[],
  attempts: (number | null)[],
  dues: (number | null)[],
  lengths: (number | null)[],
]

const HEAD_END = ":"

export function mayBePacked({ type, kind, ref, text }: JournalRecord): boolean {
  return (
    ref === undefined &&
    type !== "operator" &&
    type !== "cancel" &&
    kind !== "promise" &&
    (text === undefined || text.length <= TEXT_UNITS_MAX)
  )
}

/** What a record adds to a pack. A character of a name may have to be escaped, which takes six bytes. */
export function unitsOf({ text = "", path, name = "" }: JournalRecord): number {
  return text.length + path.length + name.length * 2 + FIELDS_UNITS
}

export function encodePack(records: readonly JournalRecord[]): string {
  const head: Head = [[], [], [], [], [], [], [], [], [], [], []]
  const [seqs, types, paths, ats, inlines, kinds, names, digests, attempts, dues, lengths] = head
  let before: JournalRecord | undefined
  let texts = ""
  let index = 0
  for (const record of records) {
    const { kind, name, text } = record
    seqs.push(record.seq - (before?.seq ?? 0))
    types.push(record.type === before?.type ? SAME : record.type)
    paths.push(record.path)
    ats.push(record.atMs - (before?.atMs ?? 0))
    inlines.push(record.inline ? 1 : 0)
    kinds.push(kind !== undefined && kind === before?.kind ? SAME : (kind ?? null))
    names.push(name !== undefined && name === before?.name ? SAME : (name ?? null))
    put(digests, index, record.digest)
    put(attempts, index, record.attempt)
    put(dues, index, record.dueMs)
    put(lengths, index, text?.length)
    if (text !== undefined) texts += text
    before = record
    index++
  }
  const columns = JSON.stringify(head)
  return `${columns.length}${HEAD_END}${columns}${texts}`
}

/** What has no value leaves a gap, and nothing at all at the end. */
function put(column: (number | null)[], index: number, value: number | undefined): void {
  if (value === undefined) return
  while (column.length < index) column.push(null)
  column.push(value)
}

export function decodePack(pack: string): JournalRecord[] {
  const headBegin = pack.indexOf(HEAD_END) + 1
  let end = headBegin + Number(pack.slice(0, headBegin - 1))
  const head = JSON.parse(pack.slice(headBegin, end)) as Head
  const [seqs, types, paths, ats, inlines, kinds, names, digests, attempts, dues, lengths] = head
  const records: JournalRecord[] = []
  let seq = 0
  let atMs = 0
  let type: string | undefined
  let kind: string | undefined
  let name: string | undefined
  for (const [index, path] of paths.entries()) {
    seq += seqs[index] ?? 0
    atMs += ats[index] ?? 0
    type = valueOf(types[index], type)
    kind = valueOf(kinds[index], kind)
    name = valueOf(names[index], name)
    const begin = end
    const length = lengths[index] ?? undefined
    end += length ?? 0
    records.push({
      seq,
      type: type as RecordType,
      path,
      atMs,
      inline: inlines[index] === 1,
      kind: kind as EntryKind | undefined,
      name,
      digest: digests[index] ?? undefined,
      attempt: attempts[index] ?? undefined,
      text: length === undefined ? undefined : pack.slice(begin, end),
      dueMs: dues[index] ?? undefined,
      ref: undefined,
    })
  }
  return records
}

function valueOf(
  stored: string | null | typeof SAME | undefined,
  before: string | undefined,
): string | undefined {
  return stored === SAME ? before : (stored ?? undefined)
}
