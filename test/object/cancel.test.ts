// Promise 14 at the object: cancel unwinds, durably; kill does not.

import { describe, expect, it } from "vitest"
import { decode } from "../../src/engine/values/codec.ts"
import type { Context, StepContext } from "../../src/engine/workflow/context.ts"
import { Constant } from "../../src/engine/steps/retry.ts"
import {
  begin,
  codeOf,
  crash,
  endOf,
  errorOf,
  evict,
  fireAlarm,
  journalOf,
  recordOf,
  rowsOf,
  runs,
  suspended,
  until,
} from "./support/runs.ts"
import { expectAlarmAsOwed } from "./support/alarm-owed.ts"
import { watchOf } from "./support/watch.ts"

type Wait = (ctx: Context) => Generator<unknown, unknown, unknown>

describe("promise 14: cancel", () => {
  /** Waits where the test wants it to; its clean-up is a step, a sleep and a step. */
  function withCleanUp(wait: Wait) {
    const cleaned: string[] = []
    const cleanUp = async ({ attempt }: StepContext, name: string) => {
      cleaned.push(`${name} ${attempt}`)
    }
    function* workflow(ctx: Context): Generator<unknown, void, never> {
      try {
        yield* wait(ctx) as Generator<unknown, unknown, never>
      } finally {
        yield* ctx.run(cleanUp, "first")
        yield* ctx.sleep(20)
        yield* ctx.run(cleanUp, "second")
      }
    }
    return { cleaned, workflow }
  }

  const waits: Readonly<Record<string, Wait>> = {
    *signal(ctx) {
      yield* ctx.signal("never")
    },
    *timer(ctx) {
      yield* ctx.sleep(60_000)
    },
    *promise(ctx) {
      yield* yield* ctx.promise()
    },
    *race(ctx) {
      yield* ctx.race([ctx.signal("never"), ctx.sleep(60_000)])
    },
    *step(ctx) {
      yield* ctx.run(async () => new Promise(() => undefined))
    },
    *retry(ctx) {
      const fail = async () => {
        throw new Error("again")
      }
      yield* ctx.run(fail, ctx.options({ retryPolicy: Constant({ delayMs: 60_000 }) }))
    },
    *"sub-workflow"(ctx) {
      yield* ctx.run(function* inner(innerContext: Context) {
        yield* innerContext.signal("never")
      })
    },
  }

  function waitFor(name: string): Wait {
    const wait = waits[name]
    if (wait === undefined) throw new Error(`There is no way to wait for a ${name}.`)
    return wait
  }

  const losses: Readonly<Record<string, (id: string) => Promise<void>>> = {
    "while it stays": () => Promise.resolve(),
    "over evictions": evict,
    "over crashes": crash,
  }

  describe.each(Object.keys(losses))("%s", (loss) => {
    it.each(Object.keys(waits))("is thrown into a %s and unwinds durably", async (wait) => {
      const { cleaned, workflow } = withCleanUp(waitFor(wait))
      const { id } = await begin(workflow)
      if (loss !== "over evictions" || wait !== "step") await losses[loss]?.(id)
      const asked = await runs.cancel(id, { reason: "changed my mind" })
      expect(["running", "suspended"]).toContain(asked.status)
      await losses[loss]?.(id)
      await expectAlarmAsOwed(id)
      expect(await endOf(id)).toMatchObject({ status: "cancelled" })
      expect(await errorOf(id)).toMatchObject({
        name: "CancelledError",
        message: "changed my mind",
      })
      expect(
        cleaned.map((line) => line.split(" ")[0]).filter((name) => name === "second"),
      ).toHaveLength(1)
      expect(cleaned.at(-1)).toMatch(/^second/)
      await expectAlarmAsOwed(id)
      expect(await rowsOf(id, "SELECT * FROM waits")).toEqual([])
    })
  })

  it("twice is once; after the end it says so", async () => {
    const { cleaned, workflow } = withCleanUp(waitFor("signal"))
    const { id } = await begin(workflow)
    await runs.cancel(id, { reason: "first" })
    await runs.cancel(id, { reason: "second" })
    await endOf(id)
    await runs.cancel(id, { reason: "third" })
    expect(await errorOf(id)).toMatchObject({ message: "first" })
    expect(cleaned).toEqual(["first 1", "second 1"])
    const entries = await journalOf(id)
    const names = entries.filter(({ kind }) => kind === "operator").map(({ name }) => name)
    expect(names).toEqual(["cancel", "unwind"])
  })

  it("is answered with what it came to where there is nothing to clean up", async () => {
    const { id } = await begin(function* (ctx) {
      yield* ctx.signal("never")
    })
    expect((await runs.cancel(id, {})).status).toBe("cancelled")
  })

  it("of a run that ended otherwise is refused", async () => {
    const { id } = await begin(function* () {
      return "done"
    })
    expect(await codeOf(runs.cancel(id, {}))).toBe("wrong_status")
    expect(await codeOf(runs.kill(id, {}))).toBe("wrong_status")
  })

  it("accepted is not forgotten when its first stretch is lost", async () => {
    const { cleaned, workflow } = withCleanUp(waitFor("signal"))
    const { id } = await begin(workflow)
    await suspended(id)
    let failures = 1
    watchOf(id).onStatement = (text) => {
      if (text.startsWith("INSERT INTO journal") && failures-- > 0) throw new Error("On purpose.")
    }
    await runs.cancel(id, {})
    await crash(id)
    await fireAlarm(id)
    expect(await endOf(id)).toMatchObject({ status: "cancelled" })
    expect(cleaned).toEqual(["first 1", "second 1"])
  })

  it("caught by the workflow still ends it as cancelled", async () => {
    const { id } = await begin(function* (ctx) {
      try {
        yield* ctx.signal("never")
      } catch {
        return "I go on"
      }
      return "not reached"
    })
    await runs.cancel(id, {})
    expect(await endOf(id)).toMatchObject({ status: "cancelled" })
  })

  it("while new generations come is heard by one of them", async () => {
    const { id } = await begin(
      function* (ctx: Context, generation: number): Generator<unknown, void, never> {
        yield* ctx.sleep(2)
        yield* ctx.continueAsNew(generation + 1)
      },
      [0],
    )
    await until(
      () => recordOf(id),
      ({ generation }) => generation > 1,
    )
    await runs.cancel(id, {})
    expect(await endOf(id)).toMatchObject({ status: "cancelled" })
  })

  it("that came with the end of a generation is heard by the next", async () => {
    const gate = Promise.withResolvers<void>()
    const { id } = await begin(
      function* (ctx: Context, generation: number): Generator<unknown, void, never> {
        if (generation > 0) return void (yield* ctx.signal("never"))
        yield* ctx.run(() => gate.promise)
        yield* ctx.continueAsNew(generation + 1)
      },
      [0],
    )
    // The step ends and the cancellation comes before the machine has taken up either.
    gate.resolve()
    await runs.cancel(id, {})
    expect(await endOf(id)).toMatchObject({ status: "cancelled" })
  })
})

