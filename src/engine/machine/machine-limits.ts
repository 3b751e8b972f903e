// Machine limits: what bounds one machine, each with its reason; one value, so that tests reach the edges with a few records.

export interface MachineLimits {
  /** Records in one slice of a drive, after which the event loop gets a turn and the stretch commits. */
  readonly sliceRecords: number
  /** Bytes of results in one slice, roughly; bounds the transaction that the output gate waits for. */
  readonly sliceBytes: number
  /** Turns of generators in one slice: only a replay, or a loop that records nothing, comes near. */
  readonly sliceTurns: number
  /** Attempts in flight at once; the others wait for a slot, and their timeout with them. */
  readonly attemptsInFlight: number
  /** Attempts of one step lost in a row before a person must look: something kills the object each time. */
  readonly attemptsLost: number
  /** Records in one generation. Bounds the time of a replay; `continueAsNew` starts afresh. */
  readonly entriesMax: number
  /** Operations begun and not ended at one time; each is held in memory. */
  readonly openEntriesMax: number
  /** Characters of a path, some hundreds of levels: what is nested deeper is a recursion without end. */
  readonly pathLengthMax: number
}

export const MACHINE_LIMITS: MachineLimits = {
  sliceRecords: 1_000,
  sliceBytes: 1024 * 1024,
  sliceTurns: 100_000,
  attemptsInFlight: 128,
  attemptsLost: 100,
  entriesMax: 1_000_000,
  openEntriesMax: 50_000,
  pathLengthMax: 1_000,
}
