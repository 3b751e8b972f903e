// Cli worker: the Worker that the command line talks to in its tests: runs that complete, fail, halt, wait in every way.

import { Belay, type Context, NonRetryableError } from "../../../src/belay.ts"

async function reserve(_: unknown, sku: string) {
  return `${sku} reserved`
}

async function refuse(): Promise<never> {
  throw new NonRetryableError("the card is \u001b[31mrefused\u001b[0m\nfor good")
}

/** Ends at once. */
export function* greet(ctx: Context, name: string) {
  return `${yield* ctx.run(reserve, name)}, hello`
}

export function* fails(ctx: Context) {
  yield* ctx.run(reserve, "widget")
  return yield* ctx.run(refuse)
}

/** Waits for "go"; answers "add" meanwhile. */
export function* waits(ctx: Context) {
  let count = 0
  for (;;) {
    const next = yield* ctx.race({ add: ctx.receive("add"), go: ctx.signal("go") })
    if (next.key === "go") return { count, value: next.value }
    const amount = next.value.value as number
    if (amount < 1) {
      yield* next.value.reject(new Error("an amount is at least 1"))
      continue
    }
    count += amount
    yield* next.value.reply(count)
  }
}

/** Halts while the price is wrong, which only a skip or a retry from before can change. */
export function* halts(ctx: Context, cents: number) {
  yield* ctx.run(reserve, "widget")
  const paid = yield* ctx.run(charge, cents)
  yield* ctx.assert(paid > 0, `charged ${paid}`)
  return { paid }
}

async function charge(_: unknown, cents: number) {
  return cents
}

/** Waits for a decision made with its token. */
export function* approval(ctx: Context) {
  const decision = yield* ctx.promise()
  yield* ctx.publish("token", decision.token)
  return yield* decision
}

export function* sleeps(ctx: Context) {
  yield* ctx.run(reserve, "bed")
  yield* ctx.sleep(3_600_000)
}

const belay = new Belay()
for (const workflow of [greet, fails, waits, halts, approval, sleeps]) belay.register(workflow)

export const RunObject = belay.RunObject
export default belay.worker
