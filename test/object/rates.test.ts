// Rates: how many runs begin in a window, under a clock that the test sets.

import { expect, it } from "vitest"
import { registry } from "./support/registry.ts"
import { fireLimiter, limiterRecord, settled, slotOf } from "./support/limits.ts"
import { newId, recordOf, resultOf, runs } from "./support/runs.ts"
import { setClock } from "./support/schedules.ts"

const T0 = Date.parse("2031-05-05T10:00:00.000Z")

function setClockMs(atMs: number): void {
  setClock(new Date(atMs).toISOString())
}

// oxlint-disable-next-line require-yield
function* quick(_: unknown, n: number) {
  return n
}

it("check 58: a burst of 200 begins exactly at the rate, and none a moment too early or late", async () => {
  const starts = 30
  const perMs = 1_000
  const workflow = registry.define(quick, {
    limits: { key: () => "all", rate: { starts, perMs } },
  })
  setClockMs(T0)
  const ids = Array.from({ length: 200 }, newId)
  await Promise.all(ids.map((id, n) => runs.start(id, { workflow, input: [n] })))
  const { limiter } = await slotOf(ids[0] ?? "")
  let begun = 0
  for (let atMs = T0; begun < ids.length; atMs += perMs / 2) {
    setClockMs(atMs)
    await fireLimiter(limiter)
    const isOpen = (atMs - T0) % perMs === 0
    if (isOpen) begun = Math.min(ids.length, begun + starts)
    const { queue, alarm, holders } = await settled(
      limiter,
      (record) => record.queue.length === ids.length - begun && record.holders.length === 0,
    )
    expect({ atMs, queued: queue.length, held: holders.length }).toEqual({
      atMs,
      queued: ids.length - begun,
      held: 0,
    })
    const openedMs = T0 + Math.floor((atMs - T0) / perMs) * perMs
    expect(alarm).toBe(openedMs + perMs)
  }
  const records = await Promise.all(ids.map((id) => recordOf(id)))
  const startsMs = records.map(({ startedAtMs = NaN }) => startedAtMs)
  for (const fromMs of startsMs) {
    const inWindow = startsMs.filter((atMs) => atMs >= fromMs && atMs < fromMs + perMs)
    expect(inWindow.length).toBeLessThanOrEqual(starts)
  }
  expect(records.every(({ status }) => status === "completed")).toBe(true)
}, 60_000)

it("check 58: an alarm that comes a millisecond too early grants nothing", async () => {
  const rate = { starts: 1, perMs: 1_000 }
  const workflow = registry.define(quick, { limits: { key: () => "slow", rate } })
  setClockMs(T0)
  const [first, second] = [newId(), newId()]
  await runs.start(first, { workflow, input: [1] })
  await resultOf(first)
  const { limiter } = await slotOf(first)
  await runs.start(second, { workflow, input: [2] })
  expect(await settled(limiter, ({ queue }) => queue.length === 1)).toMatchObject({
    starts: [T0],
    queue: [second],
    alarm: T0 + rate.perMs,
  })
  // An alarm that comes too early grants nothing.
  setClockMs(T0 + rate.perMs - 1)
  await fireLimiter(limiter)
  expect(await limiterRecord(limiter)).toMatchObject({ queue: [second], alarm: T0 + rate.perMs })
  setClockMs(T0 + rate.perMs)
  await fireLimiter(limiter)
  expect(await resultOf(second)).toBe(2)
})

it("check 57, check 58: with both, a run needs a free slot and an open window", async () => {
  const workflow = registry.define(
    function* waits(ctx) {
      yield* ctx.signal("go")
    },
    { limits: { key: () => "both", concurrency: 1, rate: { starts: 2, perMs: 1_000 } } },
  )
  setClockMs(T0)
  const ids = [newId(), newId(), newId()] as const
  for (const id of ids) await runs.start(id, { workflow, input: [] })
  const { limiter } = await slotOf(ids[0])
  await settled(limiter, ({ queue }) => queue.length === 2)
  for (const id of ids.slice(0, 2)) {
    const { holders } = await settled(limiter, (record) => record.holders.length === 1)
    await runs.signal(holders[0] ?? id, "go", 1)
    await resultOf(holders[0] ?? id)
    await settled(limiter, (record) => !record.holders.includes(holders[0] ?? id))
  }
  expect(await settled(limiter, ({ holders }) => holders.length === 0)).toMatchObject({
    holders: [],
    alarm: T0 + 1_000,
  })
  setClockMs(T0 + 1_000)
  await fireLimiter(limiter)
  expect((await settled(limiter, ({ holders }) => holders.length === 1)).queue).toEqual([])
})
