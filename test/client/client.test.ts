// Client over a fake server: which route each method asks, with which key, what is asked again and what is not.
import { describe, expect, test, vi } from "vitest"
import { BelayClientError, BelayRunError, createClient } from "../../src/client/index.ts"
import { entry, fakeServer, json, refusal, run, type Answer } from "./support/fake-server.ts"

function given(...answers: readonly Answer[]) {
  const server = fakeServer(...answers)
  return {
    ...server,
    client: createClient({ url: "http://belay/", fetch: server.fetch, token: "t" }),
  }
}

async function errorOf(asked: Promise<unknown>): Promise<BelayClientError> {
  try {
    await asked
  } catch (error) {
    return error as BelayClientError
  }
  throw new Error("Nothing was thrown.")
}

describe("what is asked", () => {
  test("start sends workflow and input, and tells whether the run is new", async () => {
    const { client, asked } = given(json(run({ status: "running" }), 201), json(run()))
    const started = await client.start("a/b", {
      workflow: "buy",
      input: [1],
      tags: { team: "red" },
    })
    expect(started).toMatchObject({ created: true, run: { status: "running" } })
    expect((await client.start("a/b", { workflow: "buy", waitMs: 100 })).created).toBe(false)
    expect(asked[0]).toMatchObject({
      line: "POST /v1/runs/a%2Fb",
      body: { workflow: "buy", input: [1], tags: { team: "red" } },
    })
    expect(asked[0]?.headers.get("authorization")).toBe("Bearer t")
    expect(asked[1]).toMatchObject({
      line: "POST /v1/runs/a%2Fb?wait=100",
      body: { workflow: "buy" },
    })
  })

  test("a signal that comes with the start has a key, so that it is one however often it is sent", async () => {
    const { client, asked } = given(new Error("reset"), json(run(), 201))
    await client.start("r1", { workflow: "buy", signal: { name: "go", value: 1 } })
    const keys = asked.map(({ headers }) => headers.get("idempotency-key"))
    expect(keys[0]).toMatch(/^[0-9a-f-]{36}$/)
    expect(keys[1]).toBe(keys[0])
  })

  test("the verbs of operators", async () => {
    const { client, asked } = given(json(run(), 202))
    await client.cancel("r1", { reason: "enough" })
    await client.kill("r1")
    await client.pause("r1")
    await client.resume("r1")
    await client.retry("r1", { from: "3" })
    await client.skip("r1", { path: "3", value: 1 })
    await client.fork("r1", { id: "r2", from: "3", version: 2 })
    expect(asked.map(({ line, body }) => [line, body])).toEqual([
      ["POST /v1/runs/r1/cancel", { reason: "enough" }],
      ["POST /v1/runs/r1/kill", {}],
      ["POST /v1/runs/r1/pause", {}],
      ["POST /v1/runs/r1/resume", {}],
      ["POST /v1/runs/r1/retry", { from: "3" }],
      ["POST /v1/runs/r1/skip", { path: "3", value: 1 }],
      ["POST /v1/runs/r1/fork", { id: "r2", from: "3", version: 2 }],
    ])
  })

  test("run, state, delete, promises", async () => {
    const { client, lines } = given(
      json(run()),
      json([1]),
      new Response(null, { status: 204 }),
      json({ status: "resolved" }),
    )
    expect(await client.run("r1")).toMatchObject({ id: "r1" })
    expect(await client.state<number[]>("r1", "cart")).toEqual([1])
    await client.delete("r1")
    expect(await client.resolvePromise("t1", { ok: true })).toEqual({ status: "resolved" })
    await client.rejectPromise("t1", { message: "no" })
    expect(lines()).toEqual([
      "GET /v1/runs/r1",
      "GET /v1/runs/r1/state/cart",
      "DELETE /v1/runs/r1",
      "POST /v1/promises/t1/resolve",
      "POST /v1/promises/t1/reject",
    ])
  })

  test("the journal, over its pages", async () => {
    const { client, lines } = given(
      json({ entries: [entry("0"), entry("1")], next: "7" }),
      json({ entries: [entry("2")] }),
    )
    const paths: string[] = []
    for await (const { path } of client.journal("r1")) paths.push(path)
    expect(paths).toEqual(["0", "1", "2"])
    expect(lines()).toEqual([
      "GET /v1/runs/r1/journal?limit=1000",
      "GET /v1/runs/r1/journal?after=7&limit=1000",
    ])
  })

  test("schedules", async () => {
    const schedule = {
      name: "n",
      workflow: "buy",
      cron: "0 9 * * *",
      timeZone: "UTC",
      paused: false,
      createdAt: "2026-01-01T00:00:00.000Z",
    }
    const { client, asked } = given(json({ ...schedule, schedules: [schedule], id: "run" }))
    const { schedules } = client
    await schedules.put("n", { workflow: "buy", cron: "0 9 * * *" })
    await schedules.pause("n", "holiday")
    expect(await schedules.trigger("n")).toBe("run")
    const names: string[] = []
    for await (const { name } of schedules.list()) names.push(name)
    expect(names).toEqual(["n"])
    expect(asked.map(({ line }) => line)).toEqual([
      "PUT /v1/schedules/n",
      "POST /v1/schedules/n/pause",
      "POST /v1/schedules/n/trigger",
      "GET /v1/schedules",
    ])
  })
})

