// Cost worker: the workflows whose use of the platform is counted, and the counts.
// Owns: nothing that is shipped. Bundled and run on bare workerd by scripts/cost.ts.

import { Belay, type Context, type StepContext } from "../../../src/belay.ts"
import { BankAccountObject as PlainAccountObject } from "../../../src/bank/account-object.ts"
import { registerAccountCreation } from "../../../src/systems/account-creation/system.ts"
import { registerMoneyTransfer } from "../../../src/systems/money-transfer/system.ts"
import { ledger, reference } from "./stand-ins.ts"
import { countCalls, countRows, forgetTallies, tallied, tapMethods } from "./tally.ts"

const belay = new Belay()

/** What a step returns: 100 bytes as JSON. */
const HUNDRED_BYTES = "x".repeat(98)

const echo = (_: StepContext, value: number) => value
const fill = () => HUNDRED_BYTES
const fillAsync = async () => HUNDRED_BYTES

belay.register("fourSteps", function* (ctx: Context) {
  let value = 1
  for (let index = 0; index < 4; index++) value = yield* ctx.run(echo, value + 1)
  return value
})

belay.register("fourAsyncSteps", function* (ctx: Context) {
  for (let index = 0; index < 4; index++) yield* ctx.run(fillAsync)
})

belay.register("sequence", function* (ctx: Context, steps: number) {
  for (let index = 0; index < steps; index++) yield* ctx.run(fill)
})

belay.register("asyncSequence", function* (ctx: Context, steps: number) {
  for (let index = 0; index < steps; index++) yield* ctx.run(fillAsync)
})

belay.register("fanOut", function* (ctx: Context, width: number) {
  yield* ctx.all(Array.from({ length: width }, () => ctx.run(fillAsync)))
})

belay.register("sleeper", function* (ctx: Context, sleepMs: number, times = 1) {
  for (let n = 0; n < times; n++) yield* ctx.sleep(sleepMs)
  return "awake"
})

belay.register("nothing", function* () {
  return "nothing"
})

belay.register("waiter", function* (ctx: Context) {
  return yield* ctx.signal("go")
})

belay.setDependency("accounts", (env) => env.ACCOUNTS)
belay.setDependency("db", () => reference)
belay.setDependency("ledger", () => ledger)
registerMoneyTransfer(belay)
registerAccountCreation(belay)

export class RunObject extends belay.RunObject {
  constructor(ctx: DurableObjectState, env: Cloudflare.Env) {
    const tap = countRows(ctx, "run")
    super(ctx, env)
    countCalls(this, tap)
  }

  /** Out of memory, as after a quiet time. */
  async evict(): Promise<void> {
    await this.ctx.storage.sync()
    this.ctx.abort("Out of memory, as after a quiet time.")
  }
}

export class IndexObject extends belay.IndexObject {
  constructor(ctx: DurableObjectState, env: Cloudflare.Env) {
    const tap = countRows(ctx, "shard")
    super(ctx, env)
    countCalls(this, tap)
  }
}

export class BankAccountObject extends PlainAccountObject {
  constructor(ctx: DurableObjectState, env: Cloudflare.Env) {
    const tap = countRows(ctx, "account")
    super(ctx, env)
    countCalls(this, tap)
  }
}

tapMethods(RunObject, belay.RunObject.prototype as object)
tapMethods(IndexObject, belay.IndexObject.prototype as object)
tapMethods(BankAccountObject, PlainAccountObject.prototype)

interface CostEnvironment {
  readonly RUNS: DurableObjectNamespace<RunObject>
}

export default {
  async fetch(
    request: Request,
    env: CostEnvironment & Cloudflare.Env,
    context: ExecutionContext,
  ): Promise<Response> {
    const [, kind, id = ""] = new URL(request.url).pathname.split("/")
    switch (kind) {
      case "tallies":
        return Response.json(tallied())
      case "forget":
        forgetTallies()
        return Response.json(true)
      case "deposit":
        return Response.json(await env.ACCOUNTS.getByName(id).deposit(`seed-${id}`, 1_000))
      case "evict":
        // It cannot answer: it is gone.
        await env.RUNS.getByName(id)
          .evict()
          .catch(() => undefined)
        return Response.json(true)
      default:
        return belay.worker.fetch(request, env, context)
    }
  },
}
