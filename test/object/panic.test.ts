// Promise 9 at the object: a panic halts the run durably, and what a person can do then.

import { afterEach, describe, expect, it, vi } from "vitest"
import { decode } from "../../src/engine/values/codec.ts"
import type { Context } from "../../src/engine/workflow/context.ts"
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
} from "./support/runs.ts"

afterEach(() => {
  vi.useRealTimers()
})

/** Asks a step, panics when it says "bad", and writes down whether user code saw the panic. */
function panicking(answers: string[]) {
  const calls: string[] = []
  const caught: string[] = []
  const ask = async () => {
    const answer = answers.shift() ?? "bad"
    calls.push(answer)
    return answer
  }
  const prepare = () => {
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

  it("check 55: the marker of a patch before it is no step, for retry nor for skip", async () => {
    const answers = ["bad", "good"]
    const { id } = await begin(function* (ctx) {
      const answer = yield* ctx.run(async () => answers.shift())
      const isPatched = yield* ctx.patched("audit")
      yield* ctx.panic(answer === "bad", "the books do not balance")
      return [answer, isPatched]
    })
    expect(await endOf(id)).toMatchObject({ status: "halted" })
    const skip = runs.skip(id, { path: "patch:audit", value: false })
    expect(await codeOf(skip)).toBe("invalid_request")
    await runs.retry(id, {})
    expect(await resultOf(id)).toEqual(["good", true])
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
      const value = yield* ctx.run(() => "bad")
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
