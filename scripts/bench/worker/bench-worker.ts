// Bench worker: the workflows that are measured, and the runtime's floor beside them: the same reads and writes on a
// bare object without the engine.
// Owns: nothing that is shipped. Bundled and run on bare workerd by scripts/bench.ts.

import { DurableObject } from "cloudflare:workers"
import { Belay, type Context, type StepContext } from "../../../src/belay.ts"
import { SHARDS_DEFAULT } from "../../../src/object/run-index/placement.ts"
import { Shards } from "../../../src/object/run-index/shards.ts"
import { tellCards } from "./cards.ts"
import { countRows, type RowCount } from "./row-count.ts"

const belay = new Belay()

/** What a step of a sequence returns: 100 bytes as JSON. */
const HUNDRED_BYTES = "x".repeat(98)

const echo = (_ctx: StepContext, value: number) => value
const fill = (_ctx: StepContext, _index: number) => HUNDRED_BYTES
const fillAsync = async (_ctx: StepContext, _index: number) => HUNDRED_BYTES
const clock = (_ctx: StepContext) => performance.now()

/** Never ends in its first attempt, so that a kill finds it in flight. */
const hangOnce = async (ctx: StepContext) => {
  if (ctx.attempt === 1) await new Promise(() => undefined)
  return ctx.attempt
}

belay.register("fourSteps", function* (ctx: Context, start: number) {
  let value = start
  for (let index = 0; index < 4; index++) value = yield* ctx.run(echo, value + 1)
  return value
})

/** Gives the object's clock at its begin, at each mark and at its end, in ms. */
belay.register(
  "sequence",
  function* (ctx: Context, steps: number, isAsync: boolean, marks: number[]) {
    const times: number[] = [yield* ctx.run(clock)]
    let nextMark = 0
    for (let index = 0; index < steps; index++) {
      if (index === marks[nextMark]) {
        nextMark++
        times.push(yield* ctx.run(clock))
      }
      if (isAsync) yield* ctx.run(fillAsync, index)
      else yield* ctx.run(fill, index)
    }
    times.push(yield* ctx.run(clock))
    return times
  },
)

belay.register("interrupted", function* (ctx: Context, steps: number) {
  for (let index = 0; index < steps; index++) yield* ctx.run(fill, index)
  yield* ctx.publish("recorded", steps)
  return yield* ctx.run(hangOnce)
})

export class RunObject extends belay.RunObject {
  readonly #rows: RowCount

  constructor(ctx: DurableObjectState, env: Cloudflare.Env) {
    const rows = countRows(ctx)
    super(ctx, env)
    this.#rows = rows
  }

  async rows(): Promise<RowCount> {
    return { ...this.#rows }
  }
}

/** Runs that no index hears of. */
export class PlainRunObject extends RunObject {
  constructor(ctx: DurableObjectState, env: Cloudflare.Env) {
    super(ctx, withoutIndex(env))
  }
}

export const IndexObject = belay.IndexObject

export class FloorObject extends DurableObject {
  /** One durable insert in a new object: what no start can be cheaper than. */
  async insert(): Promise<true> {
    const { sql } = this.ctx.storage
    sql.exec("CREATE TABLE IF NOT EXISTS t (id INTEGER PRIMARY KEY, text TEXT)")
    sql.exec("INSERT INTO t (text) VALUES (?)", "start")
    return true
  }

  /** A bare loop with the inserts of a sequence of steps: the same columns, one commit for each thousand. */
  async loop(rows: number): Promise<number> {
    const { sql } = this.ctx.storage
    sql.exec(
      `CREATE TABLE journal (seq INTEGER PRIMARY KEY, type TEXT, path TEXT, at INTEGER, inline INTEGER, kind TEXT,
         name TEXT, digest INTEGER, attempt INTEGER, text TEXT, due INTEGER, ref INTEGER)`,
    )
    const begunMs = performance.now()
    for (let seq = 1; seq <= rows; seq++) {
      sql.exec(
        "INSERT INTO journal (seq, type, path, at, inline, kind, name, digest, attempt, text, due, ref) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        seq,
        "completed",
        String(seq),
        Date.now(),
        1,
        "step",
        "fill",
        123_456_789,
        1,
        `"${HUNDRED_BYTES}"`,
        null,
        null,
      )
      if (seq % 1_000 === 0) await new Promise((resolve) => setTimeout(resolve, 0))
    }
    return performance.now() - begunMs
  }
}

interface BenchEnvironment {
  readonly RUNS: DurableObjectNamespace<RunObject>
  readonly PLAIN_RUNS: DurableObjectNamespace<RunObject>
  readonly FLOOR: DurableObjectNamespace<FloorObject>
}

let plain: Cloudflare.Env | undefined

/** The same environment for all requests: what is made for one is kept with it. */
function withoutIndex(env: Cloudflare.Env): Cloudflare.Env {
  const { PLAIN_RUNS: RUNS } = env as BenchEnvironment & Cloudflare.Env
  plain ??= { ...env, RUNS, INDEX: undefined } as unknown as Cloudflare.Env
  return plain
}

export default {
  async fetch(
    request: Request,
    env: BenchEnvironment & Cloudflare.Env,
    context: ExecutionContext,
  ): Promise<Response> {
    const [, kind, id = "", count] = new URL(request.url).pathname.split("/")
    if (kind === "floor") {
      const floor = env.FLOOR.get(env.FLOOR.idFromName(id))
      return Response.json(
        count === undefined ? await floor.insert() : await floor.loop(Number(count)),
      )
    }
    if (kind === "cards") {
      await tellCards(new Shards(env.INDEX, SHARDS_DEFAULT), Number(id), Number(count))
      return Response.json(true)
    }
    if (kind === "rows") return Response.json(await env.RUNS.get(env.RUNS.idFromName(id)).rows())
    const isPlain = request.headers.has("x-bench-plain")
    return belay.worker.fetch(request, isPlain ? withoutIndex(env) : env, context)
  },
}
