// Acceptance, checkpoints and recovery: what a lost object may repeat and what never, as an outsider sees it.
// Lost processes stand in test/crash/acceptance.test.ts.

import { afterEach, describe, expect, it, vi } from "vitest"
import type { Context, StepContext } from "../../src/engine/workflow/context.ts"
import { arrivalsOf, effectsOf, type Effects } from "../object/support/effects.ts"
import { registry } from "../object/support/registry.ts"
import {
  alarmOf,
  begin,
  codeOf,
  crash,
  endOf,
  evict,
  fireAlarm,
  journalOf,
  newId,
  recordOf,
  resultOf,
  runs,
  suspended,
  until,
} from "../object/support/runs.ts"
import { watchOf } from "../object/support/watch.ts"
import { ask } from "./support/ask.ts"

afterEach(() => {
  vi.useRealTimers()
})

/** Leaves one effect under its key, outside. */
const effect = async (ctx: StepContext, value?: unknown) => {
  await ctx.getDependency<Effects>("effects").apply(ctx.idempotencyKey, ctx.attempt)
  return value
}

/** Hundreds of lost objects. */
const PATIENT_MS = 60_000

const plain = (_: StepContext, value: unknown) => value

describe("check 4: what the outside sees of a step rests on checkpoints that are durable", () => {
  it.each([
    ["synchronous", (make: () => number) => () => make()],
    ["asynchronous", (make: () => number) => async () => make()],
  ])("a %s step's result, sent on by the next", async (_, stepOf) => {
    let made = 0
    const sent: unknown[] = []
    const make = stepOf(() => ++made)
    const send = async (ctx: StepContext, value: number) => {
      sent.push(value)
      await effect(ctx)
      return value
    }
    const workflow = registry.define(function* (ctx) {
      return yield* ctx.run(send, yield* ctx.run(make))
    })
    const id = newId()
    // The object dies as soon as the outside has heard of the value.
    watchOf(id).planCrash({ at: "call", number: 1, moment: "after" })
    await runs.start(id, { workflow, input: [] })
    expect(await resultOf(id)).toBe(1)
    expect(sent).toEqual([1, 1])
    expect(made).toBe(1)
    expect(watchOf(id).hasCrashed).toBe(true)
  })

  it("check 4: an answered start, signal and update are there after a crash", async () => {
    const { id } = await begin(function* (ctx) {
      const message = yield* ctx.receive("ask")
      message.reply("answered")
      return [message.value, yield* ctx.signal("go")]
    })
    await crash(id)
    expect(await runs.update(id, "ask", 1, { idempotencyKey: "k" })).toMatchObject({
      state: "replied",
    })
    await crash(id)
    expect(await runs.update(id, "ask", 1, { idempotencyKey: "k" })).toMatchObject({
      state: "replied",
    })
    await runs.signal(id, "go", 2)
    await crash(id)
    expect(await resultOf(id)).toEqual([1, 2])
  })
})

describe("check 6: of two who wake one run, one outcome wins and both are told it", () => {
  it("check 6: alarms and requests at once after a crash", async () => {
    const gate = Promise.withResolvers<string>()
    const attempts: number[] = []
    const step = async ({ attempt }: StepContext) => {
      attempts.push(attempt)
      return attempt === 1 ? gate.promise : `attempt ${attempt}`
    }
    const { id, workflow } = await begin(function* (ctx) {
      return [yield* ctx.run(step), yield* ctx.signal("go"), yield* ctx.run(effect, "once")]
    })
    await crash(id)
    const wakes = Array.from({ length: 10 }, (_, n) => [
      fireAlarm(id),
      runs.get(id),
      runs.start(id, { workflow, input: [] }),
      runs.signal(id, "go", "signal", "one key"),
      runs.result(id, n),
    ])
    await Promise.all(wakes.flat())
    // The attempt of the former life ends too late: it adopts what stands.
    gate.resolve("attempt 1")
    const told = await Promise.all(Array.from({ length: 10 }, () => resultOf(id)))
    expect(new Set(told.map((each) => JSON.stringify(each)))).toEqual(
      new Set(['["attempt 2","signal","once"]']),
    )
    expect(attempts).toEqual([1, 2])
    expect(await arrivalsOf(id)).toHaveLength(1)
  })

  it("check 6: fifty starts at once make one run", async () => {
    const workflow = registry.define(function* (ctx) {
      return yield* ctx.run(effect, "once")
    })
    const id = newId()
    const started = await Promise.all(
      Array.from({ length: 50 }, () =>
        ask(`POST /v1/runs/${id}?wait=5000`, { body: { workflow } }),
      ),
    )
    expect(started.filter(({ status }) => status === 201)).toHaveLength(1)
    for (const { body } of started) expect(body).toMatchObject({ result: "once" })
    expect(await arrivalsOf(id)).toHaveLength(1)
  })
})

