// Ids and names in a path: which are taken, which are refused, and that nothing is decoded twice.
import { describe, expect, test } from "vitest"
import { linkTo, pathSegment, routingPath } from "../../src/http/path.ts"
import { givenApp } from "./support/given-app.ts"

const EMOJI = "🧗"

const TAKEN: readonly (readonly [string, string])[] = [
  ["a", "a"],
  ["order%2F42", "order/42"],
  ["%2F", "/"],
  ["order%2F..%2F42", "order/../42"],
  ["100%25", "100%"],
  ["%252F", "%2F"],
  ["a%20b", "a b"],
  ["a+b", "a+b"],
  ["a;b,c=d@e:f!g", "a;b,c=d@e:f!g"],
  ["%3F%23", "?#"],
  ["...", "..."],
  [encodeURIComponent(EMOJI), EMOJI],
  ["%C3%A9", "é"],
  ["a".repeat(256), "a".repeat(256)],
  [encodeURIComponent(EMOJI.repeat(64)), EMOJI.repeat(64)],
  ["__proto__", "__proto__"],
]

const REFUSED: readonly (readonly [string, string])[] = [
  ["an empty id", ""],
  ["a dot, encoded", "%2e"],
  ["two dots, encoded", "%2E%2e"],
  ["NUL", "a%00b"],
  ["a line break", "a%0Ab"],
  ["DEL", "%7F"],
  ["a C1 character", "%C2%85"],
  ["a percent sign alone", "100%"],
  ["an unknown escape", "%zz"],
  ["half an escape", "%4"],
  ["bytes that are no UTF-8", "%FF"],
  ["an overlong encoding", "%C0%AF"],
  ["a surrogate", "%ED%A0%80"],
  ["257 bytes", "a".repeat(257)],
  ["257 bytes in fewer characters", encodeURIComponent(`${EMOJI.repeat(64)}a`)],
]

/** As the runtime hands it over: the address exactly as it was sent, dots and all. */
function rawRequest(url: string): Request {
  return { url } as Request
}

test.each(TAKEN)("%s is a run's id", async (encoded, id) => {
  const { ask, calls } = givenApp()
  const answer = await ask(`GET /v1/runs/${encoded}`)
  expect(answer).toMatchObject({ status: 200, body: { id } })
  expect(calls).toEqual([{ method: "get", args: [id] }])
})

describe.each(REFUSED)("%s", (_name, encoded) => {
  // A client's own URL parser may already have taken some of these apart, so the raw address is used.
  test.each([
    ["GET", `/v1/runs/${encoded}`],
    ["GET", `/v1/runs/${encoded}/result`],
    ["POST", `/v1/runs/${encoded}/cancel`],
    ["POST", `/v1/runs/a/signals/${encoded}`],
    ["GET", `/v1/runs/a/state/${encoded}`],
  ])("is 400 invalid_id: %s %s", async (method, path) => {
    const { app, env, calls } = givenApp()
    const request = new Proxy(new Request("http://belay/", { method }), {
      get: (target, key) => {
        const value: unknown = key === "url" ? `http://belay${path}` : Reflect.get(target, key)
        return typeof value === "function" ? (value.bind(target) as unknown) : value
      },
    })
    const response = await app.fetch(request, env)
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ error: { code: "invalid_id" } })
    expect(calls).toEqual([])
  })
})

test("a refused id is repeated to its first characters only", async () => {
  const { ask } = givenApp()
  const answer = await ask(`GET /v1/runs/${"x".repeat(5_000)}`)
  expect(answer).toMatchObject({ status: 400, code: "invalid_id" })
  expect(answer.message.length).toBeLessThan(300)
})

test("an id's encoded slash never becomes part of the route", async () => {
  const { ask, calls } = givenApp()
  await ask("POST /v1/runs/a%2Fkill/cancel")
  await ask("POST /v1/runs/a%2Fsignals%2Fgo/signals/b%2Fc")
  expect(calls.map(({ method, args }) => [method, args[0], args[1]])).toEqual([
    ["cancel", "a/kill", { by: "development server" }],
    ["signal", "a/signals/go", "b/c"],
  ])
})

test("empty segments are neither merged nor dropped", async () => {
  const { ask, calls } = givenApp()
  for (const path of [
    "//v1/runs/a",
    "/v1//runs/a",
    "/v1/runs/a/",
    "/v1/runs/a//result",
    "/healthz/",
  ]) {
    expect(await ask(`GET ${path}`)).toMatchObject({ status: 404, code: "route_unknown" })
  }
  expect(await ask("GET /v1/runs/")).toMatchObject({ status: 400, code: "invalid_id" })
  expect(await ask("POST /v1/runs//cancel")).toMatchObject({ status: 400, code: "invalid_id" })
  expect(calls).toEqual([])
})

test.each([
  ["http://belay", "/"],
  ["http://belay/", "/"],
  ["http://belay?x=/y", "/"],
  ["http://belay*", "/"],
  ["http://belay/a?b=/c#d", "/a"],
  ["http://belay/a/../b", "/a/../b"],
  ["http://belay/a//b/", "/a/%/b/%"],
  ["http://belay//", "/%/%"],
])("%s is routed as %s", (url, path) => {
  expect(routingPath(rawRequest(url))).toBe(path)
})

test("a segment that is not there is refused like an empty one", () => {
  expect(() => pathSegment(rawRequest("http://belay/v1"), 2)).toThrow(/empty/)
})

test("a link leads back to the same segments", () => {
  const link = linkTo("v1", "runs", "order/42 %?#🧗")
  expect(pathSegment(rawRequest(`http://belay${link}`), 2)).toBe("order/42 %?#🧗")
})

// Found by fuzzing: the link that is made of such a name threw, after the run or the fork stood.
describe("half a surrogate pair, which only a body can bring,", () => {
  const HALF = "a\ud800"

  test.each([
    ["an update of a start", "POST /v1/runs/a", { workflow: "w", update: { name: HALF } }],
    ["a signal of a start", "POST /v1/runs/a", { workflow: "w", signal: { name: HALF } }],
    ["the id of a fork", "POST /v1/runs/a/fork", { id: HALF, from: "0" }],
  ])("is no name: %s", async (_name, line, body) => {
    const { ask, calls } = givenApp()
    expect(await ask(line, { body })).toMatchObject({ status: 400, code: "invalid_request" })
    expect(calls).toEqual([])
  })

  test("and a whole pair is one", async () => {
    const { ask, calls } = givenApp()
    const body = { workflow: "w", update: { name: EMOJI } }
    expect(await ask("POST /v1/runs/a", { body })).toMatchObject({ status: 201 })
    expect(calls).toHaveLength(1)
  })
})
