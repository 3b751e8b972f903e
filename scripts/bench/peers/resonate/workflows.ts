// Workflows: what Resonate runs.
// Owns: what the runs do. Must not touch: the client, HTTP.

import { setTimeout as pause } from "node:timers/promises"
import type { Context } from "@resonatehq/sdk"
import { HUNDRED_BYTES } from "../support/hundred-bytes.ts"
import type { Watch } from "../support/watch.ts"

const add = (_ctx: Context, value: number) => value + 1

/** @param onWait hears of a run that waits for a signal, by the promise that it waits for */
export function workflowsOf(watch: Watch, onWait: (promise: string) => void) {
  return {
    *fourSteps(ctx: Context, start: number) {
      let value = start
      for (let index = 0; index < 4; index++) value = yield* ctx.run(add, value)
      return value
    },
    *sequence(ctx: Context, id: string, steps: number, isAsync: boolean) {
      const moments = watch.of(id)
      const fill = (_ctx: Context) => {
        moments.step()
        return HUNDRED_BYTES
      }
      const fillAsync = async (ctx: Context) => fill(ctx)
      moments.begin()
      for (let index = 0; index < steps; index++) {
        if (isAsync) yield* ctx.run(fillAsync)
        else yield* ctx.run(fill)
      }
      moments.end()
    },
    *sleeper(ctx: Context, id: string, sleepMs: number) {
      const moments = watch.of(id)
      moments.begin()
      yield* ctx.sleep(sleepMs)
      moments.end()
    },
    *fanOut(ctx: Context, id: string, width: number, stepMs: number) {
      const moments = watch.of(id)
      const work = (_ctx: Context) => (stepMs === 0 ? 1 : pause(stepMs, 1))
      moments.begin()
      const futures = []
      for (let index = 0; index < width; index++) futures.push(yield* ctx.beginRun(work))
      for (const future of futures) yield* future
      moments.end()
    },
    *signal(ctx: Context, id: string) {
      const promise = yield* ctx.promise<number>()
      onWait(promise.id)
      yield* promise
      watch.of(id).end()
    },
  }
}
