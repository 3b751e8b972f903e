// The console's table of legal actions against the real routes: what it offers is taken, what it leaves out is refused.

import { parse } from "valibot"
import { describe, expect, test } from "vitest"
import { RUN, type Run } from "../../src/console/browser/answers.ts"
import { actionsOf, entryActionsOf } from "../../src/console/browser/run/actions.ts"
import { ENTRY_EVENT } from "../../src/console/browser/run/entry-event.ts"
import { Timeline, type Row } from "../../src/console/browser/run/timeline.ts"
import { consolePage } from "../../src/console/page.ts"
import { Never, type Context } from "../../src/engine/index.ts"
import { EVENT_UNITS_MAX } from "../../src/engine/limits.ts"
import { createApp } from "../../src/http/app.ts"
import { eventData } from "../../src/http/event-view.ts"
import { openSocket } from "../../src/object/events/socket-request.ts"
import { runIndex } from "../object/support/indexed-runs.ts"
import { registry } from "../object/support/registry.ts"
import { begin, endOf, newId, runs, stubOf, suspended, until } from "../object/support/runs.ts"
import { schedules } from "../object/support/schedules.ts"

const DEVELOPMENT = { BELAY_DEV: "1" } as Cloudflare.Env
const VIEW = { encoded: false, privileged: true }

const app = createApp({
  runs: () => runs,
  watch: () => ({
    events: (id, after, waitMs) => runs.events(id, after, waitMs),
    socket: (order) => openSocket(stubOf(order.id), order),
  }),
  schedules: () => schedules,
  workflows: () => [],
  index: () => runIndex,
  page: consolePage,
})

async function ask(method: string, path: string, body?: unknown): Promise<Response> {
  const sent = body === undefined ? {} : { body: JSON.stringify(body) }
  return app.fetch(new Request(`http://belay${path}`, { method, ...sent }), DEVELOPMENT)
}

async function shown(id: string): Promise<Run> {
  return parse(RUN, await (await ask("GET", `/v1/runs/${id}`)).json())
}

const never = async () => new Promise<never>(() => undefined)
const fine = async () => "fine"
const bad = async () => {
  throw new Error("bad")
}

function* inner(ctx: Context) {
  return yield* ctx.run(fine)
}

/** Entries of every kind that a person may want to act on. */
function* varied(ctx: Context, end: "panic" | "fail") {
  yield* ctx.run(fine)
  yield* ctx.patched("newer")
  yield* ctx.run(inner)
  yield* ctx.uuid()
  yield* ctx.publish("state", 1)
  yield* ctx.all([ctx.run(fine), ctx.sleep(1)])
  yield* ctx.rpc(child)
  yield* ctx.panic(end === "panic", "look")
  yield* ctx.run(bad, ctx.options({ retryPolicy: Never() }))
}

const child = registry.define(inner)

const signalled = () =>
  waiting(function* (ctx: Context) {
    yield* ctx.signal("go")
  })

const promised = () =>
  waiting(function* (ctx: Context) {
    yield* yield* ctx.promise()
  })

const asleep = () =>
  waiting(function* (ctx: Context) {
    yield* ctx.sleep(60_000)
  })

const notBegun = async () => {
  const { id } = await begin(varied, ["panic"], { startAtMs: Date.now() + 60_000 })
  return id
}

const completed = async () => {
  const { id } = await begin(inner)
  await endOf(id)
  return id
}

/** A run in each standing; each call makes another one. */
const STANDINGS: Readonly<Record<string, () => Promise<string>>> = {
  "at work": async () => {
    const { id } = await begin(function* (ctx: Context) {
      yield* ctx.run(never)
    })
    return id
  },
  "waiting for a signal": signalled,
  "waiting for an update": () =>
    waiting(function* (ctx: Context) {
      yield* ctx.receive("ask")
    }),
  "waiting for a promise": promised,
  asleep,
  "not begun": notBegun,
  paused: async () => {
    const id = await asleep()
    await runs.pause(id, {})
    return id
  },
  "paused before it began": async () => {
    const id = await notBegun()
    await runs.pause(id, {})
    return id
  },
  halted: () => ended("panic"),
  failed: () => ended("fail"),
  completed,
  // By a kill: a cancel that is asked for twice is still one, and is answered as such.
  cancelled: async () => {
    const id = await asleep()
    await runs.kill(id, {})
    return id
  },
  "timed out": async () => {
    const { id } = await begin(
      function* (ctx: Context) {
        yield* ctx.sleep(60_000)
      },
      [],
      { timeoutMs: 5 },
    )
    await endOf(id)
    return id
  },
}

