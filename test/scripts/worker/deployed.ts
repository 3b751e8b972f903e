// Deployed: the code that a deployment runs in the tests of check:deploy; next.ts is what is to follow it.

import { Belay, type Context, type StepContext } from "../../../src/belay.ts"

const first = (_: StepContext, n: number) => n + 1
const second = (_: StepContext, n: number) => n * 2
const announce = async (_: StepContext, token: string) => token.length

/** Two steps, then it waits. */
function* twoSteps(ctx: Context, n: number) {
  const sum = yield* ctx.run(first, n)
  const product = yield* ctx.run(second, sum)
  yield* ctx.signal("go")
  return product
}

/** Hands out a promise and waits for it. */
function* asks(ctx: Context) {
  const answer = yield* ctx.promise<string>()
  yield* ctx.run(announce, answer.token)
  yield* ctx.publish("token", answer.token)
  return `old: ${yield* answer}`
}

const belay = new Belay()
for (const name of ["kept", "renamed", "reordered", "added", "removed", "changed", "gone"]) {
  belay.register(name, twoSteps)
}
belay.register("asks", asks)
export const RunObject = belay.RunObject
export default belay.worker
