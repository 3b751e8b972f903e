// The routes of the index: what they ask for, what they answer, who may.
import { describe, expect, test } from "vitest"
import { RUNS_PAGE_DEFAULT, RUNS_PAGE_MAX } from "../../src/engine/limits.ts"
import { BelayError } from "../../src/engine/errors.ts"
import { cursorAt } from "../../src/http/list-query.ts"
import { DEPLOYED, givenApp, OPERATE_TOKEN, READ_TOKEN, START_TOKEN } from "./support/given-app.ts"
import { runCard } from "./support/fake-index.ts"

describe("GET /v1/runs", () => {
  test("a page has each run's card, and a cursor only when there are more", async () => {
    const card = runCard({
      parent: { id: "p", path: "0" },
      status: "failed",
      problem: { code: "oops", message: "no" },
    })
    const { ask } = givenApp({ index: { list: async () => ({ runs: [card], hasMore: true }) } })
    const answer = await ask("GET /v1/runs")
    expect(answer.status).toBe(200)
    expect(answer.body).toEqual({
      runs: [
        {
          id: "r1",
          workflow: "greet",
          version: 1,
          status: "failed",
          createdAt: "2026-01-02T03:04:05.006Z",
          startedAt: "2026-01-02T03:04:05.006Z",
          endedAt: "2026-01-02T03:04:05.011Z",
          changedAt: "2026-01-02T03:04:05.011Z",
          parent: { id: "p", path: "0" },
          tags: { team: "blue" },
          problem: { code: "oops", message: "no" },
        },
      ],
      cursor: cursorAt(card),
    })
    expect((await givenApp().ask("GET /v1/runs")).body).not.toHaveProperty("cursor")
  })

  test("every filter arrives as it was said", async () => {
    const { ask, indexCalls } = givenApp()
    const id = "ä/😀"
    const cursor = cursorAt(runCard({ id, createdAtMs: 5 }))
    const asked = [
      "workflow=greet&version=2&status=failed&status=halted,paused&tag=a:b&tag=c:d:e&parent=p%2F1",
      "idPrefix=or&createdAfter=2026-01-01T00:00:00.000Z&createdBefore=2026-02-01T00:00:00.000Z",
      `order=oldest&limit=7&cursor=${cursor}`,
    ]
    expect((await ask(`GET /v1/runs?${asked.join("&")}`)).status).toBe(200)
    expect(indexCalls).toEqual([
      {
        method: "list",
        args: [
          {
            workflow: "greet",
            version: 2,
            statuses: ["failed", "halted", "paused"],
            tags: ["a:b", "c:d:e"],
            parent: "p/1",
            idPrefix: "or",
            createdFromMs: Date.parse("2026-01-01T00:00:00.001Z"),
            createdBeforeMs: Date.parse("2026-02-01T00:00:00.000Z"),
            order: "oldest",
            after: { createdAtMs: 5, id },
            limit: 7,
          },
        ],
      },
    ])
  })

  test("without filters: all, newest first, a page of the usual size; never more than the largest", async () => {
    const { ask, indexCalls } = givenApp()
    await ask("GET /v1/runs")
    await ask(`GET /v1/runs?limit=${RUNS_PAGE_MAX}`)
    await ask(`GET /v1/runs?limit=${RUNS_PAGE_MAX + 1}&workflow=&cursor=`)
    const limits = indexCalls.map(({ args }) => (args[0] as { readonly limit: number }).limit)
    expect(limits).toEqual([RUNS_PAGE_DEFAULT, RUNS_PAGE_MAX, RUNS_PAGE_MAX])
    expect(indexCalls[2]?.args[0]).toMatchObject({ statuses: [], tags: [], order: "newest" })
  })

  test.each([
    ["status=asleep", "status"],
    ["tag=blue", "tag"],
    ["tag=:blue", "tag"],
    ["createdAfter=yesterday", "createdAfter"],
    ["createdBefore=2026-02-30T00:00:00.000Z", "createdBefore"],
    ["order=random", "order"],
    ["limit=0", "limit"],
    ["limit=-1", "limit"],
    ["version=one", "version"],
    ["cursor=x", "cursor"],
    ["cursor=WzEsMl0", "cursor"],
    ["workflow=a&workflow=b", "workflow"],
    ["Status=running", 'There is no parameter "Status" here'],
    ["state=running&workflow=a", "idPrefix"],
    [`idPrefix=${"x".repeat(257)}`, "idPrefix"],
    [Array.from({ length: 100 }, (_, n) => `tag=a:${n}`).join("&"), "tags"],
  ])("%s is refused by its name", async (query, name) => {
    const { ask, indexCalls } = givenApp()
    const answer = await ask(`GET /v1/runs?${query}`)
    expect([answer.status, answer.code]).toEqual([400, "invalid_request"])
    expect(answer.message).toContain(name)
    expect(indexCalls).toEqual([])
  })
})

