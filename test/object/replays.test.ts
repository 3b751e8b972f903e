// Replays: a run that was taken up from its journal says so: when, and how many entries were not run again.

import { describe, expect, it } from "vitest"
import type { Context } from "../../src/engine/workflow/context.ts"
import { REPLAYS_SHOWN_MAX } from "../../src/object/store/replays.ts"
import { begin, crash, endOf, evict, fireAlarm, recordOf, runs, suspended } from "./support/runs.ts"
import { watchOf } from "./support/watch.ts"

function* twoSteps(ctx: Context) {
  yield* ctx.run(() => 1)
  yield* ctx.run(async () => 2)
  yield* ctx.signal("go")
  return "done"
}

function* listener(ctx: Context) {
  for (;;) if ((yield* ctx.signal("next")) === "end") return "done"
}

/** How many signals the listener has taken up. */
async function heard(id: string): Promise<number> {
  const { entries } = await runs.journal(id, undefined, 1_000)
  return entries.filter(({ state }) => state === "completed").length
}

async function hears(id: string): Promise<void> {
  const before = await heard(id)
  await runs.signal(id, "next", "on")
  await expect.poll(() => heard(id)).toBe(before + 1)
  await suspended(id)
}

describe("the replays of a run", () => {
  it("are none while its object stays", async () => {
    const { id } = await begin(twoSteps)
    await suspended(id)
    await runs.signal(id, "go", 1)
    expect((await endOf(id)).replays).toBeUndefined()
  })

  it("say when its object had to be made anew, and how many entries there were", async () => {
    const { id } = await begin(twoSteps)
    await suspended(id)
    await evict(id)
    const beforeMs = Date.now()
    await runs.signal(id, "go", 1)
    const { replays, endedAtMs } = await endOf(id)
    expect(replays).toEqual({ count: 1, last: [{ atMs: expect.any(Number), entries: 3 }] })
    expect(replays?.last[0]?.atMs).toBeGreaterThanOrEqual(beforeMs)
    expect(replays?.last[0]?.atMs).toBeLessThanOrEqual(endedAtMs ?? 0)
  })

  it("are none of a run that is paused and goes on, or is retried: its object had it all along", async () => {
    const waits = await begin(twoSteps)
    await suspended(waits.id)
    await runs.pause(waits.id, {})
    await runs.resume(waits.id, {})
    await runs.signal(waits.id, "go", 1)
    expect((await endOf(waits.id)).replays).toBeUndefined()

    let isMended = false
    const fails = await begin(function* (ctx: Context) {
      yield* ctx.run(() => 1)
      if (!isMended) throw new Error("no")
      return "done"
    })
    expect((await endOf(fails.id)).status).toBe("failed")
    isMended = true
    await runs.retry(fails.id, {})
    await expect.poll(async () => (await recordOf(fails.id)).status).toBe("completed")
    expect((await recordOf(fails.id)).replays).toBeUndefined()
  })

  it("are not made by who looks at a run at rest", async () => {
    const { id } = await begin(twoSteps)
    await suspended(id)
    await evict(id)
    expect((await recordOf(id)).replays).toBeUndefined()
    await runs.journal(id, undefined, 10)
    expect((await recordOf(id)).replays).toBeUndefined()
  })

  it("are known at once, also of a run that goes on waiting, and outlive its object", async () => {
    const { id } = await begin(listener)
    await suspended(id)
    for (const count of [1, 2, 3]) {
      await evict(id)
      await hears(id)
      expect((await recordOf(id)).replays).toMatchObject({ count })
    }
    const { replays } = await recordOf(id)
    expect(replays?.last.map(({ entries }) => entries)).toEqual([1, 2, 3])
    await evict(id)
    expect((await recordOf(id)).replays).toEqual(replays)
  })

  it("have one for an attempt that was lost with its object", async () => {
    let isFirst = true
    const { id } = await begin(function* (ctx) {
      yield* ctx.run(() => 1)
      return yield* ctx.run(async () => {
        if (!isFirst) return "second"
        isFirst = false
        return new Promise(() => undefined)
      })
    })
    await crash(id)
    await fireAlarm(id)
    expect((await endOf(id)).replays).toMatchObject({ count: 1, last: [{ entries: 2 }] })
  })

  it("are counted without end, and told of the last ones only", async () => {
    const { id } = await begin(listener)
    for (let n = 0; n < REPLAYS_SHOWN_MAX + 3; n++) {
      await suspended(id)
      await evict(id)
      await hears(id)
    }
    const { replays } = await recordOf(id)
    expect(replays?.count).toBe(REPLAYS_SHOWN_MAX + 3)
    expect(replays?.last).toHaveLength(REPLAYS_SHOWN_MAX)
    expect(replays?.last.at(-1)?.entries).toBe(REPLAYS_SHOWN_MAX + 3)
  })

  it("cost no row where the run's row is written anyway, and one where it is not", async () => {
    const written = async (
      isEvicted: boolean,
      goOn: (id: string) => Promise<unknown>,
      fn = listener,
    ) => {
      const { id } = await begin(fn)
      await suspended(id)
      await runs.signal(id, "unheard", 1)
      await suspended(id)
      if (isEvicted) await evict(id)
      const before = watchOf(id).rowsWritten
      await goOn(id)
      return watchOf(id).rowsWritten - before
    }
    const ends = async (id: string) => {
      await runs.signal(id, "next", "end")
      await endOf(id)
    }
    expect(await written(true, ends)).toBe(await written(false, ends))
    expect(await written(true, hears)).toBe((await written(false, hears)) + 1)
  })
})
