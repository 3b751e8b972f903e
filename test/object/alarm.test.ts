// Promise 12 at the object: while work is owed, an alarm is set, whatever throws and however often.

import { runInDurableObject } from "cloudflare:test"
import { afterEach, describe, expect, it, vi } from "vitest"
import type { Context, StepContext } from "../../src/engine/context.ts"
import { Constant } from "../../src/engine/retry.ts"
import {
  alarmOf,
  begin,
  crash,
  endOf,
  evict,
  fireAlarm,
  recordOf,
  resultOf,
  rowsOf,
  runs,
  stubOf,
  thrownBy,
  until,
} from "./support/runs.ts"
import { expectAlarmAsOwed } from "./support/alarm-owed.ts"
import { watchOf } from "./support/watch.ts"

afterEach(() => {
  vi.useRealTimers()
})

const plain = (_: StepContext, value: unknown) => value
const slow = async (_: StepContext, value: unknown) => value

describe("promise 12: after every door the alarm is what the rows ask for", () => {
  it("through the whole life of a run, over crashes and evictions", async () => {
    const gate = Promise.withResolvers<void>()
    const hang = (_: StepContext) => gate.promise
    const flaky = async ({ attempt }: StepContext) => {
      if (attempt < 2) throw new Error("once")
    }
    const { id } = await begin(
      function* (ctx) {
        yield* ctx.run(plain, 1)
        yield* ctx.signal("go")
        yield* ctx.run(flaky, ctx.options({ retryPolicy: Constant({ delayMs: 20 }) }))
        yield* ctx.race([ctx.signal("go"), ctx.sleep(60_000)])
        const promise = yield* ctx.promise({ timeoutMs: 90_000 })
        yield* promise
        const message = yield* ctx.receive("ask")
        message.reply("answer")
        yield* ctx.run(hang)
        yield* ctx.publish("state", 1)
      },
      [],
      { timeoutMs: 3_600_000 },
    )
    const doors: (() => Promise<unknown>)[] = [
      () => recordOf(id),
      () => runs.signal(id, "other", 1),
      () => runs.signal(id, "go", 1),
      () =>
        until(
          () => recordOf(id),
          ({ waitingFor }) => waitingFor.some(({ kind }) => kind === "signal"),
        ),
      () => runs.signal(id, "go", 2),
      async () => {
        const { waitingFor } = await recordOf(id)
        const token = waitingFor.find(({ kind }) => kind === "promise")?.token ?? ""
        return runs.settlePromise(token, { type: "resolve", value: 1 })
      },
      () => runs.update(id, "ask", 1, { waitMs: 1_000 }),
      () => runs.journal(id, undefined, 10),
      () => runs.state(id, "state").catch(() => undefined),
      async () => {
        gate.resolve()
        await endOf(id)
      },
    ]
    for (const door of doors) {
      await door()
      await expectAlarmAsOwed(id)
      await crash(id)
      await expectAlarmAsOwed(id)
      await recordOf(id)
      await expectAlarmAsOwed(id)
    }
    expect((await recordOf(id)).status).toBe("completed")
  })

  it("a run of many slices has one behind every slice", async () => {
    const { id } = await begin(function* (ctx) {
      for (let n = 0; n < 30_000; n++) yield* ctx.run(plain, n)
      return "done"
    })
    for (let n = 0; n < 5; n++) {
      await expectAlarmAsOwed(id)
      await crash(id)
      await expectAlarmAsOwed(id)
      await fireAlarm(id)
    }
    expect(await resultOf(id)).toBe("done")
  })

  it("a run that waits for a signal alone has none; killed and cancelled ones neither", async () => {
    for (const end of ["kill", "cancel"] as const) {
      const { id } = await begin(function* (ctx) {
        yield* ctx.race([ctx.signal("go"), ctx.sleep(60_000)])
      })
      await expectAlarmAsOwed(id)
      await runs[end](id, {})
      await expectAlarmAsOwed(id)
      await crash(id)
      await recordOf(id)
      expect(await alarmOf(id)).toBeNull()
    }
  })

  it("an alarm that the platform lost is set again by whoever looks", async () => {
    const { id } = await begin(function* (ctx) {
      yield* ctx.sleep(60_000)
    })
    const due = await alarmOf(id)
    await evict(id)
    await runInDurableObject(stubOf(id), (_, state) => state.storage.deleteAlarm())
    await recordOf(id)
    expect(await alarmOf(id)).toBe(due)
  })

  it("the watchdog's lease grows while one attempt is in flight, and is not pushed ahead by doors", async () => {
    vi.useFakeTimers({ toFake: ["Date"] })
    const gate = Promise.withResolvers<string>()
    const { id } = await begin(function* (ctx) {
      return yield* ctx.run((_: StepContext) => gate.promise)
    })
    const leases: number[] = []
    for (let n = 0; n < 7; n++) {
      const alarm = (await alarmOf(id)) ?? 0
      leases.push(alarm - Date.now())
      vi.setSystemTime(Date.now() + 10)
      await recordOf(id)
      expect(await alarmOf(id)).toBe(alarm)
      vi.setSystemTime(alarm)
      await fireAlarm(id)
    }
    // The first is set with the start itself, before anything is in flight.
    expect(leases).toEqual([1_000, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000])
    gate.resolve("done")
    expect(await resultOf(id)).toBe("done")
    expect(await alarmOf(id)).toBeNull()
  })
})

