// The order lifecycle over HTTP: the table of transitions cell by cell, the failure rows and the Traps.
import { env } from "cloudflare:workers"
import { describe, expect, test } from "vitest"
import { STATES, type Lifecycle, type State } from "../../src/systems/order-lifecycle/graph.ts"
import { ask, askUntil } from "./support/ask.ts"
import { attemptsOf, crash, endOf, evict, send } from "./support/service.ts"

interface OrderBody extends Lifecycle {
  readonly status?: string
  readonly error: { readonly code: string; readonly message: string }
}

const newId = () => crypto.randomUUID()
const runOf = (orderId: string) => `order-lifecycle/${orderId}`
const start = (id: string, body?: unknown, fault?: string) =>
  ask<OrderBody>(`POST /order-lifecycles/${id}`, { body, ...(fault !== undefined && { fault }) })
const request = (id: string, to: string) =>
  ask<OrderBody>(`POST /order-lifecycles/${id}/transitions`, { body: { to } })
const read = (id: string) => ask<OrderBody>(`GET /order-lifecycles/${id}`)

/** What has to be asked for to get an order there from `created`. */
const WAY: Readonly<Record<Exclude<State, "cancelled">, readonly State[]>> = {
  created: [],
  confirmed: ["confirmed"],
  shipped: ["confirmed", "shipped"],
  delivered: ["confirmed", "shipped", "delivered"],
  refunded: ["confirmed", "cancelled"],
}

const LEGAL: Readonly<Record<State, readonly State[]>> = {
  created: ["confirmed"],
  confirmed: ["shipped", "cancelled"],
  shipped: ["delivered"],
  delivered: [],
  cancelled: ["refunded"],
  refunded: [],
}

async function givenOrder(state: Exclude<State, "cancelled">): Promise<string> {
  const id = newId()
  expect(await start(id)).toMatchObject({ status: 201, body: { state: "created" } })
  for (const to of WAY[state]) expect((await request(id, to)).status).toBe(200)
  await askUntil<OrderBody>(`GET /order-lifecycles/${id}`, ({ body }) => body.state === state)
  return id
}

async function rowsOf(orderId: string) {
  const { results } = await env.DB.prepare(
    "SELECT from_state, to_state, entered_at FROM order_transitions WHERE order_id = ?1 ORDER BY rowid",
  )
    .bind(orderId)
    .all<{ from_state: State | null; to_state: State; entered_at: string }>()
  return results.map((row) => ({
    from: row.from_state,
    to: row.to_state,
    timestamp: row.entered_at,
  }))
}

/** Each entry of the history is one row, and nothing else is. */
async function expectRecordedOnce(id: string): Promise<OrderBody> {
  const { body } = await read(id)
  expect(await rowsOf(id)).toEqual(body.history)
  return body
}

