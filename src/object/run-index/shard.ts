// Shard: one shard of the index: what it does when it is told, asked, or woken by its alarm.
// Owns: which card is kept as what, and when somebody must look. Must not touch: RPC.
//   H1. What it was told is on disk before the teller hears so.
//   H2. While something is unread, unswept or running an alarm is set.
//   H3. A list does not miss what was announced before it was asked for, unless a run takes long to answer.

import type { RunCard, RunFilter, RunQuery } from "../../engine/ports/run-index.ts"
import type { AlarmDelivery } from "../alarm-delivery.ts"
import type { RunAlarm } from "../run-alarm.ts"
import { logFailure } from "../run-log.ts"
import { AnnouncedCopies } from "./announced-copies.ts"
import type {
  Addressed,
  Announcement,
  HeldPage,
  News,
  RestoredShard,
  ShardPage,
  ShardStats,
  Wanted,
} from "./messages.ts"
import type { ShardCounts } from "./shard-counts.ts"
import type { ShardParts } from "./shard-parts.ts"
import { listRuns } from "./shard-query.ts"
import { needsTally, tallyRuns } from "./shard-tally.ts"
import { ShardReader, RUNNING_CHECK_MS } from "./shard-reader.ts"
import { ShardSweeper } from "./shard-sweeper.ts"

/** The latest; a list reads before that. */
const READ_WITHIN_MS = 2_000

/** What is announced in one such time is read together: where starts never end, an alarm for each of them would not either. */
const READ_EVERY_MS = 1_000

/** What is told so close together is one commit. */
const GATHER_MS = 0

/** The other place reads only what the home has not read by then. */
const COPY_READ_AFTER_MS = 30_000

/** How long a list waits for runs that were just announced. */
const LIST_PATIENCE_MS = 250

/** How long a repair does. */
const REPAIR_PATIENCE_MS = 10_000

/** After an alarm whose work has thrown. */
const FAILED_PAUSE_MS = 5_000

interface OwnParts extends ShardParts {
  readonly sql: SqlStorage
  readonly atomically: <T>(work: () => T) => T
  readonly counts: ShardCounts
  readonly alarm: RunAlarm
}

export class Shard {
  readonly #parts: OwnParts
  readonly #reader: ShardReader
  readonly #sweeper: ShardSweeper
  readonly #copies: AnnouncedCopies
  /** What is set is known. */
  #isArmed = false
  /** To be written together. */
  #gathered: (() => number)[] = []
  #writing: Promise<number> | undefined

  constructor(parts: OwnParts) {
    this.#parts = parts
    this.#reader = new ShardReader(parts)
    this.#sweeper = new ShardSweeper(parts, this.#reader)
    this.#copies = new AnnouncedCopies(parts)
  }

