// Acceptance workflows: what the acceptance tests that kill processes run beside the workflows of all crash tests.

import type { Context } from "../../../src/belay.ts"
import { effect } from "./workflows.ts"

/** Steps in a sequence, each of them an effect; gives their attempts. */
export function* ladder(ctx: Context, count: number) {
  const attempts: number[] = []
  for (let n = 0; n < count; n++) attempts.push(yield* ctx.run(effect, `rung-${n}`))
  yield* ctx.run(effect, "done")
  return attempts
}

/** An entity: adds up what it is told, a generation for each; 0 ends it. */
export function* tally(
  ctx: Context,
  generation: number,
  total: number,
): Generator<unknown, unknown, never> {
  const added = yield* ctx.signal<number>("add")
  if (added === 0) return { generation, total }
  yield* ctx.publish("total", total + added)
  return yield* ctx.continueAsNew(generation + 1, total + added)
}

/** Answers an update after an effect of that name. */
export function* asks(ctx: Context) {
  const message = yield* ctx.receive<string>("ask")
  const attempt = yield* ctx.run(effect, message.value)
  message.reply({ asked: message.value, attempt })
  yield* ctx.signal("end")
}

function* nap(ctx: Context, name: string, ms: number) {
  yield* ctx.sleep(ms)
  yield* ctx.run(effect, name)
}

/** Sleeps side by side; each leaves the effect of its name. */
export function* naps(ctx: Context, msByName: Readonly<Record<string, number>>) {
  const beganAtMs = yield* ctx.date.now()
  yield* ctx.all(Object.entries(msByName).map(([name, ms]) => ctx.run(nap, name, ms)))
  yield* ctx.run(effect, "done")
  return beganAtMs
}
