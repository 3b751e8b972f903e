// Promises 9 and 10 at the object: a panic and changed code halt the run durably, and what a person can do then.

import { afterEach, describe, expect, it, vi } from "vitest"
import { decode } from "../../src/engine/codec.ts"
import type { Context, StepContext } from "../../src/engine/context.ts"
import { Never } from "../../src/engine/retry.ts"
import { registry } from "./support/registry.ts"
import {
  alarmOf,
  begin,
  codeOf,
  crash,
  endOf,
  evict,
  fireAlarm,
  journalOf,
  recordOf,
  resultOf,
  rowsOf,
  runs,
  suspended,
  textOf,
} from "./support/runs.ts"

afterEach(() => {
  vi.useRealTimers()
})

/** Asks a step, panics when it says "bad", and writes down whether user code saw the panic. */
function panicking(answers: string[]) {
  const calls: string[] = []
  const caught: string[] = []
  const ask = async (_: StepContext) => {
    const answer = answers.shift() ?? "bad"
    calls.push(answer)
    return answer
  }
  const prepare = (_: StepContext) => {
    calls.push("prepare")
  }
  function* workflow(ctx: Context) {
    try {
      yield* ctx.run(prepare)
      const answer = yield* ctx.run(ask)
      yield* ctx.panic(answer === "bad", "the books do not balance")
      return answer
    } catch (error) {
      caught.push("catch")
      throw error
    } finally {
      caught.push("finally")
    }
  }
  return { calls, caught, workflow }
}

describe("promise 9: a panic", () => {
  it("halts durably: no catch, no finally, no alarm, no loop", async () => {
    const { calls, caught, workflow } = panicking(["bad"])
    const { id } = await begin(workflow)
    const halted = await endOf(id)
    expect(halted).toMatchObject({
      status: "halted",
      halt: { code: "panic", message: "the books do not balance", details: { number: 98 } },
    })
    for (const lose of [evict, crash]) {
      await lose(id)
      expect(await recordOf(id)).toMatchObject({ status: "halted", halt: halted.halt })
      expect(await fireAlarm(id)).toBe(false)
    }
    expect(await alarmOf(id)).toBeNull()
    expect(caught).toEqual([])
    expect(calls).toEqual(["prepare", "bad"])
    expect((await journalOf(id)).map(({ path }) => path)).toEqual(["0", "1"])
  })

  it("ends the wait of a caller at once", async () => {
    const { id } = await begin(function* (ctx) {
      yield* ctx.sleep(30)
      yield* ctx.panic(true, "now")
    })
    const startedMs = performance.now()
    expect((await runs.result(id, 5_000))?.status).toBe("halted")
    expect(performance.now() - startedMs).toBeLessThan(2_000)
  })

  it("goes on after retry with the last step before it, whose attempts are counted on", async () => {
    const { calls, workflow } = panicking(["bad", "good"])
    const { id } = await begin(workflow)
    await runs.retry(id, { by: "ada", reason: "books corrected" })
    expect(await resultOf(id)).toBe("good")
    expect(calls).toEqual(["prepare", "bad", "good"])
    const entries = await journalOf(id)
    expect(entries).toMatchObject([
      { path: "0" },
      { path: "1", attempts: 2, state: "completed" },
      { kind: "operator", name: "retry" },
    ])
    expect(decode(entries[2]?.valueText ?? "")).toEqual({ by: "ada", reason: "books corrected" })
    await crash(id)
    expect(await resultOf(id)).toBe("good")
  })

  it("goes on after skip with the given value, over a crash in between", async () => {
    const { calls, workflow } = panicking(["bad"])
    const { id } = await begin(workflow)
    await evict(id)
    await runs.skip(id, { path: "1", value: "given" })
    expect(await resultOf(id)).toBe("given")
    expect(calls).toEqual(["prepare", "bad"])
  })

  it("can be given up: kill ends it for good", async () => {
    const { caught, workflow } = panicking(["bad"])
    const { id } = await begin(workflow)
    await crash(id)
    const killed = await runs.kill(id, { reason: "abandoned" })
    expect(killed.status).toBe("cancelled")
    expect(decode(killed.errorText ?? "")).toMatchObject({ code: "killed", message: "abandoned" })
    expect(await codeOf(runs.retry(id, {}))).toBe("wrong_status")
    expect(caught).toEqual([])
  })

  it("refuses cancel, takes signals, and fires no timer until it goes on", async () => {
    vi.useFakeTimers({ toFake: ["Date"] })
    const { id } = await begin(function* (ctx) {
      const timer = yield* ctx.beginRun(function* sleeper(inner: Context) {
        yield* inner.sleep(1_000)
        return yield* inner.date.now()
      })
      yield* ctx.signal("go")
      const value = yield* ctx.run((_: StepContext) => "bad")
      yield* ctx.panic(value === "bad")
      return [value, yield* ctx.signal("a"), yield* timer]
    })
    await runs.signal(id, "go", null)
    expect((await recordOf(id)).status).toBe("halted")
    await runs.signal(id, "a", "kept")
    vi.setSystemTime(Date.now() + 5_000)
    await evict(id)
    expect(await fireAlarm(id)).toBe(false)
    expect(await codeOf(runs.cancel(id, {}))).toBe("wrong_status")
    expect((await recordOf(id)).status).toBe("halted")
    await runs.skip(id, { path: "2", value: "given" })
    expect(await resultOf(id)).toEqual(["given", "kept", Date.now()])
  })

  it("in a run that was being cancelled still refuses cancel", async () => {
    const { id } = await begin(function* (ctx) {
      try {
        yield* ctx.signal("never")
      } finally {
        yield* ctx.panic(true, "in the clean-up")
      }
    })
    await runs.cancel(id, {})
    expect((await recordOf(id)).status).toBe("halted")
    expect(await codeOf(runs.cancel(id, {}))).toBe("wrong_status")
  })

  it("with a message of megabytes is kept whole, and an assertion halts as well", async () => {
    const long = "é".repeat(1_500_000)
    const { id } = await begin(function* (ctx) {
      yield* ctx.assert(false, long)
    })
    await crash(id)
    expect((await recordOf(id)).halt?.message).toBe(long)
    const [row] = await rowsOf(id, "SELECT length(CAST(halt AS BLOB)) AS bytes FROM run")
    expect(row?.["bytes"]).toBeLessThan(2_000_000)
    await runs.kill(id, {})
    expect(await rowsOf(id, "SELECT COUNT(*) AS n FROM chunks")).toEqual([{ n: 0 }])
  })
})