it("check 7: a recovered parent starts its child once, and a recovered child answers its parent", async () => {
  const child = registry.define(function* child(ctx: Context, n: number) {
    const value = yield* ctx.run(effect, n)
    yield* ctx.signal("go")
    return value
  })
  const { id } = await begin(function* (ctx) {
    const begun = yield* ctx.beginRpc(child, 7)
    yield* ctx.publish("child", begun.id)
    return [yield* begun, yield* ctx.run(effect, "end")]
  })
  const childId = JSON.parse((await runs.state(id, "child")) ?? '""') as string
  for (const lose of [crash, evict, crash]) await lose(id)
  await until(
    () => runs.get(childId),
    (run) => run?.status === "suspended",
  )
  for (const lose of [crash, evict]) await lose(childId)
  await crash(id)
  await runs.signal(childId, "go", null)
  expect(await resultOf(id)).toEqual([7, "end"])
  expect(await effectsOf(childId)).toHaveLength(1)
  expect(await recordOf(childId)).toMatchObject({ parent: { id }, generation: 0 })
  expect((await journalOf(id)).filter(({ kind }) => kind === "child")).toMatchObject([
    { attempts: 1, state: "completed" },
  ])
})

it(
  "check 8: a run that loses its host again and again is parked with the reason; a retry gives it as many again",
  async () => {
    vi.useFakeTimers({ toFake: ["Date"] })
    let attempts = 0
    let isDeadly = true
    const deadly = async () => {
      attempts++
      return isDeadly ? new Promise<never>(() => undefined) : "alive"
    }
    const { id } = await begin(function* (ctx) {
      return yield* ctx.run(deadly, ctx.options({ name: "deadly" }))
    })
    const lose = async () => {
      await crash(id)
      // The first alarm finds the attempt lost, the second one begins the next.
      await fireAlarm(id)
      vi.setSystemTime(Date.now() + 30_000)
      await fireAlarm(id)
      return (await recordOf(id)).status
    }
    for (let n = 1; n < 100; n++) expect(await lose()).toBe("running")
    expect(await lose()).toBe("halted")
    const parked = await ask(`GET /v1/runs/${id}`)
    expect(parked.body).toMatchObject({ status: "halted", error: { code: "attempts_lost" } })
    expect(JSON.stringify(parked.body)).toContain("deadly")
    expect(attempts).toBe(100)
    expect(await alarmOf(id)).toBeNull()
    await ask(`POST /v1/runs/${id}/retry`, { body: { reason: "again" } })
    for (let n = 0; n < 3; n++) expect(await lose()).toBe("running")
    isDeadly = false
    await lose()
    expect(await resultOf(id)).toBe("alive")
    expect(attempts).toBe(105)
  },
  PATIENT_MS,
)

