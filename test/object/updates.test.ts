// Updates at the object: accepted ones are answered whatever happens, refused ones leave no trace, keys deduplicate.

import { describe, expect, it } from "vitest"
import { decode } from "../../src/engine/values/codec.ts"
import type { Context, StepContext } from "../../src/engine/workflow/context.ts"
import {
  begin,
  codeOf,
  crash,
  endOf,
  evict,
  journalOf,
  recordOf,
  resultOf,
  rowsOf,
  runs,
  suspended,
} from "./support/runs.ts"
import { watchOf } from "./support/watch.ts"

const note = async (_: StepContext, value: unknown) => value

function* adder(ctx: Context) {
  let sum = 0
  for (;;) {
    const message = yield* ctx.receive<number>("add", {
      validate: (value) => typeof value === "number",
    })
    if (message.value === 0) break
    sum += (yield* ctx.run(note, message.value)) as number
    message.reply(sum)
  }
  return sum
}

describe("promise 7: an update", () => {
  it("is answered by the workflow, over evictions and crashes", async () => {
    const { id } = await begin(adder)
    for (const [n, lose] of [evict, crash, evict].entries()) {
      await lose(id)
      expect(await runs.update(id, "add", 10)).toEqual({
        state: "replied",
        replyText: String((n + 1) * 10),
      })
    }
  })

  it("is answered at once by a workflow that answers at once, also for who does not wait", async () => {
    const { id } = await begin(function* (ctx) {
      const message = yield* ctx.receive("ask")
      message.reply("yes")
      yield* ctx.signal("end")
    })
    const answer = await runs.update(id, "ask", null, { waitMs: 0 })
    expect(answer).toEqual({ state: "replied", replyText: '"yes"' })
  })

  it("accepted survives a crash between acceptance and reply, and is answered once", async () => {
    const calls: number[] = []
    const gate = Promise.withResolvers<void>()
    const work = async ({ attempt }: StepContext) => {
      calls.push(attempt)
      if (attempt === 1) await gate.promise
      return "worked"
    }
    const { id } = await begin(function* (ctx) {
      const message = yield* ctx.receive("ask")
      const answer = yield* ctx.run(work)
      message.reply(answer)
      yield* ctx.signal("end")
      return message.value
    })
    const options = { idempotencyKey: "key", waitMs: 20 }
    expect(await runs.update(id, "ask", "question", options)).toEqual({
      state: "pending",
      key: "key",
    })
    await crash(id)
    expect(await runs.updateAnswer(id, "ask", "key", 3_000)).toMatchObject({ state: "replied" })
    await crash(id)
    // The same key asks again: same answer, nothing new.
    expect(await runs.update(id, "ask", "other", options)).toEqual({
      state: "replied",
      replyText: '"worked"',
    })
    await runs.signal(id, "end", null)
    expect(await resultOf(id)).toBe("question")
    expect(await runs.update(id, "ask", "late", options)).toMatchObject({ state: "replied" })
    expect(calls).toEqual([1, 2])
  })

  it("refused leaves no trace in the journal and costs the run nothing", async () => {
    const { id } = await begin(adder)
    await suspended(id)
    const before = await rowsOf(id, "SELECT * FROM journal")
    const refused = await runs.update(id, "add", "a word", { idempotencyKey: "bad" })
    expect(refused).toMatchObject({ state: "rejected" })
    expect(await rowsOf(id, "SELECT * FROM journal")).toEqual(before)
    await crash(id)
    expect(await runs.update(id, "add", 5, { idempotencyKey: "bad" })).toEqual(refused)
    expect(await runs.update(id, "add", 5)).toMatchObject({ replyText: "5" })
  })

  it("refused while nobody was there is refused when the run looks", async () => {
    const { id } = await begin(function* (ctx) {
      yield* ctx.signal("go")
      const message = yield* ctx.receive<number>("add", {
        validate: (value) => typeof value === "number",
      })
      message.reply("taken")
      return message.value
    })
    const bad = runs.update(id, "add", "bad", { waitMs: 3_000 })
    const good = runs.update(id, "add", 7, { waitMs: 3_000 })
    await runs.signal(id, "go", null)
    expect(await bad).toMatchObject({ state: "rejected" })
    expect(await good).toEqual({ state: "replied", replyText: '"taken"' })
    expect(await resultOf(id)).toBe(7)
  })

  it("rejected by the workflow carries its error", async () => {
    const { id } = await begin(function* (ctx) {
      const message = yield* ctx.receive("ask")
      message.reject(Object.assign(new Error("no"), { code: "not_now", details: { until: 5 } }))
      message.reply("too late: the first answer stands")
      yield* ctx.signal("end")
    })
    const answer = await runs.update(id, "ask", 1, { idempotencyKey: "k" })
    expect(answer.state).toBe("rejected")
    expect(decode(answer.state === "rejected" ? answer.errorText : "null")).toMatchObject({
      message: "no",
      code: "not_now",
      details: { until: 5 },
    })
    await crash(id)
    expect(await runs.updateAnswer(id, "ask", "k", 0)).toEqual(answer)
  })

  it("whose answer was lost with its stretch is answered by the replay", async () => {
    const { id } = await begin(function* (ctx) {
      const message = yield* ctx.receive("ask")
      message.reply("answer")
      yield* ctx.run(note, 1)
      yield* ctx.signal("end")
    })
    await suspended(id)
    const watch = watchOf(id)
    // Record 2 is the consumption, 3 the step after the reply; with it the whole stretch is lost.
    watch.planCrash({ at: "record", number: 3, moment: "before" })
    expect(await runs.update(id, "ask", 1, { waitMs: 3_000 })).toEqual({
      state: "replied",
      replyText: '"answer"',
    })
    expect(watch.hasCrashed).toBe(true)
  })

  it("to a run that ends without answering is told so", async () => {
    const { id } = await begin(function* (ctx) {
      yield* ctx.receive("ask")
      yield* ctx.signal("end")
    })
    const accepted = codeOf(runs.update(id, "ask", 1, { waitMs: 3_000 }))
    const waiting = codeOf(runs.update(id, "other", 1, { waitMs: 3_000 }))
    await runs.signal(id, "end", null)
    expect(await accepted).toBe("run_ended")
    expect(await waiting).toBe("run_ended")
    expect(await codeOf(runs.update(id, "ask", 2, { waitMs: 0 }))).toBe("run_ended")
  })

  it("sent ten times at once with one key is one", async () => {
    const { id } = await begin(adder)
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => runs.update(id, "add", 3, { idempotencyKey: "one" })),
    )
    expect(new Set(answers.map((answer) => JSON.stringify(answer)))).toEqual(
      new Set(['{"state":"replied","replyText":"3"}']),
    )
    await runs.update(id, "add", 0, { waitMs: 0 }).catch(() => undefined)
    expect(await resultOf(id)).toBe(3)
  })

  it("of a key that nobody used is unknown, and asking writes nothing", async () => {
    const { id } = await begin(adder)
    const written = watchOf(id).rowsWritten
    expect(await runs.updateAnswer(id, "add", "nobody", 10)).toBeUndefined()
    expect(watchOf(id).rowsWritten).toBe(written)
  })

  it("of megabytes, and its answer, are kept and freed", async () => {
    const big = "x".repeat(3_000_000)
    const { id } = await begin(function* (ctx) {
      for (;;) {
        const message = yield* ctx.receive<string>("ask")
        if (message.value === "end") return
        message.reply(message.value + message.value)
      }
    })
    const answer = await runs.update(id, "ask", big, { idempotencyKey: "big" })
    expect(answer).toEqual({ state: "replied", replyText: JSON.stringify(big + big) })
    await crash(id)
    expect(await runs.updateAnswer(id, "ask", "big", 0)).toEqual(answer)
    expect((await journalOf(id)).at(0)?.valueText).toBe(JSON.stringify(big))
    await runs.update(id, "ask", "end", { waitMs: 0 }).catch(() => undefined)
    expect((await endOf(id)).status).toBe("completed")
    expect((await recordOf(id)).status).toBe("completed")
  })
})
