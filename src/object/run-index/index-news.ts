// Index news: what the index has not heard of the run in this object: told at least once, whatever becomes of the telling.
// Owns: what was told last, when the next telling leaves, and when an alarm must look after it.
// Must not touch: what a card says (card.ts), how a shard takes it.
// There is no row for it: the run's row counts its changes, and the alarm alone says that something is still to be told.
//   N1. A run that ends, halts or is paused keeps an alarm until both of its shards have heard so; and so does one that goes
//       on after that, since no shard would ask it.
//   N2. Between work and rest a run may go to and fro: that is told together, half a second later, and without an alarm:
//       a shard asks a run that it believes at work.
//   N3. Nobody waits for a telling, and none fails the run: an index that is down is told later, less and less often.
//   N4. Whoever starts a run may have announced it: then its first stretch is no news, and it needs no alarm for it.

import { LEASE_MS_MAX, LEASE_MS_MIN } from "../../engine/limits.ts"
import { isFinal, type RunStatus } from "../../engine/ports/runs.ts"
import { logFailure } from "../run-log.ts"
import type { RunRow } from "../store/stored-run.ts"
import { cardOf } from "./card.ts"
import type { Gone } from "./messages.ts"
import type { Shards } from "./shards.ts"

/** What changes meanwhile is told together. */
const GATHER_MS = 500

const BACKOFF_MS_MIN = 1_000
const BACKOFF_MS_MAX = 5 * 60_000

export interface NewsParts {
  /** `undefined` where no index is bound: then there is nobody to tell. */
  readonly shards: Shards | undefined
  readonly row: () => RunRow | undefined
  /** The alarm may be another now. */
  readonly changed: () => void
  readonly nowMs: () => number
}

/** Which change of which life was told last; none yet where it is -1. */
interface Told {
  readonly incarnation: string
  readonly changes: number
}

export class IndexNews {
  readonly #parts: NewsParts
  /** `undefined` while nothing is known: the object has just been made. */
  #told: Told | undefined
  /** The run is in its first stretch, of which somebody else tells. */
  #isAnnounced = false
  /** What the shards believe of it may be that it stands still. */
  #hasGoneOn = false
  #sending: Promise<void> | undefined
  #isGathering = false
  #dueMs: number | undefined
  #failures = 0

  constructor(parts: NewsParts) {
    this.#parts = parts
  }

  /** Whether the index deletes the run when its time has come. */
  get isSwept(): boolean {
    return this.#parts.shards !== undefined
  }

