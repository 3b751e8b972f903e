// Traced workflows: a life with everything in it that a trace shows: retries, a lost attempt, a child, a compensation.

import { Constant, NonRetryableError, type Context, type StepContext } from "../../../src/belay.ts"
import { effect } from "./workflows.ts"

function book(_: StepContext, seats: number) {
  if (seats > 2) throw new NonRetryableError("no such seats: secret-seat-plan")
  return "booked"
}

/** The child. */
export function* leg(ctx: Context, name: string) {
  yield* ctx.run(effect, name)
  return "secret-result"
}

/** The test refuses the first "flaky" and holds the reply to "held"; it fails, and undoes. */
export function* trip(ctx: Context, seats: number, secret: string) {
  yield* ctx.compensate(effect, "undo")
  yield* ctx.run(effect, "flaky", ctx.options({ retryPolicy: Constant({ delayMs: 50 }) }))
  yield* ctx.rpc(leg, "leg")
  yield* ctx.run(effect, "held")
  yield* ctx.all([ctx.sleep(20), ctx.run(book, seats)])
  return secret
}

/** Each generation waits once. */
export function* stages(ctx: Context, left: number): Generator<unknown, unknown, never> {
  yield* ctx.run(effect, `stage-${left}`)
  yield* ctx.signal("next")
  if (left === 0) return "over"
  return yield* ctx.continueAsNew(left - 1)
}
