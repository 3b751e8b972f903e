// Operator record: what is noted in the journal when a person intervened: who, why, and the attempts that were
// forgotten with the journal's end, so that the numbers of later attempts stay truthful (promise 2).

import { decode, encode } from "../values/codec.ts"
import type { JournalRecord } from "../ports/journal.ts"

export interface OperatorNote {
  readonly by?: string
  readonly reason?: string
  /** The instant to which a start was moved. */
  readonly startAt?: string
  /** Of a fork, in the journal of the copy: where it was taken. */
  readonly from?: { readonly id: string; readonly incarnation: string; readonly path: string }
  /** Of a fork, in the journal it was taken from: the copy. */
  readonly to?: { readonly id: string; readonly incarnation: string }
  /** Attempts made before, by path, of steps other than the one the record is about. */
  readonly attempts?: Readonly<Record<string, number>>
}

export function operatorText(note: OperatorNote): string {
  return encode(note)
}

/** The attempts a record tells of, by path: its own, and those an operator's record keeps. */
export function attemptsTold(record: JournalRecord): Readonly<Record<string, number>> {
  const own = record.attempt === undefined ? {} : { [record.path]: record.attempt }
  if (record.type !== "operator" || record.text === undefined) return own
  return { ...(decode(record.text) as OperatorNote).attempts, ...own }
}