describe("retry and skip of a run that failed", () => {
  function failing(failures: number) {
    let calls = 0
    const step = async (ctx: StepContext) => {
      if (++calls <= failures) throw new Error(`failure ${calls}`)
      return `attempt ${ctx.attempt}`
    }
    return function* (ctx: Context) {
      yield* ctx.run((_: StepContext) => "first")
      return yield* ctx.run(step, ctx.options({ retryPolicy: Never() }))
    }
  }

  it("retry runs the failed step again, and what went before not", async () => {
    const { id } = await begin(failing(2))
    expect((await endOf(id)).status).toBe("failed")
    await crash(id)
    await runs.retry(id, {})
    expect((await endOf(id)).status).toBe("failed")
    await runs.retry(id, {})
    expect(await resultOf(id)).toBe("attempt 3")
    expect(await recordOf(id)).not.toHaveProperty("errorText")
  })

  it("skip gives the failed step a value", async () => {
    const { id } = await begin(failing(1))
    await endOf(id)
    await runs.skip(id, { path: "1", value: { given: 1n } })
    expect(await resultOf(id)).toEqual({ given: 1n })
  })

  it("retry from an earlier path forgets everything after it, and no signal is lost", async () => {
    let bad = true
    const check = (_: StepContext, value: unknown) => {
      if (bad) throw new Error("bad")
      return value
    }
    const { id } = await begin(function* (ctx) {
      const taken: unknown[] = []
      for (let n = 0; n < 3; n++) taken.push(yield* ctx.signal("a"))
      return yield* ctx.run(check, taken, ctx.options({ retryPolicy: Never() }))
    })
    const big = "x".repeat(2_000_000)
    for (const value of [1, big, 3]) await runs.signal(id, "a", value)
    await endOf(id)
    await crash(id)
    bad = false
    await runs.signal(id, "a", 4).catch(() => undefined)
    await runs.retry(id, { from: "1" })
    expect(await resultOf(id)).toEqual([1, big, 3])
  })

  it("a promise that the run itself had given up is open again", async () => {
    let bad = true
    const check = (_: StepContext) => {
      if (bad) throw new Error("bad")
    }
    const tokens: string[] = []
    const { id } = await begin(function* (ctx) {
      const promise = yield* ctx.promise<string>()
      tokens.push(promise.token)
      yield* ctx.run(check, ctx.options({ retryPolicy: Never() }))
      return yield* promise
    })
    await endOf(id)
    bad = false
    await runs.retry(id, {})
    await suspended(id)
    await crash(id)
    const token = tokens.at(-1) ?? ""
    expect(new Set(tokens).size).toBe(1)
    expect(await runs.settlePromise(token, { type: "resolve", value: "yes" })).toMatchObject({
      status: "resolved",
    })
    expect(await resultOf(id)).toBe("yes")
  })

  it("a promise that is made anew does not take the old one's outcome", async () => {
    const tokens: string[] = []
    let bad = true
    const check = (_: StepContext, value: unknown) => {
      if (bad) throw new Error("bad")
      return value
    }
    const { id } = await begin(function* (ctx) {
      const promise = yield* ctx.promise<string>()
      tokens.push(promise.token)
      return yield* ctx.run(check, yield* promise, ctx.options({ retryPolicy: Never() }))
    })
    await suspended(id)
    await runs.settlePromise(tokens[0] ?? "", { type: "resolve", value: "wrong" })
    await endOf(id)
    bad = false
    await runs.retry(id, { from: "0" })
    await suspended(id)
    await crash(id)
    expect((await recordOf(id)).status).toBe("suspended")
    const token = tokens.at(-1) ?? ""
    expect(token).not.toBe(tokens[0])
    await runs.settlePromise(token, { type: "resolve", value: "right" })
    expect(await resultOf(id)).toBe("right")
    // Whoever holds the old token still gets the outcome it had.
    expect(
      await runs.settlePromise(tokens[0] ?? "", { type: "resolve", value: "late" }),
    ).toMatchObject({ status: "resolved", valueText: textOf("wrong") })
  })

  it.each([
    ["retry from an unknown path", (id: string) => runs.retry(id, { from: "7" }), "path_unknown"],
    [
      "skip of an unknown path",
      (id: string) => runs.skip(id, { path: "7", value: 1 }),
      "path_unknown",
    ],
    [
      "skip of what is no step",
      (id: string) => runs.skip(id, { path: "0", value: 1 }),
      "invalid_request",
    ],
  ])("%s is refused and changes nothing", async (_, act, code) => {
    const { id } = await begin(function* (ctx) {
      yield* ctx.sleep(1)
      throw new Error("failed")
    })
    await endOf(id)
    const before = await rowsOf(id, "SELECT * FROM journal")
    expect(await codeOf(act(id))).toBe(code)
    expect(await rowsOf(id, "SELECT * FROM journal")).toEqual(before)
    expect((await recordOf(id)).status).toBe("failed")
  })

  it.each(["running", "completed"])("a %s run refuses both", async (status) => {
    const { id } = await begin(function* (ctx) {
      if (status === "running") yield* ctx.signal("never")
    })
    expect(await codeOf(runs.retry(id, {}))).toBe("wrong_status")
    expect(await codeOf(runs.skip(id, { path: "0", value: 1 }))).toBe("wrong_status")
  })

  it("frees the chunks of a long error", async () => {
    let bad = true
    const { id } = await begin(function* () {
      if (bad) throw new Error("x".repeat(2_000_000))
    })
    await endOf(id)
    expect(await rowsOf(id, "SELECT COUNT(*) AS n FROM chunks")).not.toEqual([{ n: 0 }])
    bad = false
    await runs.retry(id, {})
    await endOf(id)
    expect(await rowsOf(id, "SELECT COUNT(*) AS n FROM chunks")).toEqual([{ n: 0 }])
  })
})

