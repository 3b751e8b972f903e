// Events over HTTP: the form of the stream, its silence and its end, the way to a socket, rights.
// The events are given here; that they are the right ones is tested at the object.
import { describe, expect, test } from "vitest"
import { encode, encodeThrown } from "../../src/engine/values/codec.ts"
import { EVENT_UNITS_MAX } from "../../src/engine/limits.ts"
import { BelayError } from "../../src/engine/errors.ts"
import type { EventBatch, RunEvent, SocketOrder } from "../../src/engine/ports/run-events.ts"
import type { RunStatus } from "../../src/engine/ports/runs.ts"
import { CREATED_AT_MS, journalEntry, runRecord } from "./support/fake-runs.ts"
import { DEPLOYED, givenApp, OPERATE_TOKEN, READ_TOKEN, START_TOKEN } from "./support/given-app.ts"

const WEBSOCKET = { upgrade: "websocket" }

/** Gives these batches one after the other, then silence over a run of that status. */
function batches(given: readonly (readonly RunEvent[])[], status: RunStatus = "suspended") {
  const asked: (string | undefined)[] = []
  const pending = [...given]
  const events = async (_: string, after: string | undefined): Promise<EventBatch> => {
    asked.push(after)
    return { events: pending.shift() ?? [], status, hasMore: pending.length > 0 }
  }
  return { asked, watch: { events } }
}

function entry(id: string, fields: Parameters<typeof journalEntry>[0] = {}): RunEvent {
  const change = { type: "completed", atMs: CREATED_AT_MS } as const
  return { type: "entry", id, entry: journalEntry(fields), change }
}

