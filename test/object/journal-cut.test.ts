// Journal cut: a retry from each place of a journal whose steps share rows with others, with a promise, a signal and a
// child among them: what was recorded before the cut does not run again, and what came after does once (promise 1).

import { expect, it } from "vitest"
import type { StepContext } from "../../src/engine/workflow/context.ts"
import {
  begin,
  crash,
  endOf,
  evict,
  recordOf,
  recordsOf,
  resultOf,
  runs,
  until,
} from "./support/runs.ts"

const STEPS = 8

/** The steps that stand at these paths and behind them; a promise, a state, a signal and a child come after the fifth. */
function stepsFrom(path: number): number[] {
  const first = path <= 5 ? path : Math.max(5, path - 4)
  return Array.from({ length: STEPS - first }, (_, index) => first + index)
}

it.each(Array.from({ length: STEPS + 4 }, (_, path) => path))("from path %i", async (path) => {
  const calls: unknown[] = []
  let isMended = false
  const plain = (_: StepContext, value: unknown) => {
    calls.push(value)
    return value
  }
  const child = await begin(function* () {
    return "child"
  })
  const { id } = await begin(function* (ctx) {
    const taken: unknown[] = []
    for (let n = 0; n < 5; n++) taken.push(yield* ctx.run(plain, n))
    const promise = yield* ctx.promise()
    yield* ctx.publish("token", promise.token)
    taken.push(yield* ctx.signal("s"))
    taken.push(yield* ctx.rpc(child.workflow))
    for (let n = 5; n < STEPS; n++) taken.push(yield* ctx.run(plain, n))
    taken.push(yield* promise)
    yield* ctx.panic(!isMended, "Not yet.")
    return taken
  })
  const settle = async () => {
    const isWaiting = await until(
      () => recordOf(id),
      ({ status, waitingFor }) =>
        status === "suspended" && waitingFor.length === 1 && waitingFor[0]?.kind === "promise",
    )
    expect(isWaiting.status).toBe("suspended")
    const token: unknown = JSON.parse((await runs.state(id, "token")) ?? "null")
    await runs.settlePromise(String(token), { type: "resolve", value: "kept" })
  }
  await runs.signal(id, "s", "signal")
  await settle()
  expect((await endOf(id)).status).toBe("halted")
  expect((await recordsOf(id)).map((record) => record.path)).toContain(String(path))
  expect(calls).toEqual(stepsFrom(0))

  isMended = true
  calls.length = 0
  await (path % 2 === 0 ? evict : crash)(id)
  await runs.retry(id, { from: String(path) })
  // One that was made before the cut stays settled.
  if (path <= 5) await settle()
  expect(await resultOf(id)).toEqual([0, 1, 2, 3, 4, "signal", "child", 5, 6, 7, "kept"])
  expect(calls).toEqual(stepsFrom(path))
})
