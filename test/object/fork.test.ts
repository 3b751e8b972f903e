// Fork: a new run with the journal of another up to an entry; both go on by themselves.

import { describe, expect, it } from "vitest"
import { decode } from "../../src/engine/values/codec.ts"
import type { Context, StepContext } from "../../src/engine/workflow/context.ts"
import { Never } from "../../src/engine/steps/retry.ts"
import { registry } from "./support/registry.ts"
import {
  alarmOf,
  begin,
  codeOf,
  crash,
  doorOf,
  endOf,
  evict,
  journalOf,
  newId,
  pause,
  recordOf,
  resultOf,
  rowsOf,
  runs,
  suspended,
  tablesOf,
  textOf,
  valueIn,
} from "./support/runs.ts"

const HOUR_MS = 3_600_000

/** A step that notes each call under the run that makes it. */
function counted() {
  const calls: string[] = []
  const step = async (ctx: StepContext, value: unknown) => {
    calls.push(`${decodeURIComponent(ctx.idempotencyKey.split("/")[0] ?? "")} ${String(value)}`)
    return value
  }
  return { calls, step }
}

function notes(entries: Awaited<ReturnType<typeof journalOf>>) {
  return entries
    .filter(({ kind }) => kind === "operator")
    .map(({ name, valueText }) => [name, decode(valueText ?? "null")])
}

describe.each([
  ["while they stay", async () => undefined],
  ["over evictions", evict],
  ["over crashes", crash],
] as const)("check 51: a fork, %s,", (_, away) => {
  it("keeps the results before the entry and makes what follows itself", async () => {
    const { calls, step } = counted()
    const { id } = await begin(
      function* (ctx, name: string) {
        yield* ctx.publish("name", name)
        return [yield* ctx.run(step, 1), yield* ctx.run(step, 2), yield* ctx.run(step, 3)]
      },
      ["Ada"],
      { tags: { team: "red" } },
    )
    await endOf(id)
    const before = await journalOf(id)
    const to = newId()
    await away(id)
    const { created, run } = await runs.fork(id, { to, from: "2", by: "Bob", reason: "again" })
    expect(created).toBe(true)
    expect(run).toMatchObject({ id: to, inputText: textOf(["Ada"]), tags: { team: "red" } })
    await away(to)
    expect(await resultOf(to)).toEqual([1, 2, 3])
    expect(calls).toEqual([`${id} 1`, `${id} 2`, `${id} 3`, `${to} 2`, `${to} 3`])
    expect(await runs.state(to, "name")).toBe(textOf("Ada"))
    const source = await recordOf(id)
    const copy = await recordOf(to)
    expect(notes(await journalOf(to))).toEqual([
      [
        "fork",
        { by: "Bob", reason: "again", from: { id, incarnation: source.incarnation, path: "2" } },
      ],
    ])
    const after = await journalOf(id)
    expect(after.slice(0, -1)).toEqual(before)
    expect(notes(after)).toEqual([
      ["fork", { by: "Bob", reason: "again", to: { id: to, incarnation: copy.incarnation } }],
    ])
    expect(source.status).toBe("completed")
  })

  it("keeps a timer's deadline", async () => {
    const { id } = await begin(function* (ctx) {
      const timer = yield* ctx.beginRun(function* sleeper(inner: Context) {
        yield* inner.sleep(HOUR_MS)
      })
      yield* ctx.run(async () => "beside")
      yield* ctx.run(async () => "after it began")
      yield* timer
    })
    const [{ untilMs } = {}] = (await suspended(id)).waitingFor
    const to = newId()
    await pause(20)
    await runs.fork(id, { to, from: "2" })
    await away(to)
    expect((await suspended(to)).waitingFor).toEqual([expect.objectContaining({ untilMs })])
    expect(await alarmOf(to)).toBe(untilMs)
  })

  it("has promises of its own where they are open, and their outcomes where they are settled", async () => {
    const { id } = await begin(function* (ctx) {
      const settled = yield* ctx.promise<string>()
      yield* ctx.publish("settled", settled.token)
      const first = yield* settled
      const open = yield* ctx.promise<string>()
      yield* ctx.publish("open", open.token)
      return [first, yield* open]
    })
    await suspended(id)
    const token = async (run: string, name: string) =>
      String(decode((await runs.state(run, name)) ?? "null"))
    await runs.settlePromise(await token(id, "settled"), { type: "resolve", value: "kept" })
    await suspended(id)
    const to = newId()
    // From the entry after the second promise: it is open there, and nothing was given its token.
    await runs.fork(id, { to, from: "3" })
    await suspended(to)
    await away(to)
    const mine = await token(to, "open")
    expect(mine).not.toBe(await token(id, "open"))
    await runs.settlePromise(await token(id, "open"), { type: "resolve", value: "the source's" })
    expect(await resultOf(id)).toEqual(["kept", "the source's"])
    expect((await recordOf(to)).status).toBe("suspended")
    await runs.settlePromise(mine, { type: "resolve", value: "the copy's" })
    expect(await resultOf(to)).toEqual(["kept", "the copy's"])
  })

  it("shows the workflow the token that it has given on already, and waits under one of its own", async () => {
    const send = async (_: StepContext, token: string) => token
    const { id } = await begin(function* (ctx) {
      const promise = yield* ctx.promise<string>()
      const sent = yield* ctx.run(send, promise.token)
      const signal = yield* ctx.beginRun(function* waiter(inner: Context) {
        return yield* inner.signal("go")
      })
      return [sent === promise.token, yield* promise, yield* signal]
    })
    await suspended(id)
    const to = newId()
    await runs.fork(id, { to, from: "2" })
    await away(to)
    const [{ token } = {}] = (await suspended(to)).waitingFor.filter(
      ({ kind }) => kind === "promise",
    )
    await runs.settlePromise(token ?? "", { type: "resolve", value: "own" })
    await runs.signal(to, "go", 1)
    expect(await resultOf(to)).toEqual([true, "own", 1])
    expect((await recordOf(id)).status).toBe("suspended")
  })

  it("does not take the messages that were sent to the other and not consumed", async () => {
    const { step } = counted()
    const { id } = await begin(function* (ctx) {
      const first = yield* ctx.signal("a")
      const message = yield* ctx.receive("ask")
      message.reply("yes")
      yield* ctx.run(step, 1)
      return [first, message.value, yield* ctx.signal("b")]
    })
    for (const value of [1, 2]) await runs.signal(id, "a", value)
    await runs.update(id, "ask", "asked")
    await suspended(id)
    const to = newId()
    await runs.fork(id, { to, from: "2" })
    await away(to)
    await suspended(to)
    await runs.signal(to, "b", "to the copy")
    expect(await resultOf(to)).toEqual([1, "asked", "to the copy"])
    expect(await recordOf(to)).toMatchObject({ unconsumedSignals: 0 })
    await runs.signal(id, "b", "to the source")
    expect(await recordOf(id)).toMatchObject({ unconsumedSignals: 1 })
  })

  it("begins children of its own", async () => {
    const child = registry.define(function* child(ctx: Context) {
      return yield* ctx.signal("go")
    })
    const { step } = counted()
    const { id } = await begin(function* (ctx): Generator<unknown, unknown, never> {
      const future = yield* ctx.beginRpc(child)
      yield* ctx.run(step, 1)
      return yield* future
    })
    const [{ id: first } = {}] = (await suspended(id)).waitingFor
    const to = newId()
    await runs.fork(id, { to, from: "1" })
    await away(to)
    const [{ id: second } = {}] = (await suspended(to)).waitingFor
    expect(second).not.toBe(first)
    await suspended(second ?? "")
    await runs.signal(second ?? "", "go", "second")
    expect(await resultOf(to)).toBe("second")
    expect((await recordOf(id)).status).toBe("suspended")
  })

  it("of a later generation goes on in it, with the input of both", async () => {
    const { calls, step } = counted()
    const { id } = await begin(
      function* (ctx: Context, n: number): Generator<unknown, unknown, never> {
        yield* ctx.run(step, n)
        if (n < 2) return yield* ctx.continueAsNew(n + 1)
        return yield* ctx.run(step, "last")
      },
      [0],
    )
    await endOf(id)
    const to = newId()
    await runs.fork(id, { to, from: "1" })
    await away(to)
    expect(await resultOf(to)).toBe("last")
    expect(await recordOf(to)).toMatchObject({ inputText: textOf([0]), generation: 2 })
    expect(calls.filter((call) => call.startsWith(`${to} `))).toEqual([`${to} last`])
  })
})

