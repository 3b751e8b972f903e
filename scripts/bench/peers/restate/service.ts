// Service: the handlers that Restate runs; each call of one is a run.
// Owns: what the runs do. Must not touch: the server, HTTP.

import { RestatePromise, service, type Context } from "@restatedev/restate-sdk"
import { setTimeout as pause } from "node:timers/promises"
import { HUNDRED_BYTES } from "../support/hundred-bytes.ts"
import type { Interruption } from "../support/interruption.ts"
import type { Watch } from "../support/watch.ts"

/**
 * Steps that are awaited together. A wait costs the SDK time for each step in it each time that one ends: 10,000 in one
 * wait took 12 times as long as in groups.
 */
const GROUP_STEPS = 200

export interface Sized {
  readonly id: string
  readonly count: number
  readonly ms?: number
}

export type BenchService = ReturnType<typeof benchService>

/** @param onWait hears of a run that waits for a signal, by the name that resolves it */
export function benchService(
  watch: Watch,
  interruption: Interruption,
  onWait: (awakeable: string) => void,
) {
  return service({
    name: "bench",
    handlers: {
      fourSteps: async (ctx: Context, start: number) => {
        let value = start
        for (let index = 0; index < 4; index++) {
          const next = value + 1
          value = await ctx.run("add", () => next)
        }
        return value
      },
      sequence: async (ctx: Context, { id, count }: Sized) => {
        const moments = watch.of(id)
        moments.begin()
        for (let index = 0; index < count; index++) {
          await ctx.run("fill", () => {
            moments.step()
            return HUNDRED_BYTES
          })
        }
        moments.end()
      },
      interrupted: async (ctx: Context, { count }: Sized) => {
        for (let index = 0; index < count; index++) await ctx.run("fill", () => HUNDRED_BYTES)
        await ctx.run("hang", () => interruption.hangOnce())
        interruption.ended()
      },
      sleeper: async (ctx: Context, { id, ms = 0 }: Sized) => {
        const moments = watch.of(id)
        moments.begin()
        await ctx.sleep(ms)
        moments.end()
      },
      fanOut: async (ctx: Context, { id, count, ms = 0 }: Sized) => {
        const moments = watch.of(id)
        moments.begin()
        const work = ms === 0 ? () => 1 : () => pause(ms, 1)
        for (let left = count; left > 0; left -= GROUP_STEPS) {
          const width = Math.min(left, GROUP_STEPS)
          await RestatePromise.all(Array.from({ length: width }, () => ctx.run("work", work)))
        }
        moments.end()
      },
      signal: async (ctx: Context, { id }: Sized) => {
        const { id: awakeable, promise } = ctx.awakeable<number>()
        onWait(awakeable)
        await promise
        watch.of(id).end()
      },
    },
  })
}
