// Messages that come with a start: they make the run or join it, in one stretch, and are delivered once.

import { describe, expect, it } from "vitest"
import type { Context } from "../../src/engine/workflow/context.ts"
import { registry } from "./support/registry.ts"
import {
  begin,
  codeOf,
  crash,
  doorOf,
  endOf,
  newId,
  recordOf,
  resultOf,
  runs,
  textOf,
  valueIn,
} from "./support/runs.ts"

function* collector(ctx: Context, count: number) {
  const taken: unknown[] = []
  while (taken.length < count) taken.push(yield* ctx.signal("value"))
  return taken
}

function* clerk(ctx: Context, count: number) {
  for (let n = 0; n < count; n++) {
    const message = yield* ctx.receive("ask", { validate: (value) => value !== "bad" })
    message.reply([n, message.value])
  }
  return count
}

describe("a start with a signal", () => {
  it("check 26: before the wait, with the start and after: each once, in order", async () => {
    const workflow = registry.define(collector)
    const id = newId()
    const start = (value: string) =>
      runs.start(id, { workflow, input: [3], signal: { name: "value", value } })
    expect((await start("with the start")).created).toBe(true)
    expect((await start("joined")).created).toBe(false)
    await crash(id)
    await runs.signal(id, "value", "after")
    expect(await resultOf(id)).toEqual(["with the start", "joined", "after"])
  })

  it("that is repeated under its call delivers once", async () => {
    const workflow = registry.define(collector)
    const id = newId()
    const message = {
      workflow,
      inputText: textOf([2]),
      incarnation: crypto.randomUUID(),
      key: "the same call",
      signal: { name: "value", text: textOf("once") },
      waitMs: 0,
    }
    const calls = await Promise.all([1, 2, 3].map(() => doorOf(id).start(id, message)))
    // Each is the call that made the run: it does not know that it was repeated.
    expect(calls.map((answer) => valueIn(answer).created)).toEqual([true, true, true])
    await crash(id)
    await doorOf(id).start(id, message)
    await runs.signal(id, "value", "last")
    expect(await resultOf(id)).toEqual(["once", "last"])
  })

  it("with a key is the same signal in every start, also after the end", async () => {
    const workflow = registry.define(collector)
    const id = newId()
    const start = () =>
      runs.start(id, {
        workflow,
        input: [1],
        signal: { name: "value", value: 1 },
        idempotencyKey: "k",
      })
    await start()
    await endOf(id)
    expect((await start()).run).toMatchObject({ status: "completed", unconsumedSignals: 0 })
  })

  it("is refused by a run that has ended, and by one of another start", async () => {
    const { id, workflow } = await begin(function* () {
      return 1
    })
    const signal = { name: "value", value: 1 }
    expect(await codeOf(runs.start(id, { workflow, input: [], signal }))).toBe("run_ended")
    expect((await runs.start(id, { workflow, input: [] })).created).toBe(false)
    const other = await begin(collector, [1])
    const conflict = runs.start(other.id, { workflow: other.workflow, input: [2], signal })
    expect(await codeOf(conflict)).toBe("run_conflict")
    await runs.signal(other.id, "value", "own")
    expect(await resultOf(other.id)).toEqual(["own"])
  })
})

describe("a start with an update", () => {
  it("check 34: of 100 at once makes one run, and everyone gets an answer", async () => {
    const workflow = registry.define(clerk)
    const id = newId()
    const started = await Promise.all(
      Array.from({ length: 100 }, (_, n) =>
        runs.start(id, { workflow, input: [100], update: { name: "ask", value: n } }),
      ),
    )
    expect(started.filter(({ created }) => created)).toHaveLength(1)
    expect(new Set(started.map(({ run }) => run.incarnation)).size).toBe(1)
    const replies = started.map(({ update }) =>
      update?.state === "replied" ? (JSON.parse(update.replyText) as unknown) : update,
    )
    expect(new Set(replies.map((reply) => JSON.stringify(reply))).size).toBe(100)
    expect(await resultOf(id)).toBe(100)
  })

  it("that is refused leaves the run and no trace", async () => {
    const workflow = registry.define(clerk)
    const id = newId()
    const ask = (value: string) =>
      runs.start(id, { workflow, input: [1], update: { name: "ask", value } })
    expect((await ask("bad")).update?.state).toBe("rejected")
    expect(await recordOf(id)).toMatchObject({ status: "suspended" })
    expect((await ask("good")).update).toEqual({ state: "replied", replyText: textOf([0, "good"]) })
    expect(await resultOf(id)).toBe(1)
  })

  it("that is not answered in time says where to ask", async () => {
    const workflow = registry.define(function* (ctx) {
      const message = yield* ctx.receive("ask")
      yield* ctx.signal("go")
      message.reply("late")
    })
    const id = newId()
    const { update } = await runs.start(id, {
      workflow,
      input: [],
      update: { name: "ask" },
      idempotencyKey: "k",
      waitMs: 10,
    })
    expect(update).toEqual({ state: "pending", key: "k" })
    await runs.signal(id, "go", undefined)
    expect(await runs.updateAnswer(id, "ask", "k", 1_000)).toEqual({
      state: "replied",
      replyText: textOf("late"),
    })
  })
})
