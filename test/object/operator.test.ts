// Retry and skip at the object: the journal is cut back, and nothing that was accepted is lost.

import { describe, expect, it } from "vitest"
import type { Context, StepContext } from "../../src/engine/workflow/context.ts"
import { Never } from "../../src/engine/steps/retry.ts"
import {
  begin,
  codeOf,
  crash,
  endOf,
  recordOf,
  resultOf,
  rowsOf,
  runs,
  suspended,
  textOf,
} from "./support/runs.ts"

describe("retry and skip of a run that failed", () => {
  function failing(failures: number) {
    let calls = 0
    const step = async (ctx: StepContext) => {
      if (++calls <= failures) throw new Error(`failure ${calls}`)
      return `attempt ${ctx.attempt}`
    }
    return function* (ctx: Context) {
      yield* ctx.run(() => "first")
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
    const check = () => {
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

  it("a sub-workflow that has not ended is not skipped; the step in it that stands in the way is", async () => {
    const { id } = await begin(function* (ctx) {
      return yield* ctx.run(function* inner(inside: Context) {
        const value = yield* inside.run(() => "bad")
        yield* inside.panic(value === "bad")
        return value
      })
    })
    expect((await recordOf(id)).status).toBe("halted")
    expect(await codeOf(runs.skip(id, { path: "0", value: 1 }))).toBe("invalid_request")
    await runs.skip(id, { path: "0.0", value: "given" })
    expect(await resultOf(id)).toBe("given")
  })

  it("a sub-workflow that failed is skipped as a whole", async () => {
    const { id } = await begin(function* (ctx) {
      return yield* ctx.run(function* inner(inside: Context): Generator<unknown, string, never> {
        yield* inside.run(() => "before")
        throw new Error("failed")
      })
    })
    expect((await endOf(id)).status).toBe("failed")
    await runs.skip(id, { path: "0", value: "given" })
    expect(await resultOf(id)).toBe("given")
    await crash(id)
    expect(await resultOf(id)).toBe("given")
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

describe("retry forgets no more than it must", () => {
  it("promise 1: without a path it goes past a failure that was handled, and repeats no step", async () => {
    let charges = 0
    let bad = true
    const refuse = async () => {
      throw new Error("refused")
    }
    const charge = async () => ++charges
    const { id } = await begin(function* (ctx: Context) {
      try {
        yield* ctx.run(refuse, ctx.options({ retryPolicy: Never() }))
      } catch {
        // Handled: the run goes on without it.
      }
      yield* ctx.run(charge)
      if (bad) throw new Error("a bug in the workflow")
      return "done"
    })
    expect((await endOf(id)).status).toBe("failed")
    bad = false
    await runs.retry(id, {})
    expect(await resultOf(id)).toBe("done")
    expect(charges).toBe(1)
  })

  it("promise 2: from a path the attempts of the later steps go on from their numbers", async () => {
    const first = async () => null
    const pay = async (ctx: StepContext) => {
      if (ctx.attempt === 1) throw new Error("not yet")
      return ctx.attempt
    }
    const { id } = await begin(function* (ctx: Context) {
      yield* ctx.run(first)
      const attempt = yield* ctx.run(pay, ctx.options({ retryPolicy: Never() }))
      return attempt
    })
    expect((await endOf(id)).status).toBe("failed")
    await runs.retry(id, { from: "0" })
    expect(await resultOf(id)).toBe(2)
  })
})

describe("what a retry without a path goes back to", () => {
  it("after a panic: the last step, not the time that was asked for behind it", async () => {
    const attempts: number[] = []
    const { id } = await begin(function* (ctx) {
      const ok = yield* ctx.run(function look(step: StepContext) {
        attempts.push(step.attempt)
        return step.attempt > 1
      })
      yield* ctx.date.now()
      yield* ctx.assert(ok, "look again")
      return "seen"
    })
    expect((await endOf(id)).status).toBe("halted")
    await runs.retry(id, {})
    expect(await resultOf(id)).toBe("seen")
    expect(attempts).toEqual([1, 2])
  })
})
