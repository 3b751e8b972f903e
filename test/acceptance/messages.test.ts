// Acceptance, signals, promises, queries, updates: how a run is talked to, as an outsider sees it.
// Tokens of promises stand in promise-tokens.test.ts.

import { afterEach, describe, expect, it, vi } from "vitest"
import type { Context } from "../../src/engine/workflow/context.ts"
import { registry } from "../object/support/registry.ts"
import {
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
  rowsOf,
  runs,
  suspended,
} from "../object/support/runs.ts"
import { watchOf } from "../object/support/watch.ts"
import { ask } from "./support/ask.ts"

afterEach(() => {
  vi.useRealTimers()
})

/** Takes so many signals of two names, in turns. */
function* takesTurns(ctx: Context, rounds: number) {
  const taken: Record<string, unknown[]> = { a: [], b: [] }
  for (let n = 0; n < rounds; n++) {
    for (const name of ["a", "b"]) taken[name]?.push(yield* ctx.signal(name))
  }
  return taken
}

describe("check 26: a signal is delivered once, in order, per name", () => {
  it("check 26: sent before the start, with it, before the wait and after it", async () => {
    const workflow = registry.define(takesTurns)
    const id = newId()
    const signal = (name: string, value: unknown, key?: string) =>
      ask(`POST /v1/runs/${id}/signals/${name}`, {
        body: value,
        ...(key === undefined ? {} : { headers: { "idempotency-key": key } }),
      })
    // Before there is a run there is nobody to keep it; with the start it makes the run.
    expect(await signal("a", "too early")).toMatchObject({ status: 404, code: "run_unknown" })
    const body = { workflow, input: [3], signal: { name: "b", value: "b1" } }
    expect((await ask(`POST /v1/runs/${id}`, { body })).status).toBe(201)
    // "b" is taken only after an "a": these come before their wait, and wait in order.
    await signal("b", "b2", "key of b2")
    await signal("b", "b2", "key of b2")
    await crash(id)
    for (const value of ["a1", "a2", "a3"]) await signal("a", value, `key of ${value}`)
    await signal("a", "a1", "key of a1")
    await evict(id)
    expect((await signal("b", "b3")).status).toBe(202)
    expect(await resultOf(id)).toEqual({ a: ["a1", "a2", "a3"], b: ["b1", "b2", "b3"] })
    expect(await recordOf(id)).toMatchObject({ unconsumedSignals: 0 })
  })

  it("check 26: sent by fifty at once, each is there once", async () => {
    const { id } = await begin(function* (ctx) {
      const taken = new Set<unknown>()
      for (let n = 0; n < 50; n++) taken.add(yield* ctx.signal("a"))
      return taken.size
    })
    const sent = Array.from({ length: 50 }, (_, n) => runs.signal(id, "a", n, `key ${n}`))
    await crash(id)
    await Promise.all(sent)
    await Promise.all(Array.from({ length: 50 }, (_, n) => runs.signal(id, "a", n, `key ${n}`)))
    expect(await resultOf(id)).toBe(50)
    expect(await recordOf(id)).toMatchObject({ unconsumedSignals: 0 })
  })
})

describe("check 27: who sends a signal", () => {
  const send = async (_: unknown, id: string, value: unknown) => {
    await runs.signal(id, "value", value, `from ${String(value)}`)
  }

  it("check 27: a step, a step to its own run, another run, a child, HTTP", async () => {
    const child = registry.define(function* child(ctx: Context, parent: string) {
      yield* ctx.run(send, parent, "a child")
    })
    const { id } = await begin(function* (ctx) {
      const taken: unknown[] = []
      yield* ctx.run(send, ctx.id, "itself")
      taken.push(yield* ctx.signal("value"))
      yield* ctx.rpc(child, ctx.id)
      for (let n = 0; n < 3; n++) taken.push(yield* ctx.signal("value"))
      return taken
    })
    await suspended(id)
    const other = await begin(
      function* (ctx: Context, to: string) {
        yield* ctx.run(send, to, "another run")
      },
      [id],
    )
    await endOf(other.id)
    await ask(`POST /v1/runs/${id}/signals/value`, { body: "HTTP", role: "start" })
    expect(await resultOf(id)).toEqual(["itself", "a child", "another run", "HTTP"])
  })

  it("check 27: to a run that has ended it is refused, clearly, by every way", async () => {
    const { id } = await begin(function* () {
      return 1
    })
    await endOf(id)
    const refused = await ask(`POST /v1/runs/${id}/signals/value`, { body: 1 })
    expect(refused).toMatchObject({ status: 409, code: "run_ended" })
    expect(refused.message).toContain(id)
    const other = await begin(
      function* (ctx: Context, to: string) {
        try {
          yield* ctx.run(send, to, 1, ctx.options({ timeoutMs: 100 }))
        } catch (error) {
          return (error as { code?: unknown }).code
        }
        return "sent"
      },
      [id],
    )
    expect(await resultOf(other.id)).toBe("run_ended")
    const nobody = await ask("POST /v1/runs/nobody/signals/value", { body: 1 })
    expect(nobody).toMatchObject({ status: 404, code: "run_unknown" })
    expect(nobody.message).toContain("nobody")
  })
})

