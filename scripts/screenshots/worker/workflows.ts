// Workflows: runs to look at: each has something that a view of a run has to show.
// Owns: what they do. They touch nothing outside.

import { Constant, Never, type Context, type StepContext } from "../../../src/belay.ts"

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

async function reserve(_: StepContext, sku: string) {
  await pause(60)
  return { sku, reserved: true }
}

async function charge(ctx: StepContext, cents: number) {
  await pause(90)
  if (ctx.attempt < 3) throw new Error(`the bank did not answer, ${cents} cents`)
  return { charged: cents }
}

async function ship(_: StepContext, sku: string) {
  await pause(40)
  return `${sku} is on its way`
}

/** Attempts that fail, a sleep, a race of a signal against time. */
export function* order(ctx: Context, sku: string) {
  yield* ctx.publish("order", { sku, phase: "reserving" })
  yield* ctx.run(reserve, sku)
  yield* ctx.run(charge, 4_200, ctx.options({ retryPolicy: Constant({ delayMs: 250 }) }))
  yield* ctx.sleep(400)
  yield* ctx.publish("order", { sku, phase: "waiting" })
  const won = yield* ctx.race({ confirmed: ctx.signal("confirm"), tooLate: ctx.sleep(60_000) })
  if (won.key === "tooLate") return "too late"
  const shipped = yield* ctx.run(ship, sku)
  yield* ctx.publish("order", { sku, phase: "shipped" })
  return { shipped, confirmed: won.value }
}

/** The first attempt takes long enough to be crashed in. */
async function paint(ctx: StepContext) {
  await pause(ctx.attempt === 1 ? 20_000 : 300)
  return `painted in attempt ${ctx.attempt}`
}

export function* slowly(ctx: Context) {
  yield* ctx.run(reserve, "brush")
  yield* ctx.run(ship, "paint")
  const painted = yield* ctx.run(paint)
  yield* ctx.run(ship, "picture")
  return painted
}

export function* promised(ctx: Context) {
  const given = yield* ctx.promise()
  return { given: yield* given }
}

export function* conversation(ctx: Context) {
  const heard: unknown[] = []
  for (;;) {
    const message = yield* ctx.receive("ask")
    heard.push(message.value)
    if (message.value === "no") yield* message.reject(new Error("I would rather not"))
    else yield* message.reply({ heard: message.value })
    if (message.value === "end") return heard
  }
}

const count = (_: StepContext, n: number) => n

export function* many(ctx: Context, steps: number) {
  let sum = 0
  for (let n = 0; n < steps; n++) sum += yield* ctx.run(count, n)
  return sum
}

/** A month between two steps of some ms. */
export function* hibernating(ctx: Context) {
  yield* ctx.run(reserve, "den")
  yield* ctx.sleep({ for: 30 * 86_400_000 })
  yield* ctx.run(ship, "honey")
}

/** Does something else where the variable CODE says that other code is deployed. */
export function* changing(ctx: Context) {
  yield* ctx.run(reserve, "tent")
  if (ctx.getDependency("code") === "other") yield* ctx.run(ship, "tent")
  else yield* ctx.run(charge, 100, ctx.options({ retryPolicy: Constant({ delayMs: 10 }) }))
  yield* ctx.signal("go")
  return "gone"
}

function refuse(_: StepContext, cents: number) {
  throw Object.assign(new Error(`the card refuses ${cents} cents`, { cause: new Error("limit") }), {
    code: "card_refused",
    details: { cents, limit: 1_000 },
  })
}

export function* failing(ctx: Context) {
  yield* ctx.run(reserve, "crown")
  yield* ctx.run(refuse, 99_900, ctx.options({ retryPolicy: Never() }))
}

export function* parent(ctx: Context, depth: number): Generator<unknown, string> {
  if (depth === 0) {
    yield* ctx.run(reserve, "leaf")
    return "leaf"
  }
  const children = yield* ctx.all([
    ctx.rpc("parent", depth - 1),
    ctx.rpc("parent", Math.max(depth - 2, 0)),
  ])
  return (children as string[]).join()
}

const book = (_: StepContext, characters: number) => ({ text: "z".repeat(characters), pages: 7 })
const library = (_: StepContext, characters: number) => ({ text: "y".repeat(characters), rooms: 3 })

/** A value too long to be kept by everybody who looks, and one too long to be told. */
export function* bulky(ctx: Context) {
  yield* ctx.run(book, 100_000)
  yield* ctx.run(library, 400_000)
  yield* ctx.run(count, 1)
}