describe("a fork", () => {
  it("goes on, on another version", async () => {
    const name = registry.define(function* mended(ctx: Context) {
      yield* ctx.run(() => "first")
      return yield* ctx.run(
        () => {
          throw new Error("a bug")
        },
        ctx.options({ name: "second", retryPolicy: Never() }),
      )
    })
    registry.register(
      name,
      function* mended(ctx: Context) {
        yield* ctx.run(() => "first")
        return yield* ctx.run(() => "mended", ctx.options({ name: "second" }))
      },
      { version: 2 },
    )
    const id = newId()
    await runs.start(id, { workflow: name, input: [], version: 1 })
    expect((await endOf(id)).status).toBe("failed")
    const to = newId()
    await runs.fork(id, { to, from: "1", version: 2 })
    expect(await resultOf(to)).toBe("mended")
    expect(await recordOf(to)).toMatchObject({ version: 2 })
    expect(await codeOf(runs.fork(id, { to: newId(), from: "1", version: 3 }))).toBe(
      "version_unknown",
    )
  })

  it("asked for again is the same run; anything else under its id is refused", async () => {
    const { step } = counted()
    const { id } = await begin(function* (ctx) {
      return [yield* ctx.run(step, 1), yield* ctx.run(step, 2)]
    })
    await endOf(id)
    const to = newId()
    const first = await runs.fork(id, { to, from: "1" })
    const again = await runs.fork(id, { to, from: "1" })
    expect(again).toMatchObject({
      created: false,
      run: { id: to, incarnation: first.run.incarnation },
    })
    expect(notes(await journalOf(id))).toHaveLength(1)
    for (const other of [
      { to, from: "0" },
      { to: id, from: "1" },
    ]) {
      expect(await codeOf(runs.fork(id, other))).toBe("run_conflict")
    }
    const stands = await begin(function* () {
      return 1
    })
    expect(await codeOf(runs.fork(id, { to: stands.id, from: "1" }))).toBe("run_conflict")
    await endOf(to)
    await runs.delete(to)
    expect((await runs.fork(id, { to, from: "0" })).created).toBe(true)
  })

  it("check 50: from an unknown path is refused, naming what is nearest, and makes no run", async () => {
    const { step } = counted()
    const { id } = await begin(function* (ctx) {
      yield* ctx.run(step, 1)
      yield* ctx.run(step, 2, ctx.options({ name: "charge" }))
    })
    await endOf(id)
    const to = newId()
    expect(await codeOf(runs.fork(id, { to, from: "5" }))).toBe("path_unknown")
    await expect(runs.fork(id, { to, from: "5" })).rejects.toThrow("nearest are 1 (charge)")
    await expect(runs.fork(id, { to, from: "charge" })).rejects.toThrow("nearest are 1 (charge)")
    expect(await codeOf(runs.fork("no such run", { to, from: "0" }))).toBe("run_unknown")
    expect(await tablesOf(to)).toEqual([])
  })

  it("carries values that go through no single call together", async () => {
    const big = (_: StepContext, n: number) => String(n).repeat(9_000_000)
    const { id } = await begin(function* (ctx) {
      let length = 0
      for (let n = 1; n <= 4; n++) length += (yield* ctx.run(big, n)).length
      return [length, yield* ctx.run(() => "last")]
    })
    await endOf(id)
    const to = newId()
    await runs.fork(id, { to, from: "4" })
    expect(await resultOf(to)).toEqual([36_000_000, "last"])
  })

  it("that broke off leaves no run, and its id is free", async () => {
    const { step } = counted()
    const { id } = await begin(function* (ctx) {
      return [yield* ctx.run(step, 1), yield* ctx.run(step, 2)]
    })
    await endOf(id)
    const to = newId()
    const { head, lines } = valueIn(await doorOf(id).forkPage(id, { from: "1" }, undefined))
    if (head === undefined) throw new Error("The first page has no head.")
    const page = { fork: "broken off", firstLine: 0, lines: lines.slice(0, 1) }
    expect(valueIn(await doorOf(to).stageFork(page))).toBe(true)
    await crash(to)
    expect(await runs.get(to)).toBeUndefined()
    const begun = doorOf(to).beginFork(to, {
      fork: "broken off",
      lines: lines.length,
      head,
      incarnation: crypto.randomUUID(),
      action: {},
    })
    expect(await begun).toMatchObject({ ok: false, code: "overloaded" })
    const workflow = registry.define(function* other() {
      return "another run"
    })
    await runs.start(to, { workflow, input: [] })
    expect(await resultOf(to)).toBe("another run")
    expect(await rowsOf(to, "SELECT * FROM staged")).toEqual([])
  })

  it("of a run that is paused goes on; the other stays paused", async () => {
    const { step } = counted()
    const { id } = await begin(function* (ctx) {
      yield* ctx.run(step, 1)
      yield* ctx.signal("go")
    })
    await suspended(id)
    await runs.pause(id, {})
    const to = newId()
    await runs.fork(id, { to, from: "1" })
    await suspended(to)
    await runs.signal(to, "go", 1)
    expect((await endOf(to)).status).toBe("completed")
    expect((await recordOf(id)).status).toBe("paused")
    expect(notes(await journalOf(id)).map(([name]) => name)).toEqual(["pause", "fork"])
    await runs.resume(id, {})
    await runs.signal(id, "go", 1)
    expect((await endOf(id)).status).toBe("completed")
  })

  it("can be taken back in the copy, where a message of the other is no message of its own", async () => {
    let fails = true
    const check = async () => {
      if (fails) throw new Error("once")
    }
    const { id } = await begin(function* (ctx) {
      const message = yield* ctx.receive("ask")
      message.reply("yes")
      const signal = yield* ctx.signal("s")
      yield* ctx.run(check, ctx.options({ retryPolicy: Never() }))
      return [message.value, signal]
    })
    await runs.update(id, "ask", "first")
    await runs.signal(id, "s", "kept")
    await endOf(id)
    const to = newId()
    await runs.fork(id, { to, from: "2" })
    expect((await endOf(to)).status).toBe("failed")
    fails = false
    await runs.retry(to, { from: "0" })
    await suspended(to)
    expect(await rowsOf(to, "SELECT name FROM inbox")).toEqual([{ name: "s" }])
    await runs.update(to, "ask", "second")
    expect(await resultOf(to)).toEqual(["second", "kept"])
  })
})
