// Shard reader: asks runs how they stand, and keeps what they say, here and in the other place.
// Owns: which runs are asked when, how many at once, and what follows from an answer.
//   R1. What a run itself says takes the place of anything that was told of it.
//   R2. A run counts as read once both places have it.
//   R3. A run that was last heard of at work may have died before it told more: it is asked now and then.

import type { RunCard } from "../../engine/run-index.ts"
import { valueOf } from "../answer.ts"
import { logFailure } from "../run-log.ts"
import type { CardAnswer, Gone } from "./messages.ts"
import type { ShardParts } from "./shard-parts.ts"

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

type Reading = (id: string) => Promise<CardAnswer>

export class ShardReader {
  readonly #parts: ShardParts
  /** When a run that is at work was last asked. In memory: after a loss all are asked once more. */
  readonly #checked = new Map<string, number>()
  /** Being read now, be it for a list or by the alarm. */
  readonly #underWay = new Set<string>()
  #expiryPausedUntilMs = 0

  constructor(parts: ShardParts) {
    this.#parts = parts
  }

  /** Reads runs of which only the id is known. @param dueMs those that are due by then */
  async readUnread(dueMs: number): Promise<void> {
    const { unread, nowMs } = this.#parts
    const due = unread.due(dueMs, READS_MAX).filter(({ id }) => !this.#underWay.has(id))
    const triesOf = new Map(due.map(({ id, tries }) => [id, tries]))
    for (const { id } of due) unread.reading(id)
    const { kept, failed, none } = await this.#read([...triesOf.keys()], (id) => this.#card(id))
    const tries = (id: string) => triesOf.get(id) ?? 0
    // A start may still be on its way to its object.
    const early = none.filter((id) => tries(id) < NONE_TRIES_MAX)
    const isEarly = new Set(early)
    for (const id of kept) if (!isEarly.has(id)) unread.done(id)
    for (const id of new Set([...failed, ...early])) {
      const pauseMs = Math.min(BACKOFF_MS_MIN * 2 ** tries(id), BACKOFF_MS_MAX)
      unread.postpone(id, nowMs() + pauseMs)
    }
  }

  /** @returns whether all of them were read and are kept in both places. */
  async reread(ids: readonly string[]): Promise<boolean> {
    const { failed } = await this.#read(ids, (id) => this.#card(id))
    return failed.length === 0
  }

  /** Runs whose time has come delete themselves. */
  async expire(): Promise<void> {
    const { rows, nowMs } = this.#parts
    if (this.#expiryPausedUntilMs > nowMs()) return
    const { failed } = await this.#read(rows.expired(nowMs(), READS_MAX), async (id) =>
      valueOf(await this.#parts.run(id).expire()),
    )
    if (failed.length > 0) this.#expiryPausedUntilMs = nowMs() + EXPIRY_PAUSE_MS
  }

  nextExpiryMs(): number | undefined {
    const nextMs = this.#parts.rows.nextExpiryMs()
    return nextMs === undefined ? undefined : Math.max(nextMs, this.#expiryPausedUntilMs)
  }

  async checkRunning(): Promise<void> {
    const { rows, nowMs } = this.#parts
    const running = rows.running(READS_MAX)
    if (running.length < READS_MAX) {
      const still = new Set(running.map(({ id }) => id))
      for (const id of this.#checked.keys()) if (!still.has(id)) this.#checked.delete(id)
    }
    const due = running.filter(
      ({ id, changedAtMs }) =>
        Math.max(changedAtMs, this.#checked.get(id) ?? 0) <= nowMs() - RUNNING_CHECK_MS,
    )
    for (const { id } of due) this.#checked.set(id, nowMs())
    await this.#read(
      due.map(({ id }) => id),
      (id) => this.#card(id),
    )
  }

  async #card(id: string): Promise<CardAnswer> {
    return valueOf(await this.#parts.run(id).card())
  }

  async #read(ids: readonly string[], reading: Reading) {
    const failed: string[] = []
    const cards: RunCard[] = []
    const none: string[] = []
    const ask = async (id: string) => {
      this.#underWay.add(id)
      try {
        const card = await inTime(reading(id))
        if (card === undefined) none.push(id)
        else cards.push(card)
      } catch (error) {
        failed.push(id)
        logFailure("A run could not be read for the index; it is asked again.", error, { run: id })
      } finally {
        this.#underWay.delete(id)
      }
    }
    for (let at = 0; at < ids.length; at += READS_AT_ONCE) {
      await Promise.all(ids.slice(at, at + READS_AT_ONCE).map(ask))
    }
    const { rows, unread, nowMs } = this.#parts
    // Whatever comes in while others are told belongs to another life.
    const gone = none.flatMap((id) => this.#livesOf(id))
    for (const card of cards) this.#keep(card)
    const untold = new Set(await this.#tellOthers(cards, gone))
    // What the other place has not heard is asked for again, and until then a run that is gone is remembered here.
    for (const { id } of cards) if (untold.has(id)) unread.keep(id, nowMs() + BACKOFF_MS_MIN)
    for (const each of gone) if (!untold.has(each.id)) rows.remove(each, nowMs())
    failed.push(...untold)
    const isFailed = new Set(failed)
    return { kept: ids.filter((id) => !isFailed.has(id)), failed, none }
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
    // Also when another shard is its home by now: it stays found here until it was moved.
    if (home === state.number || copy !== state.number) rows.put(card, true, true)
  }

  /** @returns ids of those that the other place was not told of. */
  async #tellOthers(cards: readonly RunCard[], gone: readonly Gone[]): Promise<string[]> {
    const shards = this.#parts.shards()
    const { number } = this.#parts.state
    const batches = new Map<number, { cards: RunCard[]; gone: Gone[] }>()
    const batchOf = (id: string) => {
      const [home, copy] = shards.of(id)
      const other = home === number ? copy : home
      const batch = batches.get(other) ?? { cards: [], gone: [] }
      batches.set(other, batch)
      return batch
    }
    for (const card of cards) batchOf(card.id).cards.push(card)
    for (const each of gone) batchOf(each.id).gone.push(each)
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

async function inTime<T>(asked: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>()
  // The patience with one call: the row and the alarm stand behind it.
  const timer = setTimeout(
    () => late.reject(new Error(`It took longer than ${READ_MS_MAX} ms.`)),
    READ_MS_MAX,
  )
  try {
    return await Promise.race([asked, late.promise])
  } finally {
    clearTimeout(timer)
  }
}
