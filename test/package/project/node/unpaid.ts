// Unpaid: a workflow for the test kit.
import type { Context, StepContext } from "belay/engine"

async function charge(_: StepContext, order: string) {
  return `charged ${order}`
}

export function* unpaid(ctx: Context, order: string) {
  try {
    return yield* ctx.run(charge, order, ctx.options({ timeoutMs: 1_000 }))
  } catch (error) {
    yield* ctx.sleep(5_000)
    return `unpaid: ${(error as Error).message}`
  }
}