/** The clock goes to the instant of the alarm, which then fires; false when none is set. */
async function fireAlarmInTime(id: string): Promise<boolean> {
  vi.setSystemTime(Math.max(Date.now(), (await alarmOf(id)) ?? 0))
  return fireAlarm(id)
}

describe("promise 12: a wake that throws inside the object's own code twenty times still ends", () => {
  const statements: Readonly<Record<string, RegExp>> = {
    "reading the run": /FROM run\b/,
    "reading the journal": /FROM journal/,
    "appending to the journal": /^INSERT INTO journal/,
    "writing the run": /^UPDATE run/,
    "reading the waits": /FROM waits/,
    "dropping a wait": /^DELETE FROM waits/,
    "consuming a signal": /^DELETE FROM inbox/,
    "any statement": /./,
  }

  const lives: Readonly<Record<string, (id: string) => Promise<unknown>>> = {
    "in one life": () => Promise.resolve(),
    "in a new life each time": crash,
  }

  describe.each(Object.keys(lives))("%s", (life) => {
    it.each(Object.keys(statements))("%s", async (statement) => {
      vi.useFakeTimers({ toFake: ["Date"] })
      const { id } = await begin(function* (ctx) {
        const taken = [yield* ctx.run(plain, "a")]
        yield* ctx.sleep(1_000)
        taken.push(yield* ctx.signal("s"), yield* ctx.run(slow, "b"), yield* ctx.run(plain, "c"))
        yield* ctx.sleep(1_000)
        return taken
      })
      await runs.signal(id, "s", "signal")
      const watch = watchOf(id)
      for (const _round of ["until it waits again", "until it ends"]) {
        await evict(id)
        let failures = 20
        watch.onStatement = (text) => {
          if (failures > 0 && statements[statement]?.test(text) === true) {
            failures--
            throw new Error("The store fails on purpose.")
          }
        }
        // Each failed wake leaves an alarm, at which the next one tries again.
        for (let wakes = 0; wakes < 60 && failures > 0; wakes++) {
          if (!(await fireAlarmInTime(id))) break
          await lives[life]?.(id)
        }
        watch.onStatement = undefined
      }
      while (await fireAlarmInTime(id)) await lives[life]?.(id)
      // Nobody has asked for it: the alarm alone has brought it here.
      const [row] = await rowsOf(id, "SELECT status FROM run")
      expect(row).toEqual({ status: "completed" })
      expect(await resultOf(id)).toEqual(["a", "signal", "b", "c"])
    })
  })

  it("with real alarms and no hand in it", async () => {
    const { id } = await begin(function* (ctx) {
      yield* ctx.sleep(50)
      return yield* ctx.run(plain, "done")
    })
    let failures = 4
    watchOf(id).onStatement = (text) => {
      if (text.startsWith("INSERT INTO journal") && failures-- > 0) throw new Error("On purpose.")
    }
    await until(
      () => rowsOf(id, "SELECT status FROM run"),
      ([row]) => row?.["status"] === "completed",
    )
    expect(failures).toBeLessThanOrEqual(0)
    expect(await resultOf(id)).toBe("done")
  })

  it("pauses grow to five seconds and no further", async () => {
    vi.useFakeTimers({ toFake: ["Date"] })
    const { id } = await begin(function* (ctx: Context) {
      yield* ctx.sleep(1_000)
    })
    vi.setSystemTime(Date.now() + 1_000)
    watchOf(id).onStatement = (text) => {
      if (text.startsWith("INSERT INTO journal")) throw new Error("On purpose.")
    }
    const pauses: number[] = []
    for (let n = 0; n < 8; n++) {
      await fireAlarm(id)
      pauses.push(((await alarmOf(id)) ?? 0) - Date.now())
    }
    expect(pauses).toEqual([100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000])
    watchOf(id).onStatement = undefined
    expect(await resultOf(id)).toBeUndefined()
  })

  it("a message that was accepted while the store failed is there afterwards, once", async () => {
    const { id } = await begin(function* (ctx) {
      return [yield* ctx.signal("s"), yield* ctx.signal("s")]
    })
    for (const [n, pattern] of [/^INSERT INTO journal/, /^DELETE FROM inbox/].entries()) {
      let failures = 1
      watchOf(id).onStatement = (text) => {
        if (pattern.test(text) && failures-- > 0) throw new Error("On purpose.")
      }
      await runs.signal(id, "s", n)
      expect(failures).toBeLessThanOrEqual(0)
      await fireAlarm(id)
    }
    expect(await resultOf(id)).toEqual([0, 1])
  })

  it("a key whose message could not be stored is not remembered", async () => {
    const { id } = await begin(function* (ctx) {
      return yield* ctx.signal("s")
    })
    watchOf(id).onStatement = (text) => {
      if (text.startsWith("INSERT INTO keys")) throw new Error("On purpose.")
    }
    expect(await thrownBy(id, (object) => object.signal(id, "s", '"lost"', "key"))).toBe(
      "On purpose.",
    )
    watchOf(id).onStatement = undefined
    expect(
      await rowsOf(id, "SELECT name FROM sqlite_master WHERE name IN ('inbox', 'keys')"),
    ).toEqual([])
    await runs.signal(id, "s", "kept", "key")
    expect(await resultOf(id)).toBe("kept")
  })

  it("a continueAsNew that fails half-way runs no step of the old generation again", async () => {
    const called: number[] = []
    const note = (_: StepContext, generation: number) => {
      called.push(generation)
    }
    const { id } = await begin(
      function* (ctx: Context, generation: number) {
        yield* ctx.run(note, generation)
        if (generation === 1) return "second"
        yield* ctx.signal("go")
        return yield* ctx.continueAsNew(1)
      },
      [0],
    )
    let failures = 2
    watchOf(id).onStatement = (text) => {
      if (text.startsWith("UPDATE run SET generation") && failures-- > 0) {
        throw new Error("On purpose.")
      }
    }
    await runs.signal(id, "go", null)
    await fireAlarm(id)
    await fireAlarm(id)
    expect(await resultOf(id)).toBe("second")
    expect(called).toEqual([0, 1])
  })

  it("an operator's cut that fails half-way changes nothing", async () => {
    const { id } = await begin(function* (ctx) {
      const value = yield* ctx.signal<string>("s")
      yield* ctx.panic(value === "bad")
      return value
    })
    await runs.signal(id, "s", "bad")
    const before = await rowsOf(id, "SELECT * FROM journal")
    watchOf(id).onStatement = (text) => {
      if (text.startsWith("UPDATE run SET status = 'running'")) throw new Error("On purpose.")
    }
    expect(await thrownBy(id, (object) => object.retry(id, { from: "0" }))).toBe("On purpose.")
    watchOf(id).onStatement = undefined
    expect(await rowsOf(id, "SELECT * FROM journal")).toEqual(before)
    expect((await recordOf(id)).status).toBe("halted")
    await runs.retry(id, { from: "0" })
    expect((await endOf(id)).status).toBe("halted")
  })
})