  /** Written at once: a start waits for it. */
  announce({ ids, ...to }: Announcement): number {
    const { state, unread, nowMs } = this.#parts
    const readMs = this.#readMs
    const copiesReadMs = nowMs() + COPY_READ_AFTER_MS
    const atHome: string[] = []
    this.#write(() => {
      state.addressed(to, true)
      const shards = this.#parts.shards()
      for (const id of ids) {
        const isHome = shards.of(id)[0] === state.number
        if (isHome) atHome.push(id)
        unread.add(id, isHome ? readMs : copiesReadMs)
      }
    })
    this.#wakeBy(atHome.length > 0 ? readMs : copiesReadMs)
    this.#copies.tellSoon(atHome)
    return state.shards
  }

  hear({ cards, gone, isCertain, ...to }: News): Promise<number> {
    const { rows, state, unread, nowMs } = this.#parts
    return this.#together(() => {
      state.addressed(to, true)
      for (const card of cards) this.#keep(card, isCertain)
      for (const each of gone) rows.remove(each, nowMs())
      if (isCertain) return RUNNING_CHECK_MS
      const overtaken = [...cards, ...gone].filter(({ id }) => this.#reader.isReading(id))
      for (const { id } of overtaken) unread.add(id, this.#readMs)
      return overtaken.length === 0 ? RUNNING_CHECK_MS : READ_WITHIN_MS
    })
  }

  async list(query: RunQuery, to: Addressed): Promise<ShardPage> {
    const { state, sql } = this.#parts
    this.#addressed(to)
    if (state.isEmpty) return { cards: [], shards: to.shards }
    await this.#readAnnounced(LIST_PATIENCE_MS)
    return { cards: listRuns(sql, query), shards: state.shards }
  }

  async stats(filter: RunFilter, to: Addressed): Promise<ShardStats> {
    const { state, sql, counts, unread, nowMs } = this.#parts
    this.#addressed(to)
    if (state.isEmpty) {
      return { counts: [], isCut: false, started: [], ended: [], unread: 0, shards: to.shards }
    }
    await this.#readAnnounced(LIST_PATIENCE_MS)
    return {
      ...(needsTally(filter) ? tallyRuns(sql, filter) : counts.all(filter)),
      ...counts.minutes(nowMs()),
      unread: unread.countDue(nowMs() + READ_WITHIN_MS),
      shards: state.shards,
    }
  }

  held(wanted: Wanted): HeldPage {
    const { state } = this.#parts
    this.#addressed(wanted)
    return state.isEmpty ? { cards: [] } : this.#sweeper.held(wanted)
  }

  async restore(to: Addressed): Promise<RestoredShard> {
    const { state, counts, unread, nowMs } = this.#parts
    this.#write(() => {
      state.addressed(to, true)
      // What was announced and not read: another shard may have lost it, which learns of it by its card.
      unread.hasten(nowMs())
    })
    this.#wakeBy(nowMs())
    await Promise.all([
      this.#sweeper.restore(() => this.#wakeBy(nowMs() + RUNNING_CHECK_MS)),
      this.#readAnnounced(REPAIR_PATIENCE_MS),
    ])
    state.begin("reread")
    this.#wakeBy(nowMs())
    const runs = counts.all({}).counts.reduce((sum, { count }) => sum + count, 0)
    return { runs, shards: state.shards }
  }

  async alarmed(delivery: AlarmDelivery): Promise<void> {
    const { alarm, rows, state, nowMs } = this.#parts
    alarm.fired(delivery)
    this.#isArmed = true
    if (state.isEmpty) return
    try {
      rows.forgetGone(nowMs())
      await this.#reader.readUnread(nowMs())
      await this.#reader.expire()
      await this.#reader.checkRunning()
      await this.#sweeper.work()
    } catch (error) {
      logFailure("A shard of the index failed in its alarm; it goes on later.", error, {})
      return alarm.afterFailure(nowMs() + FAILED_PAUSE_MS)
    }
    alarm.setTo(this.#nextMs())
  }

  #keep(card: RunCard, isCertain: boolean): void {
    const { rows, state, unread } = this.#parts
    const [home, copy] = this.#parts.shards().of(card.id)
    const isCopy = copy === state.number
    if (isCopy && isCertain) unread.settled(card.id)
    // Told by who knew of fewer shards: it is found here until it was read and told to those that keep it.
    const isStranger = !isCopy && home !== state.number
    const isContested = rows.put(card, !isCopy, isCertain) === "contested"
    if (!isContested && !isStranger) return
    unread.add(card.id, this.#readMs)
    this.#wakeBy(this.#readMs)
  }

  /** When what is announced now is read. */
  get #readMs(): number {
    const latestMs = this.#parts.nowMs() + READ_WITHIN_MS
    return latestMs - (latestMs % READ_EVERY_MS)
  }

  /** Before a list: what was announced to it as the home of a run. What takes longer is read by its alarm. */
  async #readAnnounced(patienceMs: number): Promise<void> {
    const { unread, nowMs } = this.#parts
    if (unread.count() === 0) return
    const patience = Promise.withResolvers<false>()
    const dueMs = nowMs() + READ_WITHIN_MS
    const timer = setTimeout(() => patience.resolve(false), patienceMs)
    try {
      while (await Promise.race([this.#reader.readUnread(dueMs), patience.promise]));
    } finally {
      clearTimeout(timer)
    }
  }

  #addressed(to: Addressed): void {
    const { state } = this.#parts
    if (state.isEmpty || state.shards >= to.shards) return
    this.#write(() => state.addressed(to, false))
    this.#wakeBy(this.#parts.nowMs())
  }

  /**
   * Writes it in one commit with what else arrives now; resolves when that is done, to how many shards are known.
   * @param work gives in how many ms somebody must look after it
   */
  #together(work: () => number): Promise<number> {
    this.#gathered.push(work)
    // Not a timer of a run: who tells something waits so much longer for fewer commits.
    this.#writing ??= new Promise<number>((resolve, reject) => {
      setTimeout(() => {
        try {
          resolve(this.#writeGathered())
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)))
        }
      }, GATHER_MS)
    })
    return this.#writing
  }

  #writeGathered(): number {
    const works = this.#gathered
    this.#gathered = []
    this.#writing = undefined
    let wakeInMs = RUNNING_CHECK_MS
    this.#write(() => {
      for (const work of works) wakeInMs = Math.min(wakeInMs, work())
    })
    this.#wakeBy(this.#parts.nowMs() + wakeInMs)
    return this.#parts.state.shards
  }

  /** All of it, or nothing; what was counted may be undone with it. */
  #write(work: () => void): void {
    try {
      this.#parts.atomically(work)
    } catch (error) {
      this.#parts.counts.forget()
      this.#parts.state.forget()
      throw error
    }
  }

  #wakeBy(dueMs: number): void {
    const { alarm } = this.#parts
    if (this.#isArmed) return alarm.atLatest(dueMs)
    this.#isArmed = true
    alarm.setTo(Math.min(dueMs, this.#nextMs() ?? Infinity))
  }

  #nextMs(): number | undefined {
    const { rows, unread } = this.#parts
    const least = Math.min(
      unread.earliestDueMs() ?? Infinity,
      rows.nextExpiryMs() ?? Infinity,
      this.#reader.nextCheckMs() ?? Infinity,
      this.#sweeper.dueMs ?? Infinity,
    )
    return least === Infinity ? undefined : least
  }
}
