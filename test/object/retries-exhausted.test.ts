// Retries exhausted at the object: a policy that says pause, and what a person then does.

import { describe, expect, it } from "vitest"
import type { Context, StepContext } from "../../src/engine/workflow/context.ts"
import { Constant } from "../../src/engine/steps/retry.ts"
import { begin, crash, endOf, recordOf, resultOf, runs } from "./support/runs.ts"

describe("promise 9: retries that are used up, of a policy that says pause", () => {
  function pausing(failures: number) {
    let calls = 0
    const step = async (ctx: StepContext, sum: number, item: number) => {
      if (item === 3 && ++calls <= failures) throw new Error(`failure ${calls}`)
      return sum + item * ctx.attempt
    }
    return function* (ctx: Context) {
      const retryPolicy = Constant({ delayMs: 1, maxRetries: 1, onExhausted: "pause" })
      return yield* ctx.reduce([1, 2, 3, 4], step, 0, { retryPolicy, snapshotEvery: 1 })
    }
  }

  it("halt the run; retry gives fresh ones, also to an item of a fold", async () => {
    const { id } = await begin(pausing(3))
    expect(await endOf(id)).toMatchObject({
      status: "halted",
      halt: { code: "retries_exhausted", details: { path: "0.2", attempts: 2 } },
    })
    await crash(id)
    expect((await recordOf(id)).status).toBe("halted")
    await runs.retry(id, {})
    expect(await resultOf(id)).toBe(1 + 2 + 3 * 4 + 4)
  })

  it("skip takes a value in the place of the item's", async () => {
    const { id } = await begin(pausing(10))
    await endOf(id)
    await runs.skip(id, { path: "0.2", value: 100 })
    expect(await resultOf(id)).toBe(104)
  })
})
