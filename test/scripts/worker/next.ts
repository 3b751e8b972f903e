// Next: the code that is to be deployed over deployed.ts in the tests of check:deploy: one workflow kept, one with a
// version beside the old one, one gone, and the others changed in all the ways in which code diverges.

import { Belay, type Context, type StepContext } from "../../../src/belay.ts"

const first = (_: StepContext, n: number) => n + 1
const second = (_: StepContext, n: number) => n * 2
const other = (_: StepContext, n: number) => n
const announce = async (_: StepContext, token: string) => token.length

function* kept(ctx: Context, n: number) {
  const sum = yield* ctx.run(first, n)
  const product = yield* ctx.run(second, sum)
  yield* ctx.signal("go")
  return product
}

function* renamed(ctx: Context, n: number) {
  const sum = yield* ctx.run(first, n)
  yield* ctx.run(other, sum)
}

function* reordered(ctx: Context, n: number) {
  yield* ctx.run(second, n)
  yield* ctx.run(first, n)
}

function* added(ctx: Context, n: number) {
  yield* ctx.run(other, n)
  yield* kept(ctx, n)
}

function* removed(ctx: Context, n: number) {
  yield* ctx.run(first, n)
  yield* ctx.signal("go")
}

function* changed(ctx: Context, n: number) {
  yield* ctx.run(first, n + 1)
}

function* asks(ctx: Context) {
  const answer = yield* ctx.promise<string>()
  yield* ctx.run(announce, answer.token)
  yield* ctx.publish("token", answer.token)
  return `old: ${yield* answer}`
}

function* asksTwice(ctx: Context) {
  yield* ctx.publish("stage", "second version")
  const answer = yield* ctx.promise<string>()
  yield* ctx.publish("token", answer.token)
  return `new: ${yield* answer}`
}

const belay = new Belay()
belay.register("kept", kept)
belay.register("renamed", renamed)
belay.register("reordered", reordered)
belay.register("added", added)
belay.register("removed", removed)
belay.register("changed", changed)
belay.register("asks", asks)
belay.register("asks", asksTwice, { version: 2 })
export const RunObject = belay.RunObject
export default belay.worker