describe("the stream", () => {
  test("is server-sent events: name, id and data, and how long to wait before connecting again", async () => {
    const { watch } = batches([
      [entry("a", { name: "charge", valueText: encode(new Date(0)) })],
      [{ type: "status", id: "b", status: "suspended", generation: 0 }],
      [{ type: "reset", id: "c", reason: "continued", generation: 1 }],
      [{ type: "end", id: "d" }],
    ])
    const { ask } = givenApp({ watch })
    const answer = await ask("GET /v1/runs/r1/events")
    expect(answer.status).toBe(200)
    expect(answer.headers.get("content-type")).toBe("text/event-stream")
    expect(answer.headers.get("cache-control")).toBe("no-store")
    const [retry, first, second, third, end, ...rest] = String(answer.body).split("\n\n")
    expect(retry).toBe("retry: 1000")
    expect(first).toMatch(/^id: a\nevent: entry\ndata: \{/)
    expect(first).toContain('"value":"1970-01-01T00:00:00.000Z"')
    expect(second).toBe('id: b\nevent: status\ndata: {"status":"suspended","generation":0}')
    expect(third).toBe('id: c\nevent: reset\ndata: {"reason":"continued","generation":1}')
    expect(end).toMatch(/^id: d\nevent: end\ndata: \{"id":"r1","workflow":"greet"/)
    expect(rest).toEqual([""])
  })

  test("each question goes on behind the last id; silence over a run at rest ends it", async () => {
    const { asked, watch } = batches([[entry("a"), entry("b")], [entry("c")]])
    const { ask } = givenApp({ watch })
    const answer = await ask("GET /v1/runs/r1/events", { headers: { "last-event-id": "z" } })
    expect(asked).toEqual(["z", "b", "c", "c"])
    expect(String(answer.body)).toMatch(/: the run is at rest\n\nretry: 5000\n\n$/)
  })

  test("a busy run that is silent keeps the way open", async () => {
    const silent = batches([[entry("a")], [], [], [], [{ type: "end", id: "d" }]], "running")
    const { ask } = givenApp({ watch: silent.watch })
    const { body } = await ask("GET /v1/runs/r1/events")
    expect(String(body).match(/: the run is at work/g)).toHaveLength(3)
    expect(String(body)).toContain("event: end")
  })

  test("a halted run says why, and is at rest", async () => {
    const halt = { code: "panic", message: "look at it" } as const
    const { watch } = batches(
      [[{ type: "status", id: "a", status: "halted", generation: 0, halt }]],
      "halted",
    )
    const { ask } = givenApp({ watch })
    const { body } = await ask("GET /v1/runs/r1/events")
    expect(String(body)).toContain('"error":{"name":"Panic","message":"look at it","code":"panic"')
    expect(String(body)).toMatch(/retry: 5000\n\n$/)
  })

  test("an object that is away ends it: whoever comes again is told why", async () => {
    const events = async (_: string, after: string | undefined): Promise<EventBatch> => {
      if (after === "a") throw new BelayError("overloaded", "away")
      return { events: [entry("a")], status: "running", hasMore: false }
    }
    const { ask } = givenApp({ watch: { events } })
    expect(String((await ask("GET /v1/runs/r1/events")).body)).toContain("id: a\n")
    const again = await ask("GET /v1/runs/r1/events?lastEventId=a")
    expect(again).toMatchObject({ status: 503, code: "overloaded" })
  })

  test("the end that a person undoes in that moment is no end", async () => {
    const { watch } = batches([[{ type: "end", id: "a" }], [entry("b")]])
    const run = runRecord({ status: "running" })
    const { ask } = givenApp({ watch, runs: { get: async () => run } })
    const { body } = await ask("GET /v1/runs/r1/events")
    expect(String(body)).not.toContain("event: end")
    expect(String(body)).toContain("id: b\n")
  })

  test("behind the end there is nothing: 204, which ends an EventSource", async () => {
    const { ask } = givenApp({ watch: batches([], "completed").watch })
    const answer = await ask("GET /v1/runs/r1/events?lastEventId=end")
    expect(answer).toMatchObject({ status: 204, body: "" })
  })

  test("an entry whose value is left out says so; the end is whole, however long", async () => {
    const long = "x".repeat(EVENT_UNITS_MAX)
    const { watch } = batches([
      [
        {
          type: "entry",
          id: "a",
          entry: journalEntry({ path: "7" }),
          change: { type: "completed", atMs: 5 },
          omitted: true,
        },
      ],
      [entry("b", { path: "8", valueText: encode(long) })],
      [{ type: "end", id: "c" }],
    ])
    const run = runRecord({ status: "completed", resultText: encode(long) })
    const { ask } = givenApp({ watch, runs: { get: async () => run } })
    const told = String((await ask("GET /v1/runs/r1/events")).body).split("\n\n")
    const data = told.slice(1, 4).map((text) => {
      const [, json = ""] = /^data: (.*)$/m.exec(text) ?? []
      return JSON.parse(json) as Record<string, unknown>
    })
    expect(data).toMatchObject([
      { path: "7", omitted: true },
      { path: "8", omitted: true },
      { result: long },
    ])
    expect(data[1]).not.toHaveProperty("value")
    expect(data[2]).not.toHaveProperty("omitted")
  })

  test("the header goes before the parameter", async () => {
    const { asked, watch } = batches([])
    const { ask } = givenApp({ watch })
    const headers = { "last-event-id": "new" }
    await ask("GET /v1/runs/r1/events?lastEventId=old", { headers })
    expect(asked[0]).toBe("new")
    await ask("GET /v1/runs/r1/events?lastEventId=old")
    expect(asked).toContain("old")
  })

  test("an error is an answer, not a stream", async () => {
    const events = () => Promise.reject(new BelayError("run_unknown", "none"))
    const { ask } = givenApp({ watch: { events } })
    expect(await ask("GET /v1/runs/r1/events")).toMatchObject({ status: 404, code: "run_unknown" })
  })

  test("values=encoded gives the codec's text; no stack without the role operate", async () => {
    const error = Object.assign(new Error("broken"), { stack: "at secret place" })
    const read = async (token: string, query = "") => {
      const { watch } = batches([[entry("a", { state: "failed", errorText: encodeThrown(error) })]])
      const { ask } = givenApp({ watch, variables: DEPLOYED })
      return String((await ask(`GET /v1/runs/r1/events${query}`, { token })).body)
    }
    expect(await read(READ_TOKEN)).not.toContain("secret place")
    expect(await read(READ_TOKEN, "?values=encoded")).not.toContain("secret place")
    expect(await read(OPERATE_TOKEN)).toContain("secret place")
    expect(await read(READ_TOKEN, "?values=encoded")).toContain('"error":"!')
  })
})

describe("the socket", () => {
  function givenSocket(variables?: typeof DEPLOYED) {
    const orders: SocketOrder[] = []
    const socket = async (order: SocketOrder) => {
      orders.push(order)
      return new Response(null, { status: 101, webSocket: new WebSocketPair()[0] })
    }
    const given = givenApp({ watch: { socket }, ...(variables && { variables }) })
    const open = (headers: Record<string, string>, query = "") =>
      given.app.fetch(
        new Request(`http://belay/v1/runs/a%2Fb/events${query}`, { headers }),
        given.env,
      )
    return { orders, open, ask: given.ask }
  }

  test("is opened with the id, the view and the protocol named back", async () => {
    const { orders, open } = givenSocket()
    const response = await open(
      { ...WEBSOCKET, "sec-websocket-protocol": "belay.events, belay.bearer.x" },
      "?lastEventId=z&values=encoded",
    )
    expect(response.status).toBe(101)
    expect(response.webSocket).not.toBeNull()
    expect(orders).toEqual([
      {
        id: "a/b",
        after: "z",
        view: { encoded: true, privileged: true },
        protocol: "belay.events",
      },
    ])
  })

  test("takes the token from the header, or from the protocol of a browser", async () => {
    const { orders, open } = givenSocket(DEPLOYED)
    const bearer = `belay.bearer.${encodeURIComponent(READ_TOKEN)}`
    expect((await open({ ...WEBSOCKET, authorization: `Bearer ${READ_TOKEN}` })).status).toBe(101)
    expect((await open({ ...WEBSOCKET, "sec-websocket-protocol": bearer })).status).toBe(101)
    expect(orders.map(({ protocol }) => protocol)).toEqual([undefined, bearer])
    expect(orders.every(({ view }) => !view.privileged)).toBe(true)
  })

  test.each([
    ["no token", {}, 401],
    ["an unknown token", { "sec-websocket-protocol": "belay.bearer.nobody" }, 401],
    ["a token that may not read", { "sec-websocket-protocol": `belay.bearer.${START_TOKEN}` }, 403],
  ] as const)("with %s it is refused", async (_, headers, status) => {
    const { orders, open } = givenSocket(DEPLOYED)
    expect((await open({ ...WEBSOCKET, ...headers })).status).toBe(status)
    expect(orders).toEqual([])
  })

  test("a protocol carries no token where no socket is asked for", async () => {
    const { open } = givenSocket(DEPLOYED)
    const answer = await open({ "sec-websocket-protocol": `belay.bearer.${READ_TOKEN}` })
    expect(answer.status).toBe(401)
  })

  test("an upgrade to anything else is 400", async () => {
    const { ask } = givenSocket()
    const answer = await ask("GET /v1/runs/r1/events", { headers: { upgrade: "h2c" } })
    expect(answer).toMatchObject({ status: 400, code: "invalid_request" })
  })

  test("a full run is 429", async () => {
    const socket = () => Promise.reject(new BelayError("limit_reached", "full"))
    const { ask } = givenApp({ watch: { socket } })
    const answer = await ask("GET /v1/runs/r1/events", { headers: WEBSOCKET })
    expect(answer).toMatchObject({ status: 429, code: "limit_reached" })
  })
})
