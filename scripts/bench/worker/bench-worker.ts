// Bench worker: the objects that are measured and the way to them. Requests of the contract are Belay's; those under
// /bench are the floor's and the counters'.
// Owns: nothing that is shipped. Bundled and run on bare workerd by scripts/bench and by the guard of the tests.

import { Belay } from "../../../src/belay.ts"
import { SHARDS_DEFAULT } from "../../../src/object/run-index/placement.ts"
import { Shards } from "../../../src/object/run-index/shards.ts"
import { tellCards } from "./cards.ts"
import type { FloorObject } from "./floor-object.ts"
import { noteMade } from "./object-age.ts"
import { countRows, type RowCount } from "./row-count.ts"
import { registerWorkflows } from "./workflows.ts"
import { countWoken, isSleeping, takeWoken } from "./woken.ts"

const belay = new Belay()
registerWorkflows(belay)

export class RunObject extends belay.RunObject {
  readonly #rows: RowCount

  constructor(ctx: DurableObjectState, env: Cloudflare.Env) {
    noteMade()
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

export { FloorObject } from "./floor-object.ts"

interface BenchEnvironment {
  readonly RUNS: DurableObjectNamespace<RunObject>
  readonly PLAIN_RUNS: DurableObjectNamespace<RunObject>
  readonly FLOOR: DurableObjectNamespace<FloorObject>
}

type Environment = BenchEnvironment & Cloudflare.Env

let plain: Cloudflare.Env | undefined

/** The same environment for all requests: what is made for one is kept with it. */
function withoutIndex(env: Cloudflare.Env): Cloudflare.Env {
  const { PLAIN_RUNS: RUNS } = env as Environment
  plain ??= { ...env, RUNS, INDEX: undefined } as unknown as Cloudflare.Env
  return plain
}

/** /bench/floor/:id/:method/:number/:number */
async function askFloor(env: Environment, id: string, words: readonly string[]): Promise<unknown> {
  const floor = env.FLOOR.get(env.FLOOR.idFromName(id))
  const [method, first, second] = [words[0], Number(words[1]), Number(words[2])]
  switch (method) {
    case "insert":
      return floor.insert()
    case "loop":
      return floor.loop(first, second)
    case "record":
      return floor.record(first)
    case "sleep":
      return floor.sleep(first)
    case "fan-out":
      return floor.fanOut(first, second, words[3] === "own" ? "own" : "shared")
    case "wait":
      return floor.wait()
    case "release":
      return floor.release()
    default:
      throw new Error(`The floor cannot "${method}".`)
  }
}

async function askBench(env: Environment, words: readonly string[]): Promise<unknown> {
  const [subject = "", name = "", ...rest] = words
  switch (subject) {
    case "floor":
      return askFloor(env, name, rest)
    case "cards":
      await tellCards(new Shards(env.INDEX, SHARDS_DEFAULT), Number(name), Number(rest[0]))
      return true
    case "rows":
      return env.RUNS.get(env.RUNS.idFromName(name)).rows()
    case "woken":
      if (!isSleeping(name)) throw new Error(`Nobody of kind "${name}" sleeps.`)
      return rest[0] === "count" ? countWoken(name) : takeWoken(name)
    default:
      throw new Error(`The bench knows no "${subject}".`)
  }
}

export default {
  async fetch(request: Request, env: Environment, context: ExecutionContext): Promise<Response> {
    const [, first, ...words] = new URL(request.url).pathname.split("/")
    if (first === "bench") return Response.json(await askBench(env, words))
    const isPlain = request.headers.has("x-bench-plain")
    return belay.worker.fetch(request, isPlain ? withoutIndex(env) : env, context)
  },
}
