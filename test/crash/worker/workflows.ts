// Crash workflows: each waits in another way, so that a kill finds it there.
// Owns: the workflows. Their effects stand on a server of the test's process, which outlives the kills.

import type { Context, StepContext } from "../../../src/belay.ts"
import { Constant } from "../../../src/belay.ts"

/** Leaves one effect, keyed by the step. @throws Error when the server says no */
export async function effect(ctx: StepContext, name: string): Promise<number> {
  const { idempotencyKey: key, attempt, signal, traceparent, tracestate } = ctx
  const response = await fetch(`${ctx.getDependency<string>("effects")}/effects/${name}`, {
    method: "POST",
    headers: { ...(traceparent && { traceparent }), ...(tracestate && { tracestate }) },
    body: JSON.stringify({ key, attempt }),
    signal,
  })
  await response.body?.cancel()
  if (!response.ok) throw new Error(`The effect ${name} failed with ${response.status}.`)
  return attempt
}

/** The test holds the reply to "held". */
export function* interrupted(ctx: Context) {
  const before = yield* ctx.run(effect, "before")
  const held = yield* ctx.run(effect, "held")
  const done = yield* ctx.run(effect, "done")
  return { before, held, done }
}

/** The test holds the replies to "left" and "right". */
export function* twoAtOnce(ctx: Context) {
  const attempts = yield* ctx.all([ctx.run(effect, "left"), ctx.run(effect, "right")])
  yield* ctx.sleep(1_500)
  yield* ctx.run(effect, "done")
  return attempts
}

export function* sleeps(ctx: Context, ms: number) {
  yield* ctx.run(effect, "before")
  const beganAtMs = yield* ctx.date.now()
  yield* ctx.sleep(ms)
  yield* ctx.run(effect, "done")
  return { beganAtMs }
}

/** The test refuses the first "flaky". */
export function* failsOnce(ctx: Context, delayMs: number) {
  const policy = ctx.options({ retryPolicy: Constant({ delayMs }) })
  const attempts = yield* ctx.run(effect, "flaky", policy)
  yield* ctx.run(effect, "done")
  return { attempts }
}

export function* waitsInWindow(ctx: Context, windowMs: number) {
  const beganAtMs = yield* ctx.date.now()
  yield* ctx.run(effect, "before")
  const { key } = yield* ctx.race({
    cancelled: ctx.signal("cancel"),
    closed: ctx.sleep({ until: beganAtMs + windowMs }),
  })
  yield* ctx.run(effect, "done")
  return { beganAtMs, key }
}

let life: string | undefined

/** Names the life of the process in which the step ran. */
function nameLife(_ctx: StepContext, _index: number): string {
  life ??= crypto.randomUUID()
  return life
}

const PUBLISH_EVERY = 1_000

/** Gives the lives of the process in order, each with the number of steps it recorded. */
export function* manySteps(ctx: Context, count: number) {
  const lives: { name: string; steps: number }[] = []
  for (let index = 0; index < count; index++) {
    const name = yield* ctx.run(nameLife, index)
    const last = lives.at(-1)
    if (last?.name === name) last.steps++
    else lives.push({ name, steps: 1 })
    if (index % PUBLISH_EVERY === 0) yield* ctx.publish("progress", index)
  }
  yield* ctx.run(effect, "done")
  return lives
}

/** One of many: a step of its own, and the number it was given. */
export function* one(ctx: Context, n: number) {
  return yield* ctx.run(addOne, n)
}

function addOne(_ctx: StepContext, n: number): number {
  return n + 1
}

/** As many children at once; gives the sum of what they gave. */
export function* fanOut(ctx: Context, count: number) {
  const numbers = yield* ctx.all(Array.from({ length: count }, (_, index) => ctx.rpc(one, index)))
  yield* ctx.run(effect, "done")
  return numbers.reduce((sum, n) => sum + n, 0)
}

/** A tree of runs, three children each, so many levels deep; gives the number of runs below and with this one. */
export function* tree(
  ctx: Context,
  name: string,
  depth: number,
): Generator<unknown, number, never> {
  yield* ctx.run(effect, `${name} begins`)
  let runs = 1
  if (depth > 0) {
    const begun = []
    for (const branch of ["a", "b", "c"]) {
      begun.push(yield* ctx.beginRpc<number>("tree", name + branch, depth - 1))
    }
    yield* ctx.sleep(30)
    for (const count of yield* ctx.all(begun)) runs += count
  }
  yield* ctx.run(effect, name === "root" ? "done" : `${name} ends`)
  return runs
}

/** Every kind of waiting, again and again: what a kill at a random instant may find. */
export function* rounds(ctx: Context, count: number) {
  const lives = new Set<string>()
  const winners = new Set<string>()
  for (let round = 0; round < count; round++) {
    lives.add(yield* ctx.run(nameLife, round))
    yield* ctx.run(effect, `single-${round}`)
    yield* ctx.sleep(20)
    yield* ctx.all([ctx.run(effect, `left-${round}`), ctx.run(effect, `right-${round}`)])
    const { key } = yield* ctx.race({
      never: ctx.signal("never"),
      nap: ctx.sleep(10),
    })
    winners.add(key)
  }
  yield* ctx.run(effect, "done")
  return { lives: lives.size, winners: [...winners] }
}

/** One of many that share a limit. */
export function* limited(ctx: Context, name: string) {
  yield* ctx.run(effect, `${name}-begun`)
  yield* ctx.sleep(300)
  yield* ctx.run(effect, `${name}-done`)
}

/** A run of a schedule: its effect is called as its own id, with "@" for the slash. */
export function* ticks(ctx: Context) {
  yield* ctx.run(effect, ctx.id.replace("/", "@"))
}

const BULK_CHARACTERS = 60_000

const bulk = (_: StepContext, index: number) => String(index).padEnd(BULK_CHARACTERS, "x")

/** Stores more and more, an effect before each piece. */
export function* hoards(ctx: Context, count: number) {
  let characters = 0
  for (let index = 0; index < count; index++) {
    yield* ctx.run(effect, `piece-${index}`)
    characters += (yield* ctx.run(bulk, index)).length
  }
  yield* ctx.run(effect, "done")
  return characters
}

/** Stands still until a person looks. */
export function* panics(ctx: Context) {
  yield* ctx.run(effect, "before")
  yield* ctx.panic(true, "somebody must look")
}

/** A journal of so many steps with so long a value, and as many again after "go". */
export function* tells(ctx: Context, count: number, length: number) {
  for (let index = 0; index < count; index++) yield* ctx.run(textOf, length, index)
  yield* ctx.signal("go")
  for (let index = 0; index < count; index++) yield* ctx.run(textOf, length, index)
}

function textOf(_ctx: StepContext, length: number, index: number): string {
  return String(index).padEnd(length, ".")
}
