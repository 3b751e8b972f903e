// Limiter object: the limits of one key of one workflow, one Durable Object: its RPC methods and its alarm.
// Owns: the RPC face and the wiring. Must not touch: when a slot is granted (limiter.ts).
//   J1. alarm() never throws (promise 12).
//   J2. An object for each key: a busy one never stands in another's way (check 58).

import { DurableObject } from "cloudflare:workers"
import { deliveryOf } from "../alarm-delivery.ts"
import { answering, valueOf, type Answer } from "../answer.ts"
import { byKind } from "../outbox/couriers.ts"
import type { LimiterObjectClass } from "../object-class.ts"
import { Outbox } from "../outbox/outbox.ts"
import { OutboxRows } from "../outbox/outbox-rows.ts"
import { RunAlarm } from "../run-alarm.ts"
import { logFailure } from "../run-log.ts"
import { Tables } from "../store/tables.ts"
import { Limiter } from "./limiter.ts"
import { LimiterRows } from "./limiter-rows.ts"
import type { Acquire, Ask, GrantStub, Release } from "./messages.ts"
import { LIMITER_TABLES } from "./schema.ts"

/** Where a limiter finds the runs. */
export interface LimiterSurroundings {
  readonly run: (env: Cloudflare.Env, id: string) => GrantStub
}

/** Makes the object class; bind it as LIMITS. */
export function createLimiterObject({ run }: LimiterSurroundings): LimiterObjectClass {
  return class LimiterObject extends DurableObject<Cloudflare.Env> {
    readonly #limiter: Limiter

    constructor(ctx: DurableObjectState, env: Cloudflare.Env) {
      super(ctx, env)
      const tables = new Tables(ctx.storage, LIMITER_TABLES)
      const ask = async (_: unknown, payload: unknown) => {
        const message = payload as Ask
        this.#limiter.heard(message, valueOf(await run(env, message.run).granted(message)))
      }
      const outbox = new Outbox({
        rows: new OutboxRows(tables),
        courier: byKind({ granted: ask }),
        changed: () => this.#limiter.work(),
        nowMs: () => Date.now(),
      })
      this.#limiter = new Limiter({
        rows: new LimiterRows(tables),
        outbox,
        alarm: new RunAlarm(
          ctx.storage,
          () => outbox.dueMs,
          (reason) => ctx.abort(reason),
        ),
        erase: () => {
          ctx.storage.deleteAll().catch((error: unknown) => {
            // The output gate is broken by it, and the object reset: all stands as before.
            logFailure("A limiter could not be taken off the disk.", error, {})
          })
          tables.changed()
        },
        nowMs: () => Date.now(),
      })
    }

    override async alarm(info?: AlarmInvocationInfo): Promise<void> {
      this.#limiter.alarmed(await deliveryOf(this.ctx.storage, info))
    }

    async acquire(message: Acquire): Promise<Answer<null>> {
      return answering(() => {
        this.#limiter.acquire(message)
        return null
      })
    }

    async release(message: Release): Promise<Answer<null>> {
      return answering(() => {
        this.#limiter.release(message)
        return null
      })
    }
  }
}