describe("messages", () => {
  test("an update asks again with its key until it is answered", async () => {
    const { client, asked } = given(
      json({ statusUrl: "/x" }, 202),
      json({ statusUrl: "/x" }, 202),
      json({ reply: 7 }),
    )
    expect(await client.update<number>("r1", "add", { sku: "a" })).toBe(7)
    expect(asked.map(({ line }) => line)).toEqual(
      Array.from({ length: 3 }, () => "POST /v1/runs/r1/updates/add?wait=10000"),
    )
    expect(new Set(asked.map(({ headers }) => headers.get("idempotency-key"))).size).toBe(1)
  })

  test("a rejected update throws what the workflow said", async () => {
    const { client, asked } = given(refusal("rejected", 422, { why: "sold out" }))
    expect(await errorOf(client.update("r1", "add"))).toMatchObject({
      name: "BelayClientError",
      code: "rejected",
      status: 422,
      details: { why: "sold out" },
    })
    expect(asked).toHaveLength(1)
  })

  test("each signal has a key of its own, or the one it is given", async () => {
    const { client, asked } = given(json({}, 202))
    await client.signal("r1", "go")
    await client.signal("r1", "go", 1)
    await client.signal("r1", "go", 1, { idempotencyKey: "mine" })
    const keys = asked.map(({ headers }) => headers.get("idempotency-key"))
    expect(new Set(keys).size).toBe(3)
    expect(keys[2]).toBe("mine")
    expect(asked.map(({ body }) => body)).toEqual([undefined, 1, 1])
  })
})

describe("what is asked again", () => {
  test("a lost answer and a passing one, where it may happen twice", async () => {
    const { client, asked } = given(
      new TypeError("fetch failed"),
      refusal("overloaded", 503),
      json(run()),
    )
    expect(await client.run("r1")).toMatchObject({ id: "r1" })
    expect(asked).toHaveLength(3)
  })

  test("Retry-After is waited for", async () => {
    vi.useFakeTimers()
    const { client, asked } = given(
      refusal("ledger_unavailable", 503, undefined, { "retry-after": "7" }),
      json(run()),
    )
    const answer = client.run("r1")
    await vi.advanceTimersByTimeAsync(6_900)
    expect(asked).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(200)
    expect(await answer).toMatchObject({ id: "r1" })
    vi.useRealTimers()
  })

  test("kill, retry and the like are not: a lost answer says nothing about what was done", async () => {
    for (const act of ["kill", "pause", "resume", "retry", "delete"] as const) {
      const { client, asked } = given(new TypeError("fetch failed"))
      expect(await errorOf(client[act]("r1"))).toMatchObject({ code: "network", status: 0 })
      expect(asked).toHaveLength(1)
    }
  })

  test("it gives up after five tries, with the last answer", async () => {
    const { client, asked } = given(refusal("overloaded", 503, undefined, { "retry-after": "0" }))
    expect(await errorOf(client.run("r1"))).toMatchObject({ code: "overloaded", status: 503 })
    expect(asked).toHaveLength(5)
  })

  test.each([
    ["run_conflict", 409],
    ["forbidden", 403],
    ["invalid_request", 400],
  ])("%s is final", async (code, status) => {
    const { client, asked } = given(refusal(code, status))
    expect(await errorOf(client.start("r1", { workflow: "w" }))).toMatchObject({ code, status })
    expect(asked).toHaveLength(1)
  })

  test("a page of something else is told apart", async () => {
    const { client } = given(new Response("<html>", { status: 404 }))
    expect(await errorOf(client.run("r1"))).toMatchObject({ code: "bad_answer", status: 404 })
    const other = given(new Response("<html>"))
    expect(await errorOf(other.client.run("r1"))).toMatchObject({ code: "bad_answer", status: 200 })
  })
})

describe("result", () => {
  test("asks until the run is final, over breaks", async () => {
    const { client, lines } = given(
      json(run({ status: "running" }), 202),
      new TypeError("fetch failed"),
      json(run({ result: { total: 3 } })),
    )
    expect(await client.result("r1")).toEqual({ total: 3 })
    expect(lines()[0]).toBe("GET /v1/runs/r1/result?wait=25000")
    expect(lines()).toHaveLength(3)
  })

  test.each(["failed", "cancelled", "timed_out"])("a run that is %s throws", async (status) => {
    const error = {
      name: "OutOfStock",
      message: "sold out",
      code: "out_of_stock",
      details: { a: 1 },
    }
    const { client } = given(json(run({ status, error })))
    const thrown = await errorOf(client.result("r1"))
    expect(thrown).toBeInstanceOf(BelayRunError)
    expect(thrown).toBeInstanceOf(BelayClientError)
    expect(thrown).toMatchObject({
      name: "BelayRunError",
      code: `run_${status}`,
      message: "sold out",
      runStatus: status,
      thrown: error,
      run: { id: "r1" },
      details: { a: 1 },
    })
  })

  test("a halted run throws at once", async () => {
    const halted = run({
      status: "halted",
      error: { name: "Panic", message: "look", code: "panic" },
    })
    const { client } = given(refusal("halted", 409, { run: halted }))
    expect(await errorOf(client.result("r1"))).toMatchObject({
      code: "halted",
      status: 409,
      runStatus: "halted",
      message: "look",
    })
  })

  test("the caller's time and the caller's signal end the wait", async () => {
    const held = (request: { readonly signal: AbortSignal | undefined }) =>
      new Promise<Response>((_, reject) => {
        request.signal?.addEventListener("abort", () => reject(request.signal?.reason as Error))
      })
    const { client } = given(held)
    expect(await errorOf(client.result("r1", { timeoutMs: 30 }))).toMatchObject({ code: "timeout" })
    const reason = new Error("the page was left")
    const controller = new AbortController()
    const asked = errorOf(client.result("r1", { signal: controller.signal }))
    controller.abort(reason)
    expect(await asked).toBe(reason)
  })
})
