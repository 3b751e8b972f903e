// The contract: the document has the routes that are mounted, and answers are as it says, over real runs.
// A route that is new needs its line in src/http/openapi and a request for each of its answers in SCENES.
import { beforeAll, describe, expect, test } from "vitest"
import { BelayError, type ApiErrorCode } from "../../src/engine/errors.ts"
import type { Context } from "../../src/engine/index.ts"
import type { RunIndex } from "../../src/engine/ports/run-index.ts"
import { consolePage } from "../../src/console/page.ts"
import { createApp } from "../../src/http/app.ts"
import { errorCodes, ROUTES } from "../../src/http/openapi/document.ts"
import { openSocket } from "../../src/object/events/socket-request.ts"
import { registry } from "../object/support/registry.ts"
import { indexedRuns, runIndex as index } from "../object/support/indexed-runs.ts"
import { endOf, runs, stubOf, suspended } from "../object/support/runs.ts"
import { schedules } from "../object/support/schedules.ts"
import { Contract, type Document } from "../../scripts/support/contract.ts"
import { fakeWatch } from "./support/fake-runs.ts"
import { DEPLOYED, READ_TOKEN, START_TOKEN } from "./support/given-app.ts"

const DEVELOPMENT = { BELAY_DEV: "1" } as Cloudflare.Env
const DEPLOYED_ENV = DEPLOYED as unknown as Cloudflare.Env

const app = createApp({
  runs: () => runs,
  watch: () => ({
    events: (id, after, waitMs) => runs.events(id, after, waitMs),
    socket: (order) => openSocket(stubOf(order.id), order),
  }),
  schedules: () => schedules,
  workflows: () => registry.listings(),
  index: () => index,
  page: consolePage,
})

function* talk(ctx: Context) {
  const { token } = yield* ctx.promise()
  yield* ctx.publish("token", token)
  for (;;) {
    const message = yield* ctx.receive("ask")
    if (message.value === "no") yield* message.reject(new Error("no"))
    else if (message.value !== "wait") yield* message.reply({ heard: message.value })
    if (message.value === "end") return "done"
  }
}

async function echo(_: unknown, value: unknown) {
  return value
}

function* doubt(ctx: Context) {
  yield* ctx.run(echo, 1)
  yield* ctx.panic(true, "look")
}

const workflows = { talk: registry.define(talk), doubt: registry.define(doubt) }