async function waiting(workflow: (ctx: Context) => Generator<unknown, void>): Promise<string> {
  const { id } = await begin(workflow as Parameters<typeof begin>[0])
  await suspended(id)
  return id
}

async function ended(how: "panic" | "fail"): Promise<string> {
  const { id } = await begin(varied, [how])
  await endOf(id)
  return id
}

/** Every request an action may make, by the names of the actions that make it. */
const REQUESTS: readonly (readonly [readonly string[], (id: string) => Promise<Response>])[] = [
  [["signal"], (id) => ask("POST", `/v1/runs/${id}/signals/other`, 1)],
  [["update"], (id) => ask("POST", `/v1/runs/${id}/updates/other?wait=0`, 1)],
  [["resume", "begin"], (id) => ask("POST", `/v1/runs/${id}/resume`, {})],
  ...["pause", "retry", "cancel", "kill", "crash"].map(
    (verb) => [[verb], (id: string) => ask("POST", `/v1/runs/${id}/${verb}`, {})] as const,
  ),
  [["delete"], (id) => ask("DELETE", `/v1/runs/${id}`)],
  [["export"], (id) => ask("GET", `/v1/runs/${id}/export`)],
]

describe("a run", () => {
  test.each(Object.entries(STANDINGS))("%s: what is offered is what is taken", async (_, make) => {
    const offered = actionsOf(await shown(await make()), true).map(({ name }) => name as string)
    for (const [names, request] of REQUESTS) {
      const response = await request(await make())
      await response.text()
      const isOffered = names.some((name) => offered.includes(name))
      expect([names, response.ok]).toEqual([names, isOffered])
    }
  })

  test("a promise is offered with its token to who may see it, and to nobody else", async () => {
    const run = await shown(await promised())
    const actions = actionsOf(run, false)
    expect(actions.slice(0, 2).map(({ name }) => name)).toEqual(["resolve", "reject"])
    const token = encodeURIComponent(actions[0]?.waiting?.token ?? "")
    expect((await ask("POST", `/v1/promises/${token}/resolve`, 1)).status).toBe(200)
    const hidden = run.waitingFor.map((waits) => ({ ...waits, token: undefined }))
    const others = actionsOf({ ...run, waitingFor: hidden }, false).map(({ name }) => name)
    expect(others).not.toContain("resolve")
  })

  test("what it waits for is offered by name; a crash only on a development server", async () => {
    const run = await shown(await signalled())
    expect(actionsOf(run, false)[0]).toMatchObject({ name: "signal", waiting: { name: "go" } })
    expect(actionsOf(run, false).map(({ name }) => name)).not.toContain("crash")
    expect(actionsOf(run, true).map(({ name }) => name)).toContain("crash")
  })
})

async function rowsOf(id: string): Promise<Row[]> {
  const timeline = new Timeline()
  const { events } = await runs.events(id, undefined, 0)
  for (const event of events) {
    if (event.type !== "entry") continue
    const data = eventData(event, undefined, VIEW, EVENT_UNITS_MAX)
    timeline.take(parse(ENTRY_EVENT, JSON.parse(data)))
  }
  return [...timeline.rows]
}

const ENTRY_REQUESTS = {
  retryFrom: (id: string, path: string) => ask("POST", `/v1/runs/${id}/retry`, { from: path }),
  skip: (id: string, path: string) => ask("POST", `/v1/runs/${id}/skip`, { path, value: 1 }),
  fork: (id: string, path: string) =>
    ask("POST", `/v1/runs/${id}/fork`, { id: newId(), from: path }),
}

describe("an entry", () => {
  test.each([
    ["halted", () => ended("panic"), 10],
    ["failed", () => ended("fail"), 10],
    ["completed", completed, 1],
  ] as const)("of a run that is %s", async (_, make, entries) => {
    const id = await make()
    const [run, rows] = [await shown(id), await rowsOf(id)]
    expect(rows.length).toBeGreaterThanOrEqual(entries)
    for (const row of rows) {
      const offered: readonly string[] = entryActionsOf(run, row)
      for (const [name, request] of Object.entries(ENTRY_REQUESTS)) {
        const response = await request(await make(), row.entry.path)
        await response.text()
        const what = `${name} of ${row.entry.kind} ${row.entry.name ?? ""} at ${row.entry.path}`
        expect([what, response.ok]).toEqual([what, offered.includes(name)])
      }
    }
  })

  test("what a person did is none: nothing is offered there", async () => {
    const id = await asleep()
    await runs.pause(id, {})
    const rows = await until(
      () => rowsOf(id),
      (all) => all.length > 1,
    )
    const deed = rows.find(({ entry }) => entry.kind === "operator")
    expect(deed && entryActionsOf(await shown(id), deed)).toEqual([])
  })
})