describe("GET /v1/stats", () => {
  test("refuses what is no filter", async () => {
    const { ask, indexCalls } = givenApp()
    const answer = await ask("GET /v1/stats?tags=team:blue")
    expect([answer.status, answer.code]).toEqual([400, "invalid_request"])
    expect(answer.message).toContain('"tags"')
    expect(indexCalls).toEqual([])
  })

  test("counts by status, by workflow and version, and by minute", async () => {
    const counts = [
      { workflow: "b", version: 1, status: "failed", count: 3 },
      { workflow: "a", version: 2, status: "completed", count: 2 },
      { workflow: "a", version: 1, status: "completed", count: 5 },
      { workflow: "a", version: 1, status: "halted", count: 1 },
    ] as const
    const minutes = [{ atMs: 0, started: 4, ended: 2 }]
    const { ask, indexCalls } = givenApp({
      index: { stats: async () => ({ counts, isCut: false, minutes, shards: 8, unread: 3 }) },
    })
    expect((await ask("GET /v1/stats?workflow=a")).body).toEqual({
      total: 11,
      statuses: { failed: 3, completed: 7, halted: 1 },
      workflows: [
        { workflow: "a", version: 1, total: 6, statuses: { completed: 5, halted: 1 } },
        { workflow: "a", version: 2, total: 2, statuses: { completed: 2 } },
        { workflow: "b", version: 1, total: 3, statuses: { failed: 3 } },
      ],
      minutes: [{ at: "1970-01-01T00:00:00.000Z", started: 4, ended: 2 }],
      index: { shards: 8, unread: 3 },
    })
    expect(indexCalls).toMatchObject([{ method: "stats", args: [{ workflow: "a" }] }])
  })

  test("takes the filters of a list, and says when there are more than were counted", async () => {
    const { ask, indexCalls } = givenApp({
      index: {
        stats: async () => ({ counts: [], isCut: true, minutes: [], shards: 4, unread: 0 }),
      },
    })
    const filters =
      "workflow=a&version=2&tag=team:red&tag=x:y&parent=p&idPrefix=o&createdAfter=1970-01-01T00:00:00.001Z&createdBefore=1970-01-01T00:00:00.009Z"
    expect((await ask(`GET /v1/stats?${filters}`)).body).toMatchObject({ total: 0, atLeast: true })
    expect(indexCalls[0]?.args).toEqual([
      {
        workflow: "a",
        version: 2,
        tags: ["team:red", "x:y"],
        parent: "p",
        idPrefix: "o",
        createdFromMs: 2,
        createdBeforeMs: 9,
      },
    ])
    expect((await ask("GET /v1/stats?tag=red")).code).toBe("invalid_request")
  })
})

describe("POST /v1/index/rebuild", () => {
  test("202 with how many will be read; ids may be given", async () => {
    const { ask, indexCalls } = givenApp()
    expect(await ask("POST /v1/index/rebuild")).toMatchObject({ status: 202, body: { asked: 0 } })
    const body = { ids: ["a/b", "c"] }
    expect(await ask("POST /v1/index/rebuild", { body })).toMatchObject({ body: { asked: 2 } })
    expect(indexCalls.map(({ args }) => args)).toEqual([[[]], [["a/b", "c"]]])
  })

  test.each([{ ids: "a" }, { ids: [""] }, { ids: [".."] }, { ids: [1] }, { all: true }, []])(
    "%j is refused",
    async (body) => {
      const { ask, indexCalls } = givenApp()
      const answer = await ask("POST /v1/index/rebuild", { body })
      expect([answer.status, answer.code]).toEqual([400, "invalid_request"])
      expect(indexCalls).toEqual([])
    },
  )
})

test("who may: reading for lists and counts, operating for the repair", async () => {
  const { ask } = givenApp({ variables: DEPLOYED })
  const status = async (line: string, token: string) => (await ask(line, { token })).status
  for (const line of ["GET /v1/runs", "GET /v1/stats"]) {
    expect(await status(line, READ_TOKEN)).toBe(200)
    expect(await status(line, OPERATE_TOKEN)).toBe(200)
    expect(await status(line, START_TOKEN)).toBe(403)
  }
  expect(await status("POST /v1/index/rebuild", OPERATE_TOKEN)).toBe(202)
  expect(await status("POST /v1/index/rebuild", READ_TOKEN)).toBe(403)
})

test("an index that does not answer is 503, and says that runs are not touched", async () => {
  const refuse = () => Promise.reject(new BelayError("overloaded", "Runs are not touched by it."))
  const { ask } = givenApp({ index: { list: refuse } })
  expect(await ask("GET /v1/runs")).toMatchObject({ status: 503, code: "overloaded" })
})
