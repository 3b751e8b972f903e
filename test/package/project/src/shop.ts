// Shop: a workflow of a project that uses the package: a signal, a timer, a step that calls out.
import type { Context, StepContext } from "belay"

export interface Order {
  readonly id: string
  readonly amount: number
}

interface Receipt {
  readonly order: string
  readonly chargedAt: Date
  readonly key: string
}

async function charge(ctx: StepContext, order: Order): Promise<Receipt> {
  const clock = ctx.getDependency<() => Date>("clock")
  return { order: order.id, chargedAt: clock(), key: ctx.idempotencyKey }
}

export function* buy(ctx: Context, order: Order) {
  const window = yield* ctx.race({ cancelled: ctx.signal("cancel"), over: ctx.sleep(200) })
  if (window.key === "cancelled") return undefined
  return yield* ctx.run(charge, order)
}
