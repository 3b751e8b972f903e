// Workflows: the runs that are measured.
// Owns: what they do; each figure's floor does the same reads and writes without the engine (floor-object.ts).

import type { Belay, Context, StepContext } from "../../../src/belay.ts"
import type { Filling } from "../filling.ts"
import { HUNDRED_BYTES } from "./floor-object.ts"
import { napped, type Timers } from "./naps.ts"
import { sinceMadeMs } from "./object-age.ts"
import { rowsOfCurrent } from "./row-count.ts"
import { noteWoken } from "./woken.ts"

const echo = (_ctx: StepContext, value: number) => value
const fill = (_ctx: StepContext, _index: number) => HUNDRED_BYTES
const fillAsync = async (_ctx: StepContext, _index: number) => HUNDRED_BYTES
const clock = (_ctx: StepContext) => performance.now()
const late = (_ctx: StepContext, untilMs: number) => noteWoken("runs", Date.now() - untilMs)

const nap = async (_ctx: StepContext, napMs: number, timers: Timers) => {
  await napped(napMs, timers)
  return napMs
}

/** Never ends in its first attempt, so that a kill finds it in flight; says when a later one has begun. */
const hangOnce = async (ctx: StepContext) => {
  if (ctx.attempt === 1) await new Promise(() => undefined)
  console.log(`run goes on ${JSON.stringify({ readMs: sinceMadeMs() })}`)
  return ctx.attempt
}

/** Of a loop, for each step that came before: some microseconds behind thirty thousand. */
const SLOWING_TURNS = 0.02

/** Only the guard's own test asks for it. */
const slowing = (_ctx: StepContext, index: number) => {
  let mixed = 1
  for (let turn = 0; turn < index * SLOWING_TURNS; turn++) mixed = Math.imul(mixed, 31) + turn
  return mixed === 0 ? "" : HUNDRED_BYTES
}

type Fill = (ctx: StepContext, index: number) => string | Promise<string>

const FILLS: Readonly<Record<Filling, Fill>> = { sync: fill, async: fillAsync, slowing }

function* fourSteps(ctx: Context, start: number) {
  let value = start
  for (let index = 0; index < 4; index++) value = yield* ctx.run(echo, value + 1)
  return value
}

/** Gives the time from before its first step to behind its last, in ms. */
function* sequence(ctx: Context, steps: number, filling: Filling) {
  const begunMs = yield* ctx.run(clock)
  for (let index = 0; index < steps; index++) yield* ctx.run(FILLS[filling], index)
  return (yield* ctx.run(clock)) - begunMs
}

/** So many steps first; then, each time it is told to go, the time that as many more take as it is told. */
function* paced(ctx: Context, position: number, filling: Filling) {
  let index = 0
  while (index < position) yield* ctx.run(FILLS[filling], index++)
  for (;;) {
    const message = yield* ctx.receive<number>("go")
    const begunMs = yield* ctx.run(clock)
    for (let step = 0; step < message.value; step++) yield* ctx.run(FILLS[filling], index++)
    message.reply((yield* ctx.run(clock)) - begunMs)
  }
}

function* interrupted(ctx: Context, steps: number) {
  for (let index = 0; index < steps; index++) yield* ctx.run(fill, index)
  yield* ctx.publish("recorded", steps)
  return yield* ctx.run(hangOnce)
}

function* sleeper(ctx: Context, untilMs: number) {
  yield* ctx.sleep({ until: new Date(untilMs) })
  return yield* ctx.run(late, untilMs)
}

/** Gives the time that all of them take together, in ms. */
function* fanOut(ctx: Context, width: number, napMs: number, timers: Timers) {
  const begunMs = yield* ctx.run(clock)
  yield* ctx.all(Array.from({ length: width }, () => ctx.run(nap, napMs, timers)))
  return (yield* ctx.run(clock)) - begunMs
}

function* reaction(ctx: Context) {
  const value = yield* ctx.signal<number>("go")
  return yield* ctx.run(echo, value)
}

/** Gives the rows that were written before its first line. Only a run that is never replayed may ask. */
function* withoutSteps(_ctx: Context) {
  return rowsOfCurrent()
}

export function registerWorkflows(belay: Belay): void {
  for (const workflow of [fourSteps, sequence, paced, interrupted, sleeper, fanOut, reaction]) {
    belay.register(workflow)
  }
  belay.register(withoutSteps)
}