describe("promise 14: kill", () => {
  it("runs no clean-up, aborts what is in flight and leaves nothing waiting", async () => {
    const seen: string[] = []
    const step = async ({ signal }: StepContext) => {
      signal.addEventListener("abort", () => seen.push("aborted"))
      return new Promise(() => undefined)
    }
    const { id } = await begin(function* (ctx) {
      try {
        yield* ctx.all([ctx.run(step), ctx.sleep(60_000), ctx.signal("never")])
      } finally {
        seen.push("finally")
      }
    })
    const killed = await runs.kill(id, {})
    expect(killed.status).toBe("cancelled")
    expect(decode(killed.errorText ?? "")).toMatchObject({ code: "killed" })
    await expectAlarmAsOwed(id)
    expect(await rowsOf(id, "SELECT * FROM waits")).toEqual([])
    await crash(id)
    expect(await recordOf(id)).toMatchObject({ status: "cancelled" })
    await fireAlarm(id)
    expect(await recordOf(id)).toMatchObject({ status: "cancelled" })
    expect(seen).toEqual(["aborted"])
  })

  it("ends the waits of callers at once", async () => {
    const { id } = await begin(function* (ctx) {
      yield* ctx.signal("never")
    })
    const startedMs = performance.now()
    const result = runs.result(id, 5_000)
    const update = codeOf(runs.update(id, "u", 1, { waitMs: 5_000 }))
    await suspended(id)
    await runs.kill(id, {})
    expect((await result)?.status).toBe("cancelled")
    expect(await update).toBe("run_ended")
    expect(performance.now() - startedMs).toBeLessThan(2_000)
  })

  it("ends a clean-up that never ends", async () => {
    const { id } = await begin(function* (ctx) {
      try {
        yield* ctx.signal("never")
      } finally {
        yield* ctx.signal("never either")
      }
    })
    await runs.cancel(id, {})
    expect((await suspended(id)).waitingFor).toMatchObject([{ name: "never either" }])
    expect((await runs.kill(id, {})).status).toBe("cancelled")
  })
})
