// Crash on purpose: a person takes the object away in mid-step; the run goes on by itself, and the journal tells of it.

import { expect, test } from "vitest"
import type { Context, StepContext } from "../../src/engine/workflow/context.ts"
import {
  alarmOf,
  begin,
  codeOf,
  endOf,
  recordOf,
  resultOf,
  runs,
  suspended,
} from "./support/runs.ts"

test("the step in flight is made again, what was recorded is not, and who did it stands in the journal", async () => {
  const attempts: number[] = []
  let calls = 0
  const slow = async (ctx: StepContext) => {
    attempts.push(ctx.attempt)
    if (ctx.attempt === 1) await new Promise(() => undefined)
    return "done"
  }
  const { id } = await begin(function* (ctx: Context) {
    yield* ctx.run(async () => ++calls)
    return yield* ctx.run(slow)
  })
  await expect.poll(() => attempts).toEqual([1])
  const run = await runs.crash(id, { by: "ada", reason: "to see it resume" })
  expect(run).toMatchObject({ id, status: "running" })
  expect(await resultOf(id)).toBe("done")
  expect([calls, attempts]).toEqual([1, [1, 2]])
  const { entries } = await runs.journal(id, undefined, 10)
  expect(entries.map(({ kind, name, attempts: made }) => [kind, name, made])).toEqual([
    ["step", expect.any(String), 1],
    ["step", "slow", 2],
    ["operator", "crash", 0],
  ])
  expect(entries[2]?.valueText).toContain("to see it resume")
})

test("a run that waits is taken out of memory and waits on", async () => {
  const { id } = await begin(function* (ctx: Context) {
    return yield* ctx.signal("go")
  })
  await suspended(id)
  await runs.crash(id, {})
  await runs.signal(id, "go", "gone on", "the-key")
  expect(await resultOf(id)).toBe("gone on")
})

test("a run that waits comes back by itself, is replayed, and waits for what it waited for", async () => {
  const { id } = await begin(function* (ctx: Context) {
    yield* ctx.run(() => 1)
    return yield* ctx.signal("go", { timeoutMs: 60_000 })
  })
  const { waitingFor } = await suspended(id)
  const alarmMs = await alarmOf(id)
  await runs.crash(id, {})
  await expect
    .poll(async () => (await recordOf(id)).replays, { timeout: 5_000 })
    .toMatchObject({ count: 1, last: [{ entries: 2 }] })
  expect(await recordOf(id)).toMatchObject({ status: "suspended", waitingFor })
  expect(await alarmOf(id)).toBe(alarmMs)
})

test("what stands still or has ended has nothing to lose", async () => {
  const { id } = await begin(function* (ctx: Context) {
    yield* ctx.signal("go")
  })
  await suspended(id)
  await runs.pause(id, {})
  expect(await codeOf(runs.crash(id, {}))).toBe("wrong_status")
  await runs.kill(id, {})
  await endOf(id)
  expect(await codeOf(runs.crash(id, {}))).toBe("wrong_status")
  expect((await recordOf(id)).status).toBe("cancelled")
})