describe("check 28: a waiter that timed out takes no signal", () => {
  function* patient(ctx: Context, ms: number) {
    let first: unknown
    try {
      first = yield* ctx.signal("s", { timeoutMs: ms })
    } catch (error) {
      first = (error as Error).name
    }
    return [first, yield* ctx.signal("s")]
  }

  it.each([
    ["in memory", () => Promise.resolve()],
    ["evicted", evict],
    ["crashed", crash],
  ])("%s: the next one gets it", async (_, lose) => {
    vi.useFakeTimers({ toFake: ["Date"] })
    const { id } = await begin(patient, [60_000])
    await suspended(id)
    await lose(id)
    // Due, but nobody has looked yet: the timer was there first, whoever wakes the run.
    vi.setSystemTime(Date.now() + 60_000)
    await runs.signal(id, "s", "kept")
    expect(await resultOf(id)).toEqual(["TimeoutError", "kept"])
  })

  it("check 28: nor does the loser of a race, and one that came in time is not lost", async () => {
    vi.useFakeTimers({ toFake: ["Date"] })
    const { id } = await begin(function* (ctx) {
      const keys: unknown[] = []
      for (let n = 0; n < 2; n++) {
        const { key } = yield* ctx.race({ s: ctx.signal("s"), nap: ctx.sleep(1_000) })
        keys.push(key)
      }
      return [...keys, yield* ctx.signal("s")]
    })
    await suspended(id)
    vi.setSystemTime(Date.now() + 1_000)
    await fireAlarm(id)
    await runs.signal(id, "s", "taken by the second race")
    await runs.signal(id, "s", "last")
    expect(await resultOf(id)).toEqual(["nap", "s", "last"])
  })
})

describe("check 31: a webhook is answered by the run that waits for it", () => {
  function* hook(ctx: Context) {
    const first = yield* ctx.receive<{ order: number }>("hook")
    first.reply({ accepted: first.value.order })
    yield* ctx.receive("hook")
    yield* ctx.signal("end")
  }

  it("check 31: with its reply, or where to ask; after the end with 409, and known replies stay", async () => {
    const { id, workflow } = await begin(hook)
    const call = (body: unknown, key: string) =>
      ask(`POST /v1/runs/${id}/updates/hook?wait=50`, {
        body,
        role: "start",
        headers: { "idempotency-key": key },
      })
    const answered = await call({ order: 7 }, "first")
    expect(answered).toMatchObject({ status: 200, body: { reply: { accepted: 7 } } })
    const missing = await call({ order: 8 }, "second")
    expect(missing.status).toBe(202)
    const { statusUrl } = missing.body as { statusUrl: string }
    expect(await ask(`GET ${statusUrl}`, { role: "read" })).toMatchObject({
      status: 202,
      body: { statusUrl },
    })
    await runs.signal(id, "end", null)
    await endOf(id)
    for (const late of [await ask(`GET ${statusUrl}`), await call({ order: 9 }, "third")]) {
      expect(late).toMatchObject({ status: 409, code: "run_ended" })
    }
    expect(await call({ order: 7 }, "first")).toMatchObject({ body: answered.body })
    // Once the ended run is deleted, the same address is answered by the next one.
    expect((await ask(`DELETE /v1/runs/${id}`)).status).toBe(204)
    expect(await call({ order: 7 }, "first")).toMatchObject({ status: 404, code: "run_unknown" })
    await runs.start(id, { workflow, input: [] })
    expect(await call({ order: 10 }, "first")).toMatchObject({
      status: 200,
      body: { reply: { accepted: 10 } },
    })
  })
})

