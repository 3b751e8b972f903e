// Shard reader: asks runs how they stand, and keeps what they say, here and in the other place.
// Owns: which runs are asked when, how many at once, and what follows from an answer.
//   R1. What a run itself says takes the place of anything that was told of it, but for what it told since.
//   R2. A run counts as read once both places have it.
//   R3. A run that was last heard of at work may have died before it told more: it is asked now and then.
//   R4. A run of which news arrive while it is read is read once more: its answer may be older than they are, and may be
//       of a life that is over.
//   R5. A run that cannot be read, or not be deleted, keeps no other waiting.

import type { RunCard, RunPlace } from "../../engine/ports/run-index.ts"
import { valueOf } from "../answer.ts"
import { logFailure } from "../run-log.ts"
import { withPatience } from "./in-time.ts"
import type { CardAnswer, Gone } from "./messages.ts"
import type { ShardParts } from "./shard-parts.ts"
import type { Shards } from "./shards.ts"

/** Runs that are asked in one event: far below what one event may ask of others. */
export const READS_MAX = 100

/** Calls under way at once. */
const READS_AT_ONCE = 16

/** How often a run that is at work is asked. */
export const RUNNING_CHECK_MS = 60_000

/** A run that was announced and is not there is looked for again so often: for a minute, with the pauses below. */
const NONE_TRIES_MAX = 6

const BACKOFF_MS_MIN = 1_000
const BACKOFF_MS_MAX = 5 * 60_000

/** After a run whose time has come could not be asked. */
const EXPIRY_PAUSE_MS = 60_000

/** How long one run may take to answer. It is asked again later. */
const READ_MS_MAX = 10_000

/** Longer than a list waits for what is being read. */
const LEAVE_AFTER_MS = 500

type Reading = (id: string) => Promise<CardAnswer>

/** Before all runs. */
const BEGINNING: RunPlace = { createdAtMs: -Infinity, id: "" }

export class ShardReader {
  readonly #parts: ShardParts
  /** Being read now, be it for a list or by the alarm, and until both places have what was read. */
  readonly #underWay = new Set<ReadonlySet<string>>()
  /** Those of them that were unread. */
  readonly #pages = new Set<Promise<boolean>>()
  /** The last run at work that was seen to on this walk over all of them. In memory: after a loss it begins anew. */
  #checkedTo = BEGINNING
  #nextCheckMs = 0

  constructor(parts: ShardParts) {
    this.#parts = parts
  }

