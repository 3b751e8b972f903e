// Fold: the accumulator of one `ctx.reduce`: where it stands, and what is kept of it.
// Owns: the accumulator and the number of items folded. Must not touch: journal, attempts (folds.ts).
//   D1. Without `apply` a step gives the next accumulator, and gets a copy of the one before. With it a step gives a
//       change, which `apply` folds into the one accumulator there is; nothing but changes is stored at every item.
//   D2. What was recorded is folded when it is needed: a replay of a fold that has ended folds nothing.
//   D3. A snapshot is due once the items since the last one have paid for it, so what is written stays linear.

import { decode, encode } from "../values/codec.ts"
import type { FoldSpec } from "../workflow/operation.ts"
import type { KeptFold } from "../ports/ports.ts"
import { freshInput } from "../steps/step-input.ts"

/** What a record takes beside its text, roughly. */
const RECORD_UNITS = 64

/** A snapshot costs at most so many times the records that it replaces. */
const SNAPSHOT_COST_MAX = 2

export class Fold {
  readonly spec: FoldSpec
  /** The n-th call of a function of this name in the run is the first item's; counted only when the run has faults. */
  readonly firstCall: number
  /** `seq` of the record that opened it. */
  id = 0
  /** Items folded or known to be. */
  count = 0
  /** Every record of an item up to here is forgotten. */
  forgottenSeq = 0
  /** What was recorded and is not folded yet. */
  readonly #recorded: string[] = []
  #isReady = false
  #accumulator: unknown
  /** Encoded accumulator; only without `apply`. */
  #text = ""
  #sinceSnapshot = 0
  #unitsSinceSnapshot = 0
  #snapshotUnits = 0
  #told = 0
  #unitsToPublish = 0
  #publishedUnits = 0

  constructor(spec: FoldSpec, firstCall: number) {
    this.spec = spec
    this.firstCall = firstCall
  }

  get isDone(): boolean {
    return this.count >= this.spec.items.length
  }

  /** Before anything is folded or asked for in this life. Throws what cannot be stored, or what `apply` throws. */
  makeReady(row: () => KeptFold | undefined): void {
    if (this.#isReady) return
    const kept = row()
    this.#text = kept?.text ?? encode(this.spec.initial)
    this.#snapshotUnits = this.#text.length
    const { apply } = this.spec
    if (apply !== undefined) this.#accumulator = decode(this.#text)
    const recorded = this.#recorded
    const first = this.count - recorded.length
    if (apply === undefined) this.#text = recorded.at(-1) ?? this.#text
    else for (const [offset, text] of recorded.entries()) this.#apply(text, first + offset)
    // Not before: should `apply` throw, the next one to ask begins anew with all of it.
    recorded.length = 0
    this.#isReady = true
  }

  /** What the step of the next item is called with: all of it copies, but for the accumulator that `apply` changes. */
  input(): readonly unknown[] {
    const index = this.count
    const [item] = freshInput([this.spec.items[index]])
    return [this.spec.apply === undefined ? decode(this.#text) : this.#accumulator, item, index]
  }

  /** The next item's outcome. Throws what `apply` throws. */
  take(text: string): void {
    if (!this.#isReady) this.#recorded.push(text)
    else if (this.spec.apply === undefined) this.#text = text
    else this.#apply(text, this.count)
    // Whether it can be stored at all is better known at the first item than at the thousandth.
    if (this.#isReady && this.count === 0) this.snapshotText()
    this.count++
    this.#sinceSnapshot++
    this.#unitsSinceSnapshot += text.length + RECORD_UNITS
    this.#unitsToPublish += text.length + RECORD_UNITS
  }

  #apply(text: string, index: number): void {
    const { apply, items } = this.spec
    this.#accumulator = apply?.(this.#accumulator, decode(text), items[index], index)
  }

  get isSnapshotDue(): boolean {
    return (
      this.#isReady &&
      this.#sinceSnapshot >= this.spec.snapshotEvery &&
      this.#unitsSinceSnapshot * SNAPSHOT_COST_MAX >= this.#snapshotUnits
    )
  }

  /** The accumulator as it is stored. @throws EncodingError */
  snapshotText(): string {
    return this.spec.apply === undefined ? this.#text : encode(this.#accumulator)
  }

  snapshotTaken(text: string): void {
    this.#sinceSnapshot = 0
    this.#unitsSinceSnapshot = 0
    this.#snapshotUnits = text.length
  }

  /** The number of items to tell, unless it was told. */
  untold(): number | undefined {
    if (this.#told === this.count) return undefined
    this.#told = this.count
    return this.count
  }

  /** What is published of the accumulator; `undefined` while the items since the last time have not paid for it. */
  published(isLast: boolean): string | undefined {
    const { publish } = this.spec
    if (publish === undefined || !this.#isReady) return undefined
    if (!isLast && this.#unitsToPublish * SNAPSHOT_COST_MAX < this.#publishedUnits) return undefined
    this.#unitsToPublish = 0
    const accumulator = this.spec.apply === undefined ? decode(this.#text) : this.#accumulator
    const text = encode(
      publish.of === undefined ? accumulator : publish.of(accumulator, this.count),
    )
    this.#publishedUnits = text.length
    return text
  }
}
