// Index object: one shard of the index of all runs, one Durable Object: its RPC methods and its alarm.
// Owns: the RPC face and the wiring. Must not touch: what is kept and when a run is read (shard.ts).
//   J1. alarm() never throws for a reason of its own (promise 12).
//   J2. A shard that is slow, full or gone is nobody's failure but a list's: runs go on, and tell it later.

import { DurableObject } from "cloudflare:workers"
import type { RunFilter, RunQuery } from "../../engine/ports/run-index.ts"
import { deliveryOf } from "../alarm-delivery.ts"
import { answering, type Answer } from "../answer.ts"
import type { IndexObjectClass } from "../object-class.ts"
import { RunAlarm } from "../run-alarm.ts"
import type {
  Addressed,
  Announcement,
  HeldPage,
  IndexedRun,
  News,
  RestoredShard,
  ShardPage,
  ShardStats,
  Wanted,
} from "./messages.ts"
import { Shard } from "./shard.ts"
import { ShardCounts } from "./shard-counts.ts"
import { ShardRows } from "./shard-rows.ts"
import { ShardState } from "./shard-state.ts"
import { Shards, type ShardNamespace } from "./shards.ts"
import { UnreadRows } from "./unread-rows.ts"

/** Where a shard finds the runs and the other shards. */
export interface IndexSurroundings {
  readonly run: (env: Cloudflare.Env, id: string) => IndexedRun
  readonly namespaceOf: (env: Cloudflare.Env) => ShardNamespace
}

/** Makes the object class; bind it as INDEX. */
export function createIndexObject({ run, namespaceOf }: IndexSurroundings): IndexObjectClass {
  return class IndexObject extends DurableObject<Cloudflare.Env> {
    readonly #shard: Shard

    constructor(ctx: DurableObjectState, env: Cloudflare.Env) {
      super(ctx, env)
      const { storage } = ctx
      const state = new ShardState(storage.sql)
      const counts = new ShardCounts(storage.sql)
      this.#shard = new Shard({
        sql: storage.sql,
        atomically: (work) => storage.transactionSync(work),
        state,
        counts,
        rows: new ShardRows(storage.sql, (before, now) => counts.changed(before, now)),
        unread: new UnreadRows(storage.sql),
        alarm: new RunAlarm(
          storage,
          () => undefined,
          (reason) => ctx.abort(reason),
        ),
        run: (id) => run(env, id),
        shards: () => new Shards(namespaceOf(env), state.shards),
        nowMs: () => Date.now(),
      })
    }

    override async alarm(info?: AlarmInvocationInfo): Promise<void> {
      await this.#shard.alarmed(await deliveryOf(this.ctx.storage, info))
    }

    async announce(announcement: Announcement): Promise<Answer<number>> {
      return answering(() => this.#shard.announce(announcement))
    }

    async hear(news: News): Promise<Answer<number>> {
      return answering(() => this.#shard.hear(news))
    }

    async list(query: RunQuery, to: Addressed): Promise<Answer<ShardPage>> {
      return answering(() => this.#shard.list(query, to))
    }

    async stats(filter: RunFilter, to: Addressed): Promise<Answer<ShardStats>> {
      return answering(() => this.#shard.stats(filter, to))
    }

    async held(wanted: Wanted): Promise<Answer<HeldPage>> {
      return answering(() => this.#shard.held(wanted))
    }

    async restore(to: Addressed): Promise<Answer<RestoredShard>> {
      return answering(() => this.#shard.restore(to))
    }
  }
}