describe("check 9: a store that fails between a step's end and its checkpoint", () => {
  // The start of the first step; its outcome with the plain step and the start of the last one; the last outcome.
  it.each([1, 2, 3])("at write %i: every effect is made once", async (write) => {
    const workflow = registry.define(function* (ctx) {
      const values = [yield* ctx.run(effect, 1), yield* ctx.run(plain, 2)]
      values.push(yield* ctx.run(effect, 3))
      return values
    })
    const id = newId()
    let writes = 0
    watchOf(id).onStatement = (text) => {
      if (text.startsWith("INSERT INTO journal") && ++writes === write) {
        throw new Error("The store fails on purpose.")
      }
    }
    const start = () => runs.start(id, { workflow, input: [] })
    // The very start fails with its first write: it was not answered, so it is asked again.
    if ((await codeOf(start())) !== undefined) await start()
    // Where something was called already the stretch is undone with its object: who asks just then hears of the reset.
    await fireAlarm(id).catch(() => undefined)
    const read = () => resultOf(id).catch(() => undefined)
    expect(await until(read, (result) => result !== undefined)).toEqual([1, 2, 3])
    expect(writes).toBeGreaterThan(write)
    const effects = await effectsOf(id)
    expect(effects).toHaveLength(2)
    const arrivals = await arrivalsOf(id)
    expect(new Set(arrivals.map(({ key }) => key)).size).toBe(2)
    expect(arrivals.length).toBeLessThanOrEqual(3)
  })
})

describe("check 10: a cancel that comes about the end", () => {
  interface Meeting {
    readonly id: string
    readonly cancel: () => Promise<void>
    readonly end: () => void
    /** Does it in the very stretch that writes the last step's outcome. */
    readonly whenWritten: (work: () => Promise<void>) => void
  }

  /** In which order the last step ends and the cancel comes, and what the run must be where that is certain. */
  const orders: Readonly<Record<string, readonly [(meeting: Meeting) => unknown, string?]>> = {
    "well before it": [({ cancel, end }) => cancel().then(end), "cancelled"],
    "just before it": [
      ({ cancel, end }) => {
        const cancelled = cancel()
        end()
        return cancelled
      },
    ],
    "just after it": [
      ({ cancel, end }) => {
        end()
        return cancel()
      },
    ],
    "while its record is written": [
      ({ cancel, end, whenWritten }) => {
        whenWritten(cancel)
        end()
      },
      "completed",
    ],
    "well after it": [
      ({ cancel, end, id }) => {
        end()
        return endOf(id).then(cancel)
      },
      "completed",
    ],
  }

  it.each(Object.keys(orders))("%s: it is cancelled or completed, never both", async (order) => {
    const [meet, certain] = orders[order] ?? []
    for (let round = 0; round < 5; round++) {
      const gate = Promise.withResolvers<string>()
      const last = () => gate.promise
      const { id } = await begin(function* (ctx) {
        return yield* ctx.run(last)
      })
      let answer: { readonly code: unknown } | undefined
      await meet?.({
        id,
        cancel: async () => {
          answer = { code: await codeOf(runs.cancel(id, {})) }
        },
        end: () => gate.resolve("done"),
        whenWritten: (work) => {
          watchOf(id).onStatement = (text) => {
            if (!text.startsWith("INSERT INTO journal")) return
            watchOf(id).onStatement = undefined
            void work()
          }
        },
      })
      const record = await endOf(id)
      if (certain !== undefined) expect(record.status).toBe(certain)
      expect(["completed", "cancelled"]).toContain(record.status)
      const isCompleted = record.status === "completed"
      expect(record.resultText).toBe(isCompleted ? '"done"' : undefined)
      expect(record.errorText === undefined).toBe(isCompleted)
      const told = await until(
        () => answer,
        (each) => each !== undefined,
      )
      expect(told).toEqual({ code: isCompleted ? "wrong_status" : undefined })
      await crash(id)
      const after = await recordOf(id)
      expect(after).toEqual({ ...record, rows: after.rows })
    }
  })

  it("check 10: after the last step and before the return, the run is cancelled and has no result", async () => {
    const { id } = await begin(function* (ctx) {
      const value = yield* ctx.run(plain, "done")
      yield* ctx.sleep(60_000)
      return value
    })
    await suspended(id)
    await ask(`POST /v1/runs/${id}/cancel`)
    const ended = await ask(`GET /v1/runs/${id}/result?wait=5000`)
    expect(ended.body).toMatchObject({ status: "cancelled", error: { code: "cancelled" } })
    expect(ended.body).not.toHaveProperty("result")
  })
})
