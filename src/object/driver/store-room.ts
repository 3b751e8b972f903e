// Store room: whether the object's store still has room for a run that goes on.
// Owns: the rule, its words, and how often it is looked at. Must not touch: what becomes of the run.
//   F1. The engine's limit lies below the platform's: what is between is the reserve (promise 12) for why the run has
//       stopped, its alarm, a person's actions, and acknowledgements. None of those asks for room.
//   F2. Looking costs as much as a row written, so the drives of short steps look now and then; what they can write
//       between two looks is a part of the reserve.

import { BelayError, type Halt } from "../../engine/errors.ts"
import { STORE_BYTES_MAX } from "../../engine/limits.ts"

/** Each drive writes a slice and one value at the most, 17 MiB: half a gigabyte between two looks. */
const DRIVES_PER_LOOK = 32

const STORE_FULL_HALT: Halt = {
  code: "store_full",
  message: `The run stores more than ${STORE_BYTES_MAX} bytes. Retry it from an earlier step, whose later ones are then forgotten, or kill it; a workflow that goes on for long uses continueAsNew, and keeps large values elsewhere.`,
}

export class StoreRoom {
  readonly #sql: SqlStorage
  #drives = 0

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  /** Why nothing of the run may begin. */
  get halt(): Halt | undefined {
    return this.#isFull ? STORE_FULL_HALT : undefined
  }

  /** After a drive that came to rest; a slice that is only interrupted has written more than a look costs. */
  haltAfterDrive(isInterrupted: boolean): Halt | undefined {
    if (!isInterrupted && ++this.#drives % DRIVES_PER_LOOK !== 0) return undefined
    return this.halt
  }

  /** @throws limit_reached */
  require(): void {
    if (!this.#isFull) return
    throw new BelayError(
      "limit_reached",
      `The run stores ${STORE_BYTES_MAX} bytes, as much as it may, and takes nothing more; retry it from an earlier step, or kill it.`,
    )
  }

  get #isFull(): boolean {
    return this.#sql.databaseSize >= STORE_BYTES_MAX
  }
}