describe("the table of transitions", () => {
  test("(none) → created: a start makes the order, 201; anything asked of an unknown order is 404", async () => {
    const id = newId()
    for (const to of STATES) expect((await request(id, to)).status).toBe(404)
    expect((await read(id)).status).toBe(404)
    const { status, body } = await start(id)
    expect({ status, body }).toEqual({
      status: 201,
      body: {
        orderId: id,
        state: "created",
        history: [{ from: null, to: "created", timestamp: expect.any(String) }],
      },
    })
    expect(new Date(body.history[0]!.timestamp).toISOString()).toBe(body.history[0]!.timestamp)
  })

  const states = ["created", "confirmed", "shipped", "delivered", "refunded"] as const
  test.each(states.flatMap((from) => STATES.map((to) => [from, to] as const)))(
    "%s → %s",
    async (from, to) => {
      const id = await givenOrder(from)
      const before = (await read(id)).body
      const { status, body } = await request(id, to)
      const after = (await read(id)).body
      if (LEGAL[from].includes(to)) {
        expect(status).toBe(200)
        expect(body.history.slice(0, before.history.length + 1)).toEqual([
          ...before.history,
          { from, to, timestamp: expect.any(String) },
        ])
      } else if (from === to) {
        expect({ status, body }).toEqual({
          status: 200,
          body: { state: from, history: before.history },
        })
        expect(after).toEqual(before)
      } else {
        expect(status).toBe(409)
        expect(body).toMatchObject({ from, to, allowed: LEGAL[from] })
        expect(body.error).toMatchObject({ code: "wrong_status", details: { from, to } })
        expect(after).toEqual(before)
      }
    },
  )

  test("cancelled → refunded follows by itself; what is asked meanwhile is answered from where it leads", async () => {
    const id = newId()
    // The fourth transition is the refund: it fails once, so the order stays cancelled for two seconds.
    await start(id, {}, "transitionTo#4:1:throw")
    await request(id, "confirmed")
    expect(await request(id, "cancelled")).toMatchObject({
      status: 200,
      body: { state: "cancelled" },
    })
    const answers = await Promise.all(STATES.map((to) => request(id, to)))
    expect(answers.map(({ status }) => status)).toEqual([409, 409, 409, 409, 409, 200])
    expect(answers[1]?.body).toMatchObject({ from: "refunded", to: "confirmed", allowed: [] })
    const { state, history } = await expectRecordedOnce(id)
    expect(state).toBe("refunded")
    expect(history.map((entry) => entry.to)).toEqual([
      "created",
      "confirmed",
      "cancelled",
      "refunded",
    ])
  })

  test("of transitions that exclude each other and are asked for at once exactly one wins", async () => {
    const id = await givenOrder("confirmed")
    const asked = Array.from({ length: 10 }, (_, index) =>
      index % 2 === 0 ? "shipped" : "cancelled",
    )
    const answers = await Promise.all(asked.map((to) => request(id, to)))
    const won = new Set(asked.filter((_, index) => answers[index]?.status === 200))
    expect(won.size).toBe(1)
    const [winner] = won
    const refused = answers.filter(({ status }) => status === 409).length
    // The refund follows a cancel by itself: who asks for the cancel after it is refused like anybody else.
    if (winner === "shipped") expect(refused).toBe(5)
    else expect(refused).toBeGreaterThanOrEqual(5)
    expect(refused + answers.filter(({ status }) => status === 200).length).toBe(10)
    await endOfCancelled(id)
    const { history } = await expectRecordedOnce(id)
    expect(history[2]).toMatchObject({ from: "confirmed", to: winner })
    expect(history).toHaveLength(winner === "shipped" ? 3 : 4)
  })

  test("the same transition asked for ten times at once makes one entry", async () => {
    const id = await givenOrder("created")
    const answers = await Promise.all(Array.from({ length: 10 }, () => request(id, "confirmed")))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
    expect((await expectRecordedOnce(id)).history).toHaveLength(2)
  })
})

/** Waits for the refund, if there is to be one. */
async function endOfCancelled(id: string): Promise<void> {
  await askUntil<OrderBody>(`GET /order-lifecycles/${id}`, ({ body }) => body.state !== "cancelled")
}

describe.concurrent("scripted runs", () => {
  test.each([
    ["deliver", ["created", "confirmed", "shipped", "delivered"]],
    ["cancel", ["created", "confirmed", "cancelled", "refunded"]],
  ])("path %s runs straight through four transitions", async (path, states) => {
    const id = newId()
    expect((await start(id, { path })).status).toBe(201)
    const run = await endOf(runOf(id))
    expect(run).toMatchObject({
      status: "completed",
      result: { orderId: id, finalState: states[3] },
    })
    const { history } = await expectRecordedOnce(id)
    expect(history.map((entry) => entry.to)).toEqual(states)
    expect(run.result.history).toEqual(history)
  })

  test("the crash mode: shipping is tried twice, and the result is the happy one", async () => {
    const id = newId()
    await start(id, { path: "deliver" }, "transitionTo#3:1:throw")
    expect(await endOf(runOf(id))).toMatchObject({ result: { finalState: "delivered" } })
    expect(await attemptsOf(runOf(id), "transitionTo")).toBe(5)
    expect((await expectRecordedOnce(id)).history).toHaveLength(4)
  })

  const crashes = (["deliver", "cancel"] as const).flatMap((path) =>
    [1, 2, 3, 4].map((call) => [path, call] as const),
  )
  test.each(crashes)("path %s with a crash at call %d ends as without", async (path, call) => {
    const id = newId()
    const answer = await start(id, { path }, `transitionTo#${call}:1:crash`).catch(() => undefined)
    expect(answer?.status ?? 201).toBeLessThan(300)
    await start(id, { path })
    const finalState = path === "deliver" ? "delivered" : "refunded"
    expect(await endOf(runOf(id))).toMatchObject({ status: "completed", result: { finalState } })
    expect((await expectRecordedOnce(id)).history).toHaveLength(4)
  })

  test("Trap: an unknown path is 400 and starts nothing, it does not behave as deliver", async () => {
    const id = newId()
    for (const path of ["crash", "", 1, null, "Deliver"]) {
      const { status, body } = await start(id, { path })
      expect(status).toBe(400)
      expect(body.error.message).toContain("path")
    }
    expect((await read(id)).status).toBe(404)
  })
})