interface Asked {
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

function request(line: string, { body, headers = {} }: Asked = {}): Request {
  const [method = "", path = ""] = line.split(" ")
  const sent = body === undefined ? {} : { body: JSON.stringify(body) }
  return new Request(`http://belay${path}`, { method, headers, ...sent })
}

let contract: Contract

beforeAll(async () => {
  const response = await app.fetch(request("GET /openapi.json"), DEVELOPMENT)
  contract = new Contract(await response.json<Document>())
})

/** Asks for real; the answer has to be one the document gives to that line. */
async function ask(line: string, path: string, asked: Asked = {}): Promise<unknown> {
  const [method = ""] = line.split(" ")
  const response = await app.fetch(request(`${method} ${path}`, asked), DEVELOPMENT)
  return contract.expectAnswer(line, response)
}

let count = 0

async function begun(workflow: keyof typeof workflows): Promise<string> {
  const id = `contract-${++count}`
  await runs.start(id, { workflow: workflows[workflow], input: [] })
  if (workflow === "talk") await suspended(id)
  else await endOf(id)
  return id
}

/** What leads to each answer that is no error: by the operation's line. */
const SCENES: Readonly<Record<string, (line: string) => Promise<void>>> = {
  "POST /v1/runs/{id}": async (line) => {
    const body = { workflow: workflows.talk, tags: { a: "b" }, input: [1] }
    await ask(line, "/v1/runs/contract-start", { body })
    await ask(line, "/v1/runs/contract-start?wait=10", { body })
    await ask(line, "/v1/runs/contract-start", { body: { workflow: workflows.doubt } })
    const update = { name: "ask", value: "hello" }
    await ask(line, "/v1/runs/contract-update", { body: { workflow: workflows.talk, update } })
    await ask(line, "/v1/runs/contract-none", { body: { workflow: "nobody" } })
  },
  "GET /v1/runs": async (line) => {
    const start = (id: string) =>
      indexedRuns.start(id, { workflow: workflows.doubt, input: [], tags: { contract: "list" } })
    for (const id of ["contract-a", "contract-b"]) await start(id)
    const first = await ask(line, "/v1/runs?tag=contract:list&limit=1")
    const { cursor } = first as { readonly cursor: string }
    expect(await ask(line, `/v1/runs?tag=contract:list&cursor=${cursor}`)).toHaveProperty(
      "runs.0.id",
    )
    await ask(line, "/v1/runs?status=asleep")
  },
  "GET /v1/stats": async (line) => {
    await ask(line, `/v1/stats?workflow=${workflows.doubt}`)
    await ask(line, "/v1/stats")
    await ask(line, "/v1/stats?tag=no:such&createdAfter=2026-01-01T00:00:00.000Z")
  },
  "POST /v1/index/rebuild": async (line) => {
    await ask(line, "/v1/index/rebuild")
    await ask(line, "/v1/index/rebuild", { body: { ids: ["contract-a"] } })
    await ask(line, "/v1/index/rebuild", { body: { ids: [""] } })
  },
  "GET /v1/runs/{id}": async (line) => {
    for (const query of ["", "?values=encoded"]) {
      await ask(line, `/v1/runs/${await begun("talk")}${query}`)
      await ask(line, `/v1/runs/${await begun("doubt")}${query}`)
    }
    const id = await begun("talk")
    await runs.cancel(id, { reason: "enough" })
    await endOf(id)
    await ask(line, `/v1/runs/${id}`)
    await ask(line, "/v1/runs/nobody")
  },
  "GET /v1/runs/{id}/result": async (line) => {
    const id = await begun("talk")
    await ask(line, `/v1/runs/${id}/result`)
    await runs.update(id, "ask", "end")
    await ask(line, `/v1/runs/${id}/result?wait=5000`)
    await ask(line, `/v1/runs/${await begun("doubt")}/result`)
  },
  "GET /v1/runs/{id}/journal": async (line) => {
    const id = await begun("talk")
    await runs.update(id, "ask", "end")
    await runs.cancel(await begun("talk"), {})
    await ask(line, `/v1/runs/${id}/journal`)
    await ask(line, `/v1/runs/${id}/journal?limit=1&values=encoded`)
    await ask(line, `/v1/runs/${id}/journal?after=x`)
  },
  "GET /v1/runs/{id}/events": async (line) => {
    const id = await begun("talk")
    const path = `/v1/runs/${id}/events`
    await ask(line, path, { headers: { upgrade: "websocket" } })
    await runs.update(id, "ask", "end")
    await endOf(id)
    const stream = String(await ask(line, path))
    const events = [...stream.matchAll(/^id: (.*)\nevent: (.*)\ndata: (.*)$/gm)]
    expect(events.length).toBeGreaterThan(3)
    for (const [, eventId, event, data = ""] of events) {
      contract.expectShape("Event", { event, id: eventId, data: JSON.parse(data) as unknown })
    }
    await ask(line, `${path}?lastEventId=${events.at(-1)?.[1] ?? ""}`)
  },
  "GET /v1/runs/{id}/export": async (line) => {
    await ask(line, `/v1/runs/${await begun("talk")}/export`)
  },
  "POST /v1/runs/{id}/signals/{name}": async (line) => {
    const id = await begun("talk")
    await ask(line, `/v1/runs/${id}/signals/go`, { body: 1 })
    await runs.cancel(id, {})
    await endOf(id)
    await ask(line, `/v1/runs/${id}/signals/go`, { body: 1 })
  },
  "POST /v1/runs/{id}/updates/{name}": async (line) => {
    const id = await begun("talk")
    await ask(line, `/v1/runs/${id}/updates/ask`, { body: "hello" })
    await ask(line, `/v1/runs/${id}/updates/ask`, { body: "no" })
    await ask(line, `/v1/runs/${id}/updates/ask?wait=0`, { body: "wait" })
  },
  "GET /v1/runs/{id}/updates/{name}": async (line) => {
    const id = await begun("talk")
    await runs.update(id, "ask", "hello", { idempotencyKey: "k1" })
    await runs.update(id, "ask", "wait", { idempotencyKey: "k2", waitMs: 0 })
    await ask(line, `/v1/runs/${id}/updates/ask?key=k1`)
    await ask(line, `/v1/runs/${id}/updates/ask?key=k2`)
    await ask(line, `/v1/runs/${id}/updates/ask?key=k3`)
  },
  "GET /v1/runs/{id}/state/{name}": async (line) => {
    const id = await begun("talk")
    await ask(line, `/v1/runs/${id}/state/token`)
    await ask(line, `/v1/runs/${id}/state/other`)
  },
  "POST /v1/promises/{token}/resolve": (line) => settle(line, "resolve", { fine: true }),
  "POST /v1/promises/{token}/reject": (line) => settle(line, "reject", { message: "no" }),
  "POST /v1/runs/{id}/cancel": (line) => verb(line, "talk", {}),
  "POST /v1/runs/{id}/kill": (line) => verb(line, "talk", { reason: "enough" }),
  "POST /v1/runs/{id}/pause": (line) => verb(line, "talk", {}),
  "POST /v1/runs/{id}/resume": async (line) => {
    const id = await begun("talk")
    await runs.pause(id, {})
    await ask(line, `/v1/runs/${id}/resume`, { body: { reason: "go on" } })
    await ask(line, `/v1/runs/${id}/resume`)
  },
  "POST /v1/runs/{id}/crash": (line) => verb(line, "talk", { reason: "to see it resume" }),
  "POST /v1/runs/{id}/fork": async (line) => {
    const path = `/v1/runs/${await begun("doubt")}/fork`
    const body = { id: "contract-fork", from: "0" }
    await ask(line, path, { body })
    await ask(line, path, { body })
    await ask(line, path, { body: { ...body, from: "9" } })
  },
  "DELETE /v1/runs/{id}": async (line) => {
    const id = await begun("talk")
    await ask(line, `/v1/runs/${id}`)
    await runs.kill(id, {})
    await ask(line, `/v1/runs/${id}`)
    await ask(line, `/v1/runs/${id}`)
  },
  "POST /v1/runs/{id}/retry": (line) => verb(line, "doubt", { from: "0" }),
  "POST /v1/runs/{id}/skip": (line) => verb(line, "doubt", { path: "0", value: 2 }),
  "GET /v1/schedules": async (line) => {
    await put("contract-listed-1")
    await put("contract-listed-2")
    await ask(line, "/v1/schedules?limit=1")
    await ask(line, "/v1/schedules?limit=0")
  },
  "PUT /v1/schedules/{name}": async (line) => {
    const body = { workflow: workflows.talk, cron: "0 3 * * *", version: 1, timeoutMs: 1 }
    await ask(line, "/v1/schedules/contract-put", { body })
    await ask(line, "/v1/schedules/contract-put", { body: { ...body, paused: true } })
    await ask(line, "/v1/schedules/contract-put", { body: { ...body, cron: "never" } })
  },
  "GET /v1/schedules/{name}": async (line) => {
    await put("contract-got")
    await schedules.trigger("contract-got")
    await schedules.pause("contract-got", { by: "ada", reason: "enough" })
    for (const query of ["", "?values=encoded"]) {
      await ask(line, `/v1/schedules/contract-got${query}`)
    }
    await ask(line, "/v1/schedules/nobody")
  },
  "DELETE /v1/schedules/{name}": async (line) => {
    await put("contract-deleted")
    for (let n = 0; n < 2; n++) await ask(line, "/v1/schedules/contract-deleted")
  },
  "POST /v1/schedules/{name}/pause": (line) => scheduleVerb(line, { reason: "enough" }),
  "POST /v1/schedules/{name}/resume": (line) => scheduleVerb(line, {}),
  "POST /v1/schedules/{name}/trigger": (line) => scheduleVerb(line, {}),
  "POST /v1/schedules/{name}/backfill": (line) =>
    scheduleVerb(line, { from: "2026-01-01T00:00:00.000Z", to: "2026-01-02T00:00:00.000Z" }),
  "GET /v1/workflows": async (line) => void (await ask(line, "/v1/workflows")),
  "GET /v1/roles": async (line) => void (await ask(line, "/v1/roles")),
  "GET /v1/metrics": async (line) => void (await ask(line, "/v1/metrics")),
  "GET /healthz": async (line) => void (await ask(line, "/healthz")),
  "GET /": async (line) => void (await ask(line, "/")),
  "GET /openapi.json": async (line) => void (await ask(line, "/openapi.json")),
}

async function settle(line: string, way: string, body: unknown): Promise<void> {
  const id = await begun("talk")
  const token = JSON.parse((await runs.state(id, "token")) ?? "") as string
  for (const query of ["", "?values=encoded"]) {
    await ask(line, `/v1/promises/${token}/${way}${query}`, { body })
  }
  await ask(line, `/v1/promises/nobody/${way}`, { body })
}

async function put(name: string): Promise<void> {
  await schedules.put(name, { workflow: workflows.talk, cron: "0 3 * * *" })
}

async function scheduleVerb(line: string, body: unknown): Promise<void> {
  const verbName = line.split("/").at(-1) ?? ""
  await put(`contract-${verbName}`)
  await ask(line, `/v1/schedules/contract-${verbName}/${verbName}`, { body })
  await ask(line, `/v1/schedules/nobody/${verbName}`, { body })
}

/** Asks for it over a run where it is allowed, and over one that has ended. */
async function verb(line: string, workflow: keyof typeof workflows, body: unknown): Promise<void> {
  const name = line.split("/").at(-1) ?? ""
  await ask(line, `/v1/runs/${await begun(workflow)}/${name}`, { body })
  const ended = await begun("talk")
  await runs.update(ended, "ask", "end")
  await ask(line, `/v1/runs/${ended}/${name}`, { body })
}

test("the document has exactly the engine's routes that are mounted", () => {
  const mounted = app.routes
    .filter(({ method }) => method !== "ALL")
    .map(({ method, path }) => `${method} ${path.replaceAll(/:([a-z]+)/gi, "{$1}")}`)
  expect([...new Set(mounted)].sort()).toEqual(contract.lines)
})

describe("answers", () => {
  test.each(ROUTES.map((route) => [lineOf(route), route] as const))(
    "%s answers as documented",
    async (line, { operationId, answers }) => {
      await SCENES[line]?.(line)
      const missed = Object.keys(answers).filter(
        (status) => !contract.checked.has(`${operationId} ${status}`),
      )
      expect(missed).toEqual([])
    },
  )
})

describe("errors", () => {
  test.each(ROUTES.map((route) => [lineOf(route), route] as const))(
    "every code of %s has its status and shape",
    async (line, route) => {
      for (const code of errorCodes(route)) await expectFailing(line, code)
    },
  )
})

function lineOf({ method, path }: { readonly method: string; readonly path: string }): string {
  return `${method.toUpperCase()} ${path}`
}

/** The route with this error thrown behind it, or found before it. */
async function expectFailing(line: string, code: ApiErrorCode): Promise<void> {
  const path = line
    .split(" ")[1]
    ?.replace("{id}", "a")
    .replace("{name}", "b")
    .replace("{token}", "c")
  const [method = ""] = line.split(" ")
  const refuse = () => Promise.reject(new BelayError(code, "refused"))
  const broken = createApp({
    runs: () => new Proxy({}, { get: () => refuse }) as typeof runs,
    watch: () => fakeWatch({ events: refuse, socket: refuse }),
    figures: refuse,
    schedules: () => new Proxy({}, { get: () => refuse }) as typeof schedules,
    workflows: () => {
      throw new BelayError(code, "refused")
    },
    index: () => new Proxy({}, { get: () => refuse }) as RunIndex,
    page: consolePage,
  })
  // With a body that suits every route: unknown fields are refused before the port is asked.
  const body = bodyFor(line)
  const [env, headers] = rightsFor(code)
  const query = line.includes("/updates/") ? "?key=k" : ""
  const sent = request(`${method} ${path ?? ""}${query}`, {
    headers,
    ...(["POST", "PUT"].includes(method) && { body }),
  })
  const response = await broken.fetch(sent, env)
  expect(await contract.expectAnswer(line, response)).toMatchObject({ error: { code } })
}

function bodyFor(line: string): unknown {
  if (line.endsWith("/v1/runs/{id}")) return { workflow: "w" }
  if (line.startsWith("PUT ")) return { workflow: "w", cron: "* * * * *" }
  if (line.endsWith("/backfill")) {
    return { from: "2026-01-01T00:00:00.000Z", to: "2026-01-01T00:00:00.000Z" }
  }
  if (line.endsWith("/fork")) return { id: "contract-forked", from: "0" }
  if (line.endsWith("/skip")) return { path: "0" }
  return line.endsWith("/reject") ? { message: "no" } : {}
}

function rightsFor(code: ApiErrorCode): [Cloudflare.Env, Record<string, string>] {
  if (code === "not_configured") return [{} as Cloudflare.Env, {}]
  if (code === "unauthorized") return [DEPLOYED_ENV, {}]
  return [DEVELOPMENT, {}]
}

test.each(ROUTES.filter(({ role }) => !["free", "any", "promise"].includes(role)))(
  "$method $path asks for the role $role",
  async ({ method, path, role }) => {
    const filled = path.replace("{id}", "a").replace("{name}", "b")
    const token = role === "read" ? START_TOKEN : READ_TOKEN
    const headers = { authorization: `Bearer ${token}` }
    const line = `${method.toUpperCase()} ${path}`
    const sent = request(`${method.toUpperCase()} ${filled}`, { headers })
    const response = await app.fetch(sent, DEPLOYED_ENV)
    expect(await contract.expectAnswer(line, response)).toMatchObject({
      error: { code: "forbidden", details: { role } },
    })
  },
)