describe("check 32: a query", () => {
  function* shows(ctx: Context) {
    yield* ctx.publish("progress", { done: 1, at: new Date(0) })
    yield* ctx.publish("two words", 2)
    yield* ctx.signal("go")
    yield* ctx.publish("progress", { done: 2, at: new Date(0) })
  }

  it("check 32: sees the state and writes nothing, whatever the run is doing", async () => {
    const { id } = await begin(shows)
    await suspended(id)
    const before = await journalOf(id)
    const { rowsWritten, alarmsSet } = watchOf(id)
    const query = (name: string) => ask(`GET /v1/runs/${id}/state/${name}`, { role: "read" })
    const shown = { status: 200, body: { done: 1, at: "1970-01-01T00:00:00.000Z" } }
    expect(await query("progress")).toMatchObject(shown)
    expect(await query("two%20words")).toMatchObject({ status: 200, body: 2 })
    await crash(id)
    const all = await Promise.all(Array.from({ length: 20 }, () => query("progress")))
    for (const answer of all) expect(answer).toMatchObject(shown)
    expect(await journalOf(id)).toEqual(before)
    expect(watchOf(id)).toMatchObject({ rowsWritten, alarmsSet })
    await runs.signal(id, "go", null)
    await endOf(id)
    await crash(id)
    expect(await query("progress")).toMatchObject({ status: 200, body: { done: 2 } })
  })

  it("check 32: what is wrong with it is said by different codes", async () => {
    const { id } = await begin(shows)
    await suspended(id)
    const wrong: Readonly<Record<string, readonly [number, string, string]>> = {
      [`GET /v1/runs/${id}/state/nothing`]: [404, "state_unknown", "nothing"],
      "GET /v1/runs/nobody/state/progress": [404, "run_unknown", "nobody"],
      [`GET /v1/runs/${id}/state/progress?values=xml`]: [400, "invalid_request", "xml"],
      [`GET /v1/runs/${"x".repeat(257)}/state/progress`]: [400, "invalid_id", "256"],
      [`POST /v1/runs/${id}/state/progress`]: [405, "method_not_allowed", "GET"],
    }
    for (const [line, [status, code, word]] of Object.entries(wrong)) {
      const answer = await ask(line)
      expect(answer).toMatchObject({ status, code })
      expect(answer.message).toContain(word)
    }
  })
})

describe("check 33: an update", () => {
  function* account(ctx: Context) {
    let balance = 0
    for (;;) {
      const message = yield* ctx.receive<number>("add", {
        validate: (value) => {
          if (typeof value !== "number") throw new Error("An amount is a number.")
          return Number.isInteger(value)
        },
      })
      if (message.value === 0) return balance
      yield* ctx.signal(`clear ${message.value}`)
      balance += message.value
      message.reply(balance)
    }
  }

  it("check 33: refused by the validator leaves no history and no key", async () => {
    const { id } = await begin(account)
    await suspended(id)
    const rows = await rowsOf(id, "SELECT * FROM journal")
    for (const body of ["five", 1.5, null]) {
      const refused = await ask(`POST /v1/runs/${id}/updates/add`, { body })
      expect(refused).toMatchObject({ status: 422, code: "rejected" })
      expect(refused.message).not.toBe("")
    }
    expect(await rowsOf(id, "SELECT * FROM journal")).toEqual(rows)
    expect((await ask(`GET /v1/runs/${id}/journal`)).body).toMatchObject({
      entries: [{ kind: "update", state: "waiting" }],
    })
  })

  it("check 33: is accepted once per key, and answered after its host was lost between", async () => {
    const { id } = await begin(account)
    const add = (amount: number, key: string, wait = 0) =>
      ask(`POST /v1/runs/${id}/updates/add?wait=${wait}`, {
        body: amount,
        headers: { "idempotency-key": key },
      })
    const accepted = await add(5, "five")
    expect(accepted.status).toBe(202)
    for (const lose of [crash, evict, crash]) {
      await lose(id)
      expect(await add(5, "five")).toEqual(accepted)
    }
    const { statusUrl } = accepted.body as { statusUrl: string }
    const waiting = ask(`GET ${statusUrl}&wait=5000`)
    await runs.signal(id, "clear 5", null)
    expect(await waiting).toMatchObject({ status: 200, body: { reply: 5 } })
    await crash(id)
    expect(await add(5, "five")).toMatchObject({ status: 200, body: { reply: 5 } })
    await add(0, "end")
    expect(await resultOf(id)).toBe(5)
  })
})

it("check 34: of a hundred callers at once with an update one makes the run, and all are answered", async () => {
  const workflow = registry.define(function* counter(ctx: Context) {
    const seen: unknown[] = []
    while (seen.length < 100) {
      const message = yield* ctx.receive("join")
      seen.push(message.value)
      message.reply(seen.length)
    }
    return new Set(seen).size
  })
  const id = newId()
  const answers = await Promise.all(
    Array.from({ length: 100 }, (_, n) =>
      ask(`POST /v1/runs/${id}`, {
        body: { workflow, update: { name: "join", value: n } },
        role: "start",
      }),
    ),
  )
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(1)
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(99)
  const replies = answers.map(({ body }) => (body as { update: { reply: number } }).update.reply)
  expect(replies.sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, n) => n + 1))
  expect(await resultOf(id)).toBe(100)
  const late = runs.start(id, { workflow, input: [], update: { name: "join", value: 100 } })
  expect(await codeOf(late)).toBe("run_ended")
})
