// A short fuzz of every route, inside the runtime, with a fixed seed; `npm run fuzz` is the long one, over real sockets.
import { createExecutionContext } from "cloudflare:test"
import { env } from "cloudflare:workers"
import * as fc from "fast-check"
import { expect, test } from "vitest"
import { EXAMPLES } from "../../scripts/fuzz/examples.ts"
import type { HttpCase } from "../../scripts/fuzz/http-case.ts"
import { verdict, type Court } from "../../scripts/fuzz/judge.ts"
import { requestArbitrary } from "../../scripts/fuzz/request-arbitrary.ts"
import { routeTable } from "../../scripts/fuzz/route-table.ts"
import { search } from "../../scripts/fuzz/search.ts"
import type { Document } from "../../scripts/support/contract.ts"
import worker from "../../src/index.ts"

const TOKENS = { operate: "canary-operate", read: "canary-read", start: "canary-start" } as const

const environment: Cloudflare.Env = {
  ...env,
  BELAY_TOKENS: JSON.stringify(
    Object.fromEntries(Object.entries(TOKENS).map(([role, token]) => [token, [role]])),
  ),
}

async function ask(one: HttpCase): Promise<Response> {
  const { method, target, headers, body } = one
  const request = new Request(`http://belay${target}`, {
    method,
    headers: headers.map(([name, value]): [string, string] => [name, value]),
    ...(body !== undefined && { body }),
  })
  return worker.fetch(request, environment, createExecutionContext())
}

/** What a client would have of it; a stream and a socket are ended at once. */
async function judged(response: Response) {
  const contentType = response.headers.get("content-type") ?? ""
  const head = [...response.headers].map(([name, value]) => `${name}: ${value}`).join("\n")
  const isEndless = response.status === 101 || contentType.startsWith("text/event-stream")
  if (response.webSocket !== null) {
    response.webSocket.accept()
    response.webSocket.close()
  }
  if (isEndless) await response.body?.cancel()
  const text = isEndless ? "" : await response.text()
  return { status: response.status, contentType, head, text }
}

async function court(): Promise<Court> {
  const response = await ask({
    method: "GET",
    target: "/openapi.json",
    headers: [],
    body: undefined,
  })
  return {
    routes: routeTable(await response.json<Document>(), EXAMPLES),
    canaries: Object.values(TOKENS),
    rights: new Map(Object.entries(TOKENS).map(([role, token]) => [token, role as "read"])),
  }
}

test("three hundred hostile requests get the answers of the contract and nothing more", async () => {
  const given = await court()
  const tokens = [...Object.values(TOKENS), TOKENS.operate, TOKENS.operate]
  const ids = ["fuzz-session", "session%2Ffuzz-session", "fuzz-order"]
  const seen = new Set<number>()
  const found = await search(
    "http",
    requestArbitrary({ routes: given.routes, ids, tokens }),
    { seed: 5, cases: 300 },
    async (one) => {
      const answer = await judged(await ask(one))
      seen.add(answer.status)
      return verdict(given, one, answer)
    },
    (one) => fc.stringify(one),
  )
  expect(found).toBeUndefined()
  expect([...seen]).toEqual(expect.arrayContaining([200, 400, 401, 403, 404, 405]))
})

test("the judge sees what is wrong: a status, a code, a body, a right, a secret, a stack", async () => {
  const given = await court()
  const one: HttpCase = {
    method: "GET",
    target: "/v1/runs/a",
    headers: [["authorization", `Bearer ${TOKENS.read}`]],
    body: undefined,
  }
  const error = (code: string, message = "m") => JSON.stringify({ error: { code, message } })
  const judge = (
    status: number,
    text: string,
    of = one,
    head = "",
    contentType = "application/json",
  ) => verdict(given, of, { status, text, head, contentType })
  expect(judge(404, error("run_unknown"))).toBeUndefined()
  expect(judge(418, error("run_unknown"))).toContain("not documented")
  expect(judge(500, error("internal"))).toContain("internal")
  expect(judge(400, error("run_unknown"))).toContain("goes with 404")
  expect(judge(404, error("invalid_id"))).toContain("goes with 400")
  expect(judge(404, error("nothing"))).toContain("code is")
  expect(judge(404, "gone", one, "", "text/plain")).toContain("text/plain")
  expect(judge(200, '{"id":1}')).toBeDefined()
  expect(judge(404, error("run_unknown", `it is ${TOKENS.start}`))).toContain("a secret is told")
  expect(judge(404, error("run_unknown"), one, `x: ${TOKENS.operate}`)).toContain("secret")
  expect(judge(404, error("run_unknown", "E\n    at f (worker.js:1:2)"))).toContain("it shows")
  expect(judge(403, error("forbidden"))).toContain("is enough")
  expect(judge(200, "{}", { ...one, headers: [] })).toContain("no known token")
  expect(judge(404, error("run_unknown"), { ...one, method: "DELETE" })).toContain("role read")
})
