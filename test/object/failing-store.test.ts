// Promise 12 at the object: a store that throws, wherever and however often, costs time and nothing else.

import { afterEach, describe, expect, it, vi } from "vitest"
import type { Context, StepContext } from "../../src/engine/workflow/context.ts"
import {
  alarmOf,
  begin,
  codeOf,
  crash,
  endOf,
  evict,
  fireAlarm,
  newId,
  recordOf,
  resultOf,
  rowsOf,
  runs,
  thrownBy,
  until,
} from "./support/runs.ts"
import { registry } from "./support/registry.ts"
import { watchOf } from "./support/watch.ts"

afterEach(() => {
  vi.useRealTimers()
})

const plain = (_: StepContext, value: unknown) => value
const slow = async (_: StepContext, value: unknown) => value

/** Alarms are fired until there is none: the run must not end with the one that deletes it. */
const FOR_EVER = { options: { retentionMs: Infinity } }

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
      const { id } = await begin(
        function* (ctx) {
          const taken = [yield* ctx.run(plain, "a")]
          yield* ctx.sleep(1_000)
          taken.push(yield* ctx.signal("s"), yield* ctx.run(slow, "b"), yield* ctx.run(plain, "c"))
          yield* ctx.sleep(1_000)
          return taken
        },
        [],
        FOR_EVER,
      )
      await runs.signal(id, "s", "signal")
      const watch = watchOf(id)
      for (const _round of ["until it waits again", "until it ends"]) {
        await evict(id)
        const store = { failures: 20 }
        watch.onStatement = (text) => {
          if (store.failures > 0 && statements[statement]?.test(text) === true) {
            store.failures--
            throw new Error("The store fails on purpose.")
          }
        }
        // Each failed wake leaves an alarm, at which the next one tries again.
        for (let wakes = 0; wakes < 60 && store.failures > 0; wakes++) {
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

  it("a cancellation that cannot be recorded is tried again by the alarm, and not at once for ever", async () => {
    const { id } = await begin(function* (ctx) {
      yield* ctx.signal("never")
    })
    let failures = 0
    let isNoted = false
    watchOf(id).onStatement = (text) => {
      if (!text.startsWith("INSERT INTO journal")) return
      // Who cancelled it is on record; what comes of it cannot be.
      if (!isNoted) return void (isNoted = true)
      // Within one turn nothing else would ever end it.
      if (++failures > 1_000) watchOf(id).onStatement = undefined
      throw new Error("On purpose.")
    }
    await runs.cancel(id, {}).catch(() => undefined)
    await until(
      async () => failures,
      (count) => count > 0,
    )
    expect(failures).toBeLessThan(20)
    watchOf(id).onStatement = undefined
    expect((await endOf(id)).status).toBe("cancelled")
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

describe("promise 12: a store that refuses the alarm itself", () => {
  const NO_ROOM = "There is no room on purpose."

  function* naps(ctx: Context) {
    yield* ctx.sleep(100)
    return yield* ctx.run(plain, "done")
  }

  /** The store refuses so many alarms. */
  function refuse(id: string, alarms: number): { readonly left: number } {
    const refused = { left: alarms }
    watchOf(id).onSetAlarm = () => {
      if (refused.left > 0 && refused.left-- > 0) throw new Error(NO_ROOM)
    }
    return refused
  }

  /** Nobody asks for the run: the alarm alone brings it there. */
  async function endsByItself(id: string): Promise<void> {
    const [row] = await until(
      // Whoever looks in the moment of a reset sees nothing.
      () => rowsOf(id, "SELECT status FROM run").catch(() => []),
      ([found]) => found?.["status"] === "completed",
    )
    expect(row).toEqual({ status: "completed" })
  }

  it("at a start: nobody is told that it is durable, and the next one sets it", async () => {
    const { workflow } = await begin(naps)
    const id = newId()
    // The watchdog's, and the nap's.
    const refused = refuse(id, 2)
    const start = () => runs.start(id, { workflow, input: [] })
    // The client repeats it after a reset, or tells its caller to.
    await start().catch(() => start())
    expect(refused.left).toBe(0)
    await endsByItself(id)
  })

  it("at a message: it is not accepted without the alarm that it needs", async () => {
    const { id } = await begin(function* (ctx) {
      yield* ctx.signal("go")
      yield* ctx.sleep(100)
    })
    const refused = refuse(id, 1)
    const signal = () => runs.signal(id, "go", null, "key")
    await signal().catch(signal)
    expect(refused.left).toBe(0)
    await endsByItself(id)
  })

  it("at a wake: the platform delivers the alarm again", async () => {
    const { id } = await begin(function* (ctx) {
      yield* ctx.sleep(50)
      yield* ctx.sleep(100)
    })
    const refused = refuse(id, 1)
    await endsByItself(id)
    expect(refused.left).toBe(0)
  })
})

it("a retry that fails half-way leaves a run that has ended as it was, in memory too", async () => {
  const { id } = await begin(function* (ctx) {
    yield* ctx.signal("go")
    throw new Error("over")
  })
  await runs.signal(id, "go", null)
  expect((await endOf(id)).status).toBe("failed")
  const before = await rowsOf(id, "SELECT * FROM run")
  watchOf(id).onStatement = (text) => {
    if (text.startsWith("UPDATE run SET status = 'running'")) throw new Error("On purpose.")
  }
  expect(await thrownBy(id, (object) => object.retry(id, { from: "0" }))).toBe("On purpose.")
  watchOf(id).onStatement = undefined
  expect((await recordOf(id)).status).toBe("failed")
  expect(await rowsOf(id, "SELECT * FROM run")).toEqual(before)
})

describe("promise 5: what a person asks for is answered as done only when it is written", () => {
  const isCancel = /^UPDATE run SET cancel/

  /** Once, after what else is written with it. */
  function refuse(id: string, pattern: RegExp): () => void {
    let failures = 1
    watchOf(id).onStatement = (text) => {
      if (pattern.test(text) && failures-- > 0) throw new Error("On purpose.")
    }
    return () => {
      watchOf(id).onStatement = undefined
      expect(failures).toBeLessThanOrEqual(0)
    }
  }

  const notes = async (id: string) =>
    (await rowsOf(id, "SELECT name FROM journal WHERE type = 'operator'")).map((row) => row["name"])

  it("pause and resume", async () => {
    const { id } = await begin(function* (ctx) {
      return yield* ctx.signal("go")
    })
    for (const { verb, pattern, before, after } of [
      { verb: "pause", pattern: /^UPDATE run SET status/, before: "suspended", after: "paused" },
      { verb: "resume", pattern: /^INSERT INTO journal/, before: "paused", after: "suspended" },
    ] as const) {
      const wasRefused = refuse(id, pattern)
      expect(await codeOf(runs[verb](id, {}))).toBe("overloaded")
      wasRefused()
      expect((await recordOf(id)).status).toBe(before)
      await runs[verb](id, {})
      expect((await recordOf(id)).status).toBe(after)
    }
    expect(await notes(id)).toEqual(["pause", "resume"])
  })

  it("cancel, which is asked for again, since twice is as good as once", async () => {
    const { id } = await begin(function* (ctx) {
      return yield* ctx.signal("go")
    })
    const wasRefused = refuse(id, isCancel)
    await runs.cancel(id, {})
    expect((await endOf(id)).status).toBe("cancelled")
    wasRefused()
    expect(await notes(id)).toEqual(["cancel"])
  })

  it("promise 14: a parent's cancel that a child could not write comes again", async () => {
    const child = registry.define(function* child(ctx: Context) {
      yield* ctx.signal("never")
    })
    const { id } = await begin(function* (ctx) {
      yield* ctx.rpc(child, ctx.options({ id: `${ctx.id}-child` }))
    })
    const childId = `${id}-child`
    await until(
      () => runs.get(childId),
      (run) => run?.status === "suspended",
    )
    const wasRefused = refuse(childId, isCancel)
    await runs.cancel(id, {})
    expect((await endOf(childId)).status).toBe("cancelled")
    wasRefused()
  })
})

describe("promise 12: an end is written as a whole", () => {
  it("when its news could not be written the run has not ended, and its parent hears of it later", async () => {
    const child = registry.define(function* child(ctx: Context) {
      return yield* ctx.signal("go")
    })
    const { id } = await begin(function* (ctx) {
      return yield* ctx.rpc(child, ctx.options({ id: `${ctx.id}-child` }))
    })
    const childId = `${id}-child`
    await until(
      () => runs.get(childId),
      (run) => run?.status === "suspended",
    )
    let failures = 1
    watchOf(childId).onStatement = (text) => {
      if (text.startsWith("INSERT INTO outbox") && failures-- > 0) throw new Error("On purpose.")
    }
    await runs.signal(childId, "go", "done")
    expect(failures).toBeLessThanOrEqual(0)
    expect(await resultOf(id)).toBe("done")
  })
})
