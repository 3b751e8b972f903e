// What a ledger says about one event, as a value.
// Owns: the shape of an outcome and its classes. Must not know the statuses themselves (the two tables do).

/**
 * What a caller should do about an outcome:
 * - `success`: it is in the ledger, now (`created`) or since an earlier attempt (`exists`).
 * - `rejected`: a definite business answer; it is not in the ledger and this id will never bring it there.
 * - `conflict`: the id belongs to something with other attributes; a person must look.
 * - `invalid`: a mistake in the program; nothing is stored and the id may be used again after the fix.
 */
export type OutcomeClass = "success" | "rejected" | "conflict" | "invalid"

/** One row of a status table. */
export interface StatusFacts {
  readonly number: number
  readonly class: OutcomeClass
  /** The id answers `id_already_failed` from now on. */
  readonly burnsId?: true
}

/**
 * The answer to one event, in the order of the request. `timestamp` (ns since 1970) is the record's own for
 * `created` and `exists`, so both describe the same record alike; otherwise the time of the check.
 * Members of a broken chain carry the status `linked_event_failed` and the class of the event that broke it.
 */
export interface Outcome<Status extends string> {
  readonly class: OutcomeClass
  readonly status: Status
  readonly statusNumber: number
  readonly timestamp: bigint
}
