// Scale worker: runs that sleep until an instant that they are given, and a tally of those that woke.
// Owns: the tally, in memory, so that counting them costs no object a request. Must not touch: when they are started.
//   S1. A step that ran twice is seen by its idempotency key, as any outside party would see it.

import { DurableObject } from "cloudflare:workers"
import { Belay, type Context, type StepContext } from "../../../src/belay.ts"
import type { ShardNamespace } from "../../../src/object/run-index/shards.ts"
import { tellShard } from "./shard-messages.ts"

const belay = new Belay()

/** How often each step ran in this life of the process, and how late it was the first time, in ms. */
const timesRun = new Map<string, number>()
const latenessMs: number[] = []

const wake = (ctx: StepContext, dueMs: number) => {
  const times = timesRun.get(ctx.idempotencyKey) ?? 0
  timesRun.set(ctx.idempotencyKey, times + 1)
  const late = Date.now() - dueMs
  if (times === 0) latenessMs.push(late)
  return late
}

belay.register("sleeper", function* (ctx: Context, dueMs: number) {
  yield* ctx.sleep({ until: dueMs })
  return yield* ctx.run(wake, dueMs)
})

export const RunObject = belay.RunObject
export const IndexObject = belay.IndexObject

/** The least there can be: one row and one alarm. What the engine adds is beside it. */
export class FloorObject extends DurableObject {
  async sleep(dueMs: number): Promise<true> {
    const { sql } = this.ctx.storage
    sql.exec("CREATE TABLE IF NOT EXISTS t (id INTEGER PRIMARY KEY, due INTEGER)")
    sql.exec("INSERT INTO t (due) VALUES (?)", dueMs)
    void this.ctx.storage.setAlarm(dueMs)
    return true
  }

  override async alarm(): Promise<void> {
    const { sql } = this.ctx.storage
    const { due } = sql.exec<{ due: number }>("SELECT due FROM t").one()
    latenessMs.push(Date.now() - due)
    timesRun.set(this.ctx.id.toString(), (timesRun.get(this.ctx.id.toString()) ?? 0) + 1)
    sql.exec("UPDATE t SET due = 0")
  }

  async answer(): Promise<true> {
    return true
  }

  async write(): Promise<true> {
    const { sql } = this.ctx.storage
    sql.exec("CREATE TABLE IF NOT EXISTS t (id INTEGER PRIMARY KEY, due INTEGER)")
    sql.exec("INSERT INTO t (due) VALUES (1)")
    return true
  }
}

interface ScaleEnvironment {
  readonly FLOOR: DurableObjectNamespace<FloorObject>
  readonly INDEX: ShardNamespace
}

async function floor(env: ScaleEnvironment, what: string, id: string, dueMs: number) {
  const object = env.FLOOR.get(env.FLOOR.idFromName(id))
  if (what === "sleep") return object.sleep(dueMs)
  return what === "write" ? object.write() : object.answer()
}

export default {
  async fetch(
    request: Request,
    env: ScaleEnvironment & Cloudflare.Env,
    context: ExecutionContext,
  ): Promise<Response> {
    const [, kind, what = "", id = "", due = ""] = new URL(request.url).pathname.split("/")
    if (kind === "tally") {
      const twice = [...timesRun.values()].filter((times) => times > 1).length
      return Response.json({ woken: timesRun.size, twice })
    }
    if (kind === "lateness") return Response.json(latenessMs)
    if (kind === "shard") {
      await tellShard(env.INDEX, what, Number(id), Number(due))
      return Response.json(true)
    }
    if (kind === "floor") return Response.json(await floor(env, what, id, Number(due)))
    return belay.worker.fetch(request, env, context)
  },
}
