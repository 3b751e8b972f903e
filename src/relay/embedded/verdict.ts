// What a check in the embedded ledger answers with.
// Owns: the type shared by the files of this folder.

/** A status and the timestamp that goes with it: the record's own for `created` and `exists`. */
export interface Verdict<Status extends string> {
  readonly status: Status
  readonly timestamp: bigint
}
