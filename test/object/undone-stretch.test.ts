// Undone stretch: records that cannot be written although functions were called since. The object is reset: what the
// stretch wrote and sent is gone as a whole, and an alarm brings the run on (promises 5 and 12).

import { expect, it } from "vitest"
import type { StepContext } from "../../src/engine/workflow/context.ts"
import { begin, newId, rowsOf, runs, until, resultOf } from "./support/runs.ts"
import { registry } from "./support/registry.ts"
import { watchOf } from "./support/watch.ts"

/** So often the store refuses the second record of a life, which comes after a function was called. */
function refuse(id: string, times: number): { readonly left: number } {
  const refused = { left: times }
  const watch = watchOf(id)
  let seen = 0
  let { lives } = watch
  watch.onStatement = (text) => {
    if (!text.startsWith("INSERT INTO journal")) return
    if (watch.lives !== lives) seen = 0
    lives = watch.lives
    if (++seen !== 2 || refused.left <= 0) return
    refused.left--
    throw new Error("On purpose.")
  }
  return refused
}

async function endsByItself(id: string): Promise<void> {
  const [row] = await until(
    () => rowsOf(id, "SELECT status FROM run").catch(() => []),
    ([found]) => found?.["status"] === "completed",
  )
  expect(row).toEqual({ status: "completed" })
}

it("in an alarm", async () => {
  const calls: string[] = []
  const step = (_: StepContext, name: string) => {
    calls.push(name)
    return name
  }
  const { id } = await begin(function* (ctx) {
    yield* ctx.sleep(50)
    return [yield* ctx.run(step, "a"), yield* ctx.run(step, "b")]
  })
  const refused = refuse(id, 1)
  await endsByItself(id)
  expect(refused.left).toBe(0)
  expect(await resultOf(id)).toEqual(["a", "b"])
  expect(calls).toEqual(["a", "b", "a", "b"])
})

it("when an attempt ends", async () => {
  const calls: string[] = []
  const plain = (_: StepContext, name: string) => {
    calls.push(name)
    return name
  }
  const slow = async (_: StepContext, name: string) => {
    await new Promise((resolve) => setTimeout(resolve, 20))
    calls.push(name)
    return name
  }
  const { id } = await begin(function* (ctx) {
    const one = yield* ctx.run(slow, "slow")
    return [one, yield* ctx.run(plain, "a"), yield* ctx.run(plain, "b")]
  })
  const refused = refuse(id, 1)
  await endsByItself(id)
  expect(refused.left).toBe(0)
  expect(await resultOf(id)).toEqual(["slow", "a", "b"])
})

it("at a start: whoever asks is not told that it was made", async () => {
  const calls: string[] = []
  const step = (_: StepContext, name: string) => {
    calls.push(name)
    return name
  }
  const workflow = registry.define(function* (ctx) {
    return [yield* ctx.run(step, "a"), yield* ctx.run(step, "b")]
  })
  const id = newId()
  let failures = 1
  watchOf(id).onStatement = (text) => {
    if (text.startsWith("UPDATE run SET journal") && failures-- > 0) throw new Error("On purpose.")
  }
  const start = () => runs.start(id, { workflow, input: [] })
  await start().catch(start)
  expect(failures).toBeLessThanOrEqual(0)
  expect(await resultOf(id)).toEqual(["a", "b"])
  expect(calls).toEqual(["a", "b", "a", "b"])
})