describe("repeated and wrong requests", () => {
  test("a start again answers 200 with the present state; another path is 409; a path left out agrees", async () => {
    const live = await givenOrder("shipped")
    expect(await start(live)).toMatchObject({ status: 200, body: { state: "shipped" } })
    expect((await start(live, { path: "deliver" })).status).toBe(409)

    const scripted = newId()
    await start(scripted, { path: "cancel" })
    await endOf(runOf(scripted))
    expect(await start(scripted)).toMatchObject({ status: 200, body: { state: "refunded" } })
    expect(await start(scripted, { path: "cancel" })).toMatchObject({ status: 200 })
    expect((await start(scripted, { path: "deliver" })).body.error.code).toBe("run_conflict")
  })

  test.each([["lost"], ["CREATED"], [""], [1], [null], [undefined]])(
    "a transition to %s is 400 and changes nothing",
    async (to) => {
      const id = await givenOrder("created")
      const { status, body } = await ask<OrderBody>(`POST /order-lifecycles/${id}/transitions`, {
        body: { to },
      })
      expect(status).toBe(400)
      expect(body.error.message).toContain("to")
      expect((await request(id, "confirmed")).status).toBe(200)
    },
  )

  test("by the engine's own routes a wrong input is 400 and a wrong update 422", async () => {
    const id = newId()
    const workflow = "orderLifecycle"
    const path = `/v1/runs/${encodeURIComponent(runOf(id))}`
    for (const input of [[], [{}], [{ orderId: id, path: "crash" }], [{ orderId: id }, 1]]) {
      expect((await send(`POST ${path}`, { body: { workflow, input } })).status).toBe(400)
    }
    await start(id)
    expect((await send(`POST ${path}/updates/transition`, { body: { to: "lost" } })).status).toBe(
      422,
    )
    const illegal = await send(`POST ${path}/updates/transition`, { body: { to: "shipped" } })
    expect(illegal).toMatchObject({ status: 422, body: { error: { code: "rejected" } } })
    expect((await request(id, "confirmed")).status).toBe(200)
  })

  test("a killed run says so, keeps its history and takes no transition", async () => {
    const id = await givenOrder("confirmed")
    await send(`POST /v1/runs/${encodeURIComponent(runOf(id))}/kill`)
    const { status, body } = await read(id)
    expect({ status, body }).toMatchObject({ status: 200, body: { state: "confirmed" } })
    expect(body.status).toBe("cancelled")
    expect(await request(id, "shipped")).toMatchObject({
      status: 409,
      body: { from: "confirmed", to: "shipped", allowed: [], error: { code: "run_ended" } },
    })
  })
})

describe.concurrent("failures", () => {
  test("the history is identical before and after a crash and an eviction, and the order goes on", async () => {
    const id = await givenOrder("shipped")
    const before = (await read(id)).body
    await crash(runOf(id))
    expect((await read(id)).body).toEqual(before)
    await evict(runOf(id))
    expect((await read(id)).body).toEqual(before)
    const { body } = await request(id, "delivered")
    expect(body.history.slice(0, 3)).toEqual(before.history)
    await expectRecordedOnce(id)
  })

  test("a crash after a transition took effect and before its checkpoint leaves one row with one time", async () => {
    const id = newId()
    await start(id, {}, "transitionTo#2:1:crash")
    const answer = await request(id, "confirmed").catch(() => undefined)
    expect(answer?.status ?? 200).toBeLessThan(500)
    await askUntil<OrderBody>(
      `GET /order-lifecycles/${id}`,
      ({ body }) => body.state === "confirmed",
    )
    expect((await request(id, "confirmed")).status).toBe(200)
    expect((await expectRecordedOnce(id)).history).toHaveLength(2)
    expect(await attemptsOf(runOf(id), "transitionTo")).toBe(3)
  })

  test("a transition whose call hangs ends after five seconds and is made again", async () => {
    const id = newId()
    await start(id, {}, "transitionTo#2:1:hang")
    expect(await request(id, "confirmed")).toMatchObject({
      status: 200,
      body: { state: "confirmed" },
    })
    expect((await expectRecordedOnce(id)).history).toHaveLength(2)
  })
})
