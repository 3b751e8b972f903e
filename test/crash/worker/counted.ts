// Counted worker: a run that sleeps until a signal, and how many objects of its class have been made in this process.
// `GET /lives` says so without reaching an object.

import { Belay, type Context } from "../../../src/belay.ts"

export function* waitsLong(ctx: Context) {
  return yield* ctx.signal("go")
}

const belay = new Belay()
belay.register(waitsLong)

let lives = 0

export class RunObject extends belay.RunObject {
  constructor(ctx: DurableObjectState, env: Cloudflare.Env) {
    super(ctx, env)
    lives++
  }
}

export default {
  fetch(request: Request, env: Cloudflare.Env, ctx: ExecutionContext) {
    if (new URL(request.url).pathname === "/lives") return Response.json(lives)
    return belay.worker.fetch(request, env, ctx)
  },
}