describe("promise 10: changed code is noticed", () => {
  const one = (_: StepContext, value: unknown) => value
  const two = (_: StepContext, value: unknown) => value
  const original = function* (ctx: Context) {
    const value = yield* ctx.run(one, "input")
    yield* ctx.signal("go")
    return value
  }

  const changes: Readonly<Record<string, (ctx: Context) => Generator<unknown, unknown, never>>> = {
    "another step": function* (ctx) {
      const value = yield* ctx.run(two, "input")
      yield* ctx.signal("go")
      return value
    },
    "another input": function* (ctx) {
      const value = yield* ctx.run(one, "other")
      yield* ctx.signal("go")
      return value
    },
    "another kind": function* (ctx) {
      yield* ctx.sleep(1)
      yield* ctx.signal("go")
    },
    "another signal": function* (ctx) {
      const value = yield* ctx.run(one, "input")
      yield* ctx.signal("went")
      return value
    },
    "a step more": function* (ctx) {
      yield* ctx.run(two, "input")
      yield* ctx.run(one, "input")
      yield* ctx.signal("go")
    },
    "a step less": function* (ctx) {
      yield* ctx.signal("go")
    },
    "an earlier end": function* () {
      // Returns before the first recorded step.
    },
  }

  it.each(Object.keys(changes))("%s halts the run and says what differs", async (change) => {
    const { id, workflow } = await begin(original)
    await suspended(id)
    await evict(id)
    registry.deploy(workflow, changes[change] as never)
    await runs.signal(id, "go", null)
    const { status, halt } = await endOf(id)
    expect(status).toBe("halted")
    expect(halt).toMatchObject({
      code: "divergence",
      details: { path: expect.any(String), expected: expect.anything() },
    })
    await crash(id)
    expect((await recordOf(id)).halt).toEqual(halt)

    // The code that fits is deployed again: retry goes on, and nothing was lost.
    registry.deploy(workflow, original)
    await runs.retry(id, {})
    await crash(id)
    const after = await recordOf(id)
    if (after.status !== "completed") await runs.signal(id, "go", null)
    expect(await resultOf(id)).toBe("input")
  })

  it("a workflow that is gone halts the run, which goes on by itself when it is back", async () => {
    vi.useFakeTimers({ toFake: ["Date"] })
    const { id, workflow } = await begin(original)
    await suspended(id)
    await evict(id)
    registry.hide(workflow)
    await runs.signal(id, "go", null)
    expect(await recordOf(id)).toMatchObject({
      status: "halted",
      halt: { code: "workflow_unknown" },
    })
    const alarm = await alarmOf(id)
    expect(alarm).toBeGreaterThan(Date.now())
    vi.setSystemTime(alarm ?? 0)
    await fireAlarm(id)
    expect((await recordOf(id)).status).toBe("halted")
    registry.hide(workflow, false)
    await fireAlarm(id)
    expect(await rowsOf(id, "SELECT status FROM run")).toEqual([{ status: "completed" }])
  })

  it("a cancellation that came while the code was gone is not forgotten", async () => {
    const { id, workflow } = await begin(original)
    await suspended(id)
    await evict(id)
    registry.hide(workflow)
    await runs.cancel(id, { reason: "meanwhile" })
    expect((await recordOf(id)).status).toBe("halted")
    registry.hide(workflow, false)
    expect(await endOf(id)).toMatchObject({ status: "cancelled" })
  })

  it("a caller who waits learns at once that the code is gone", async () => {
    const { id, workflow } = await begin(original)
    await suspended(id)
    await evict(id)
    const startedMs = performance.now()
    const waiting = runs.result(id, 5_000)
    await suspended(id)
    registry.hide(workflow)
    // The object stays, with the one who waits at it; its run is woken anew by the signal.
    await runs.signal(id, "go", null)
    expect((await waiting)?.status).toBe("halted")
    expect(performance.now() - startedMs).toBeLessThan(2_000)
  })
})