  /** When somebody must look after it; `undefined` when nothing is owed. */
  get dueMs(): number | undefined {
    const row = this.#untold()
    if (row === undefined || !this.#isOwed(row)) return (this.#dueMs = undefined)
    return (this.#dueMs ??= this.#parts.nowMs() + LEASE_MS_MIN)
  }

  /** A run is about to be made. */
  begin(isAnnounced: boolean): void {
    this.#isAnnounced = isAnnounced && this.isSwept
    this.#hasGoneOn = false
    this.#told = undefined
  }

  /** Its first stretch is over. */
  begun(): void {
    if (!this.#isAnnounced) return
    const row = this.#parts.row()
    this.#isAnnounced = false
    this.#told = row && { incarnation: row.incarnation, changes: row.changes }
  }

  /** Whoever announced it could not: the run tells of itself. */
  unannounced(): void {
    const row = this.#parts.row()
    if (row === undefined) return
    this.#told = { incarnation: row.incarnation, changes: -1 }
    this.#send()
  }

  /** The status has changed, or there is a run now. @param before what it was, of a run that was there */
  noticed({ incarnation, changes }: RunRow, before?: RunStatus): void {
    if (!this.isSwept || this.#isAnnounced) return
    if (before !== undefined && isStanding(before)) this.#hasGoneOn = true
    this.#told ??= { incarnation, changes: changes === 0 ? -1 : changes - 1 }
    if (this.#isGathering) return
    this.#isGathering = true
    // After the stretch: only then it is clear what has become of the run in it.
    queueMicrotask(() => this.#sendSoon())
  }

  /**
   * The alarm is about to be set anew: the one that is set may stand for what an earlier life of the object has not told.
   * So it is told once more, unless this life knows better.
   */
  takeOver(): void {
    const row = this.#parts.row()
    if (!this.isSwept || this.#isAnnounced || row === undefined || this.#told !== undefined) return
    this.#told = { incarnation: row.incarnation, changes: -1 }
    queueMicrotask(() => this.#send())
  }

  /** The object's alarm has fired. */
  alarmed(): void {
    this.takeOver()
    if (this.#dueMs !== undefined && this.#dueMs > this.#parts.nowMs()) return
    // What hangs is waited for: sent once more beside it, the older one might arrive behind the newer.
    if (this.#sending !== undefined) this.#dueMs = this.#parts.nowMs() + LEASE_MS_MAX
    else this.#send()
  }

  /** Tells both shards that this life is over and deleted. @throws when one of them has not heard */
  async tellGone(gone: Gone): Promise<void> {
    // Nothing of that life may arrive behind it.
    await this.#sending
    await this.#tellBoth(gone.id, { cards: [], gone: [gone] })
  }

  /** What is to be told, if anything is. */
  #untold(): RunRow | undefined {
    const told = this.#told
    if (!this.isSwept || this.#isAnnounced || told === undefined) return undefined
    const row = this.#parts.row()
    if (row === undefined) return undefined
    const isTold = told.incarnation === row.incarnation && told.changes >= row.changes
    return isTold ? undefined : row
  }

  #isOwed({ incarnation, status }: RunRow): boolean {
    const isBirth = this.#told?.changes === -1 || this.#told?.incarnation !== incarnation
    return isBirth || isStanding(status) || this.#hasGoneOn || this.#failures > 0
  }

  #sendSoon(): void {
    const row = this.#untold()
    if (row === undefined || this.#isOwed(row)) {
      this.#isGathering = false
      return this.#send()
    }
    // Not a timer of the run: what it would have told is told by the next change, or asked for.
    setTimeout(() => {
      this.#isGathering = false
      this.#send()
    }, GATHER_MS)
  }

  #send(): void {
    const row = this.#untold()
    if (row === undefined || this.#sending !== undefined) return
    const { id, incarnation, changes } = row
    if (this.#isOwed(row)) this.#dueMs = this.#parts.nowMs() + LEASE_MS_MAX
    const card = cardOf(row)
    this.#sending = this.#tellBoth(id, { cards: [card], gone: [] }).then(
      () => this.#heard({ incarnation, changes }),
      (error: unknown) => this.#failed(error, row),
    )
  }

  #heard(told: Told): void {
    const wasOwed = this.#dueMs !== undefined
    this.#sending = undefined
    this.#failures = 0
    this.#hasGoneOn = false
    this.#dueMs = undefined
    this.#told = told
    this.#send()
    if (wasOwed) this.#parts.changed()
  }

  #failed(error: unknown, { id: run, changedAtMs }: RunRow): void {
    const nowMs = this.#parts.nowMs()
    // As long as it has been to be told: an object that is made anew for each try has no memory of those before.
    const leastMs = Math.max(BACKOFF_MS_MIN * 2 ** this.#failures, nowMs - changedAtMs)
    const pauseMs = Math.min(leastMs, BACKOFF_MS_MAX)
    this.#sending = undefined
    this.#failures++
    this.#dueMs = nowMs + pauseMs
    logFailure("The index did not hear of a run; it is told again.", error, { run, pauseMs })
    this.#parts.changed()
  }

  async #tellBoth(
    id: string,
    news: { readonly cards: readonly ReturnType<typeof cardOf>[]; readonly gone: readonly Gone[] },
  ): Promise<void> {
    await this.#parts.shards?.tellBoth(id, (door, to) =>
      door.hear({ ...news, isCertain: false, ...to }),
    )
  }
}

/** Whether no shard asks it how it goes on. */
function isStanding(status: RunStatus): boolean {
  return isFinal(status) || status === "halted" || status === "paused"
}