  /** Whether news of this run may be newer than what it is about to have said. */
  isReading(id: string): boolean {
    return [...this.#underWay].some((ids) => ids.has(id))
  }

  /**
   * Reads runs of which only the id is known, and waits for those that somebody else is reading.
   * @param dueMs those that are due by then
   * @returns whether there may be more of them
   */
  async readUnread(dueMs: number): Promise<boolean> {
    const others = [...this.#pages]
    const page = this.#readPage(dueMs)
    this.#pages.add(page)
    try {
      const [hasMore] = await Promise.all([page, ...others])
      return hasMore
    } finally {
      this.#pages.delete(page)
    }
  }

  async #readPage(dueMs: number): Promise<boolean> {
    const { unread, nowMs } = this.#parts
    const busy = [...this.#underWay].reduce((sum, ids) => sum + ids.size, 0)
    const due = unread
      .due(dueMs, READS_MAX + busy)
      .filter(({ id }) => !this.isReading(id))
      .slice(0, READS_MAX)
    const triesOf = new Map(due.map(({ id, tries }) => [id, tries]))
    for (const { id } of due) unread.reading(id)
    const { kept, failed, untold, none } = await this.#read([...triesOf.keys()], (id) =>
      this.#card(id),
    )
    const tries = (id: string) => triesOf.get(id) ?? 0
    // A start may still be on its way to its object.
    const early = none.filter((id) => tries(id) < NONE_TRIES_MAX)
    const isEarly = new Set(early)
    for (const id of kept) if (!isEarly.has(id)) unread.done(id)
    for (const id of new Set([...failed, ...untold, ...early])) {
      const pauseMs = Math.min(BACKOFF_MS_MIN * 2 ** tries(id), BACKOFF_MS_MAX)
      unread.postpone(id, nowMs() + pauseMs)
    }
    return due.length === READS_MAX
  }

  /** @returns whether what was read is kept in both places; who could not be read is asked again later. */
  async reread(ids: readonly string[]): Promise<boolean> {
    const { unread, nowMs } = this.#parts
    const { failed, untold } = await this.#read(ids, (id) => this.#card(id))
    for (const id of failed) unread.add(id, nowMs() + BACKOFF_MS_MIN)
    return untold.length === 0
  }

  /** Runs whose time has come delete themselves. */
  async expire(): Promise<void> {
    const { rows, nowMs } = this.#parts
    const ids = rows.expired(nowMs(), READS_MAX)
    await this.#read(ids, async (id) => valueOf(await this.#parts.run(id).expire()))
    // It could not be asked, or by its own clock the time has not come.
    for (const id of ids) rows.postponeExpiry(id, nowMs() + EXPIRY_PAUSE_MS)
  }

  /** Asks the next of the runs that are at work: once a minute each. */
  async checkRunning(): Promise<void> {
    const { rows, nowMs } = this.#parts
    const now = nowMs()
    if (this.#nextCheckMs > now) return
    const due = rows.running(now - RUNNING_CHECK_MS, now, this.#checkedTo, READS_MAX)
    const hasMore = due.length === READS_MAX
    this.#checkedTo = (hasMore ? due.at(-1) : undefined) ?? BEGINNING
    this.#nextCheckMs = hasMore ? now : now + RUNNING_CHECK_MS
    await this.#read(
      due.map(({ id }) => id),
      (id) => this.#card(id),
    )
  }

  /** When runs at work are asked next; `undefined` when none is. */
  nextCheckMs(): number | undefined {
    if (!this.#parts.rows.hasRunning) return undefined
    // Of an object that was just made: now. The platform refuses an alarm for the beginning of time, and resets the object.
    return Math.max(this.#nextCheckMs, this.#parts.nowMs())
  }

  async #card(id: string): Promise<CardAnswer> {
    return valueOf(await this.#parts.run(id).card())
  }

  async #read(ids: readonly string[], reading: Reading) {
    const underWay = new Set(ids)
    this.#underWay.add(underWay)
    try {
      return await this.#readAndTell(ids, reading)
    } finally {
      this.#underWay.delete(underWay)
    }
  }

  async #readAndTell(ids: readonly string[], reading: Reading) {
    const failed: string[] = []
    const cards: RunCard[] = []
    const none: string[] = []
    const ask = async (id: string, answer: Promise<CardAnswer>) => {
      try {
        const card = await answer
        if (card === undefined) none.push(id)
        else cards.push(card)
      } catch (error) {
        failed.push(id)
        logFailure("A run could not be read for the index; it is asked again.", error, { run: id })
      }
    }
    for (let at = 0; at < ids.length; at += READS_AT_ONCE) {
      const some = ids.slice(at, at + READS_AT_ONCE)
      await withPatience(READ_MS_MAX, (orLate) =>
        Promise.all(some.map((id) => ask(id, orLate(reading(id))))),
      )
    }
    const { rows, unread, nowMs } = this.#parts
    // Whatever comes in while others are told belongs to another life.
    const gone = none.flatMap((id) => this.#livesOf(id))
    for (const card of cards) this.#keep(card)
    const shards = this.#parts.shards()
    const untold = new Set(await this.#tellOthers(shards, cards, gone))
    // What the other place has not heard is asked for again, and until then a run that is gone is remembered here.
    for (const { id } of cards) if (untold.has(id)) unread.keep(id, nowMs() + BACKOFF_MS_MIN)
    for (const each of gone) if (!untold.has(each.id)) rows.remove(each, nowMs())
    const isLeft = new Set([...failed, ...untold])
    // By the number of shards that the others were told by: it may be higher now.
    await this.#letGo(
      shards,
      cards.map(({ id }) => id).filter((id) => !isLeft.has(id)),
    )
    return { kept: ids.filter((id) => !isLeft.has(id)), failed, untold: [...untold], none }
  }

  #livesOf(id: string): Gone[] {
    const { rows } = this.#parts
    return [rows.get(id), rows.copy(id)].flatMap((card) =>
      card === undefined ? [] : [{ id, incarnation: card.incarnation }],
    )
  }

  #keep(card: RunCard): void {
    const { rows, state } = this.#parts
    const [home, copy] = this.#parts.shards().of(card.id)
    if (copy === state.number) rows.put(card, false, true)
    // Also when two other shards keep it by now: it stays found here until both of them have it.
    if (home === state.number || copy !== state.number) rows.put(card, true, true)
  }

  /** Of these, those go that others keep by now, and have. */
  async #letGo(shards: Shards, ids: readonly string[]): Promise<void> {
    const { rows, state } = this.#parts
    const strangers = ids.filter((id) => !shards.of(id).includes(state.number))
    if (strangers.length === 0) return
    await untilListsHaveLooked()
    const now = this.#parts.shards()
    for (const id of strangers.filter((each) => !now.of(each).includes(state.number))) {
      rows.drop(id, "runs")
      rows.drop(id, "copies")
    }
  }

  /** @returns ids of those that another place was not told of. */
  async #tellOthers(
    shards: Shards,
    cards: readonly RunCard[],
    gone: readonly Gone[],
  ): Promise<string[]> {
    const { number } = this.#parts.state
    const batches = new Map<number, { cards: RunCard[]; gone: Gone[] }>()
    const batchesOf = (id: string) =>
      shards
        .of(id)
        .filter((place) => place !== number)
        .map((other) => {
          const batch = batches.get(other) ?? { cards: [], gone: [] }
          batches.set(other, batch)
          return batch
        })
    for (const card of cards) for (const batch of batchesOf(card.id)) batch.cards.push(card)
    for (const each of gone) for (const batch of batchesOf(each.id)) batch.gone.push(each)
    const untold = await Promise.all(
      [...batches].map(async ([shard, batch]) => {
        try {
          await shards.tell(shard, (door, to) => door.hear({ ...batch, ...to, isCertain: true }))
          return []
        } catch (error) {
          logFailure("A shard of the index did not hear; it is told again.", error, { shard })
          return [...batch.cards, ...batch.gone].map(({ id }) => id)
        }
      }),
    )
    return untold.flat()
  }
}

/** A list that has asked elsewhere before something was told there has looked here by then. */
export async function untilListsHaveLooked(): Promise<void> {
  // Not a timer of a run: whoever dies meanwhile does its page once more.
  await new Promise((resolve) => setTimeout(resolve, LEAVE_AFTER_MS))
}
