// Shard bench: one shard on a disk of its own, among runs and other shards that a test plays.
// Owns: the wiring, and what became of the shard's alarm. Must not touch: what a test expects.

import { runInDurableObject } from "cloudflare:test"
import { env } from "cloudflare:workers"
import type { RunCard } from "../../../src/engine/ports/run-index.ts"
import { RunAlarm } from "../../../src/object/run-alarm.ts"
import type {
  CardAnswer,
  Gone,
  HeldPage,
  News,
  ShardDoor,
} from "../../../src/object/run-index/messages.ts"
import { Shard } from "../../../src/object/run-index/shard.ts"
import { ShardCounts } from "../../../src/object/run-index/shard-counts.ts"
import { ShardRows } from "../../../src/object/run-index/shard-rows.ts"
import { ShardState } from "../../../src/object/run-index/shard-state.ts"
import { Shards } from "../../../src/object/run-index/shards.ts"
import { UnreadRows } from "../../../src/object/run-index/unread-rows.ts"
import { placesOf } from "../../../src/object/run-index/placement.ts"
import { query } from "./indexed-runs.ts"

/** What the runs and the other shards of a test do. */
export interface Others {
  readonly card?: (id: string) => CardAnswer | Promise<CardAnswer>
  readonly expire?: (id: string) => CardAnswer | Promise<CardAnswer>
  readonly hear?: (news: News) => void | Promise<void>
  readonly held?: () => HeldPage | Promise<HeldPage>
  /** @param ids of starts that the shard on the bench tells it of */
  readonly announced?: (ids: readonly string[], shard: number) => void
}

/** The shard on the bench. */
export const TO = { shard: 0, shards: 4 } as const

export class ShardBench {
  readonly shard: Shard
  readonly sql: SqlStorage
  /** For which instants the alarm was set, `null` where it was taken off. */
  readonly alarms: (number | null)[] = []
  /** The store has refused an alarm: the object is reset. */
  resets = 0
  /** Added to the clock. */
  aheadMs = 0

  readonly #storage: DurableObjectStorage
  readonly #others: Others

  constructor(storage: DurableObjectStorage, others: Others) {
    const { sql } = storage
    this.#storage = storage
    this.#others = others
    const state = new ShardState(sql)
    const counts = new ShardCounts(sql)
    this.sql = sql
    this.shard = new Shard({
      sql,
      atomically: (work) => storage.transactionSync(work),
      state,
      counts,
      rows: new ShardRows(sql, (before, now) => counts.changed(before, now)),
      unread: new UnreadRows(sql),
      alarm: new RunAlarm(
        this.#alarmStorage(),
        () => undefined,
        () => this.resets++,
      ),
      run: (id) => ({
        card: async () => ({ ok: true, value: await others.card?.(id) }),
        expire: async () => ({ ok: true, value: await others.expire?.(id) }),
      }),
      shards: () => new Shards(namespaceOf(others), state.shards),
      nowMs: () => this.nowMs,
    })
  }

  get nowMs(): number {
    return Date.now() + this.aheadMs
  }

  get alarmMs(): number | null {
    return this.alarms.at(-1) ?? null
  }

  /** The same disk, in an object that was just made. */
  madeAgain(): ShardBench {
    return new ShardBench(this.#storage, this.#others)
  }

  /** Its time has come. */
  async fire(): Promise<void> {
    const { alarmMs } = this
    if (alarmMs === null) throw new Error("No alarm is set.")
    this.aheadMs += Math.max(0, alarmMs - this.nowMs)
    this.alarms.push(null)
    await this.shard.alarmed({ setForMs: alarmMs, isBacked: false })
  }

  announce(...ids: string[]): void {
    this.shard.announce({ ids, ...TO })
  }

  /** What runs tell of themselves. */
  async hear(cards: RunCard[], gone: Gone[] = [], isCertain = false): Promise<void> {
    await this.shard.hear({ cards, gone, isCertain, ...TO })
  }

  async listed(): Promise<readonly RunCard[]> {
    return (await this.shard.list(query(), TO)).cards
  }

  #alarmStorage(): DurableObjectStorage {
    const alarm = {
      setAlarm: async (atMs: number) => {
        // As the platform does.
        if (atMs <= 0) throw new TypeError(`setAlarm() cannot be called with ${atMs}.`)
        this.alarms.push(atMs)
      },
      deleteAlarm: async () => void this.alarms.push(null),
      getAlarm: async () => this.alarmMs,
    }
    return alarm as Partial<DurableObjectStorage> as DurableObjectStorage
  }
}

function namespaceOf({ hear, held, announced }: Others) {
  const door: Partial<ShardDoor> = {
    announce: async ({ ids, shard }) => {
      announced?.(ids, shard)
      return { ok: true, value: TO.shards }
    },
    hear: async (news) => {
      await hear?.(news)
      return { ok: true, value: TO.shards }
    },
    held: async () => ({ ok: true, value: (await held?.()) ?? { cards: [] } }),
  }
  return {
    idFromName: (name: string) => env.TEST_INDEX.idFromName(name),
    get: () => door as ShardDoor,
  }
}

let benches = 0

export async function onBench(
  others: Others,
  work: (bench: ShardBench) => Promise<void>,
): Promise<void> {
  const stub = env.TEST_INDEX.get(env.TEST_INDEX.idFromName(`bench ${++benches}`))
  await runInDurableObject(stub, (_, { storage }) => work(new ShardBench(storage, others)))
}

/** Ids of which the shard on the bench is the home. */
export function homeIds(count: number, prefix = "run"): string[] {
  return idsOf("home", count, prefix)
}

/** Ids of which it keeps the copy. */
export function copyIds(count: number, prefix = "run"): string[] {
  return idsOf("copy", count, prefix)
}

function idsOf(place: "home" | "copy", count: number, prefix: string): string[] {
  const ids: string[] = []
  for (let n = 0; ids.length < count; n++) {
    const id = `${prefix}-${String(n).padStart(6, "0")}`
    if (placesOf(id, TO.shards)[place] === TO.shard) ids.push(id)
  }
  return ids
}

export function cardWith(id: string, fields: Partial<RunCard> = {}): RunCard {
  return {
    id,
    incarnation: "first",
    changes: 0,
    workflow: "work",
    version: 1,
    status: "suspended",
    createdAtMs: 1_000,
    changedAtMs: 1_000,
    tags: {},
    ...fields,
  }
}
