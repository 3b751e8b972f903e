// Client worker: the Worker that the client's tests talk to, with workflows that need somebody outside.

import { Belay, type Context } from "../../../src/belay.ts"

export interface Line {
  readonly sku: string
  readonly amount: number
}

async function add(_: unknown, lines: readonly Line[], line: Line) {
  return [...lines, line]
}

/** A cart: each update adds a line, a signal ends it. */
export function* cart(ctx: Context, owner: string) {
  let lines: readonly Line[] = []
  for (;;) {
    const next = yield* ctx.race({ add: ctx.receive("add"), paid: ctx.signal("paid") })
    if (next.key === "paid") return { owner, lines, at: new Date(0), count: BigInt(lines.length) }
    const line = next.value.value as Line
    if (line.amount < 1) {
      yield* next.value.reject(new Error("an amount is at least 1"))
      continue
    }
    lines = yield* ctx.run(add, lines, line)
    yield* ctx.publish("lines", lines)
    yield* next.value.reply(lines.length)
  }
}

/** Waits for a decision made with its token. */
export function* approval(ctx: Context) {
  const decision = yield* ctx.promise()
  yield* ctx.publish("token", decision.token)
  return yield* decision
}

export function* doubt(ctx: Context) {
  yield* ctx.date.now()
  yield* ctx.panic(true, "look at it")
}

const belay = new Belay()
belay.register(cart)
belay.register(approval)
belay.register(doubt)

export const RunObject = belay.RunObject
export default belay.worker
