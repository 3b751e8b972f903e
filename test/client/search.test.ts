// Search over a fake server: how filters are asked for, pages followed, counts and repairs read.
import { expect, test } from "vitest"
import { createClient } from "../../src/client/index.ts"
import { card, fakeServer, json, type Answer } from "./support/fake-server.ts"

function given(...answers: readonly Answer[]) {
  const server = fakeServer(...answers)
  return { ...server, client: createClient({ url: "http://belay", fetch: server.fetch }) }
}

test("every filter is a parameter, and what may be given several times is", async () => {
  const { client, lines } = given(json({ runs: [] }))
  await client.page({
    workflow: "buy",
    version: 2,
    status: ["failed", "halted"],
    tags: { team: "red", "a:b": "c d" },
    parent: "p/1",
    idPrefix: "order/",
    createdAfter: new Date(0),
    createdBefore: "2026-01-01T00:00:00.000Z",
    order: "oldest",
    limit: 10,
    cursor: "c1",
  })
  const [line = ""] = lines()
  expect(line).toMatch(/^GET \/v1\/runs\?/)
  const parameters = [...new URLSearchParams(line.slice(line.indexOf("?")))].map((each) =>
    each.join("="),
  )
  expect(parameters.sort()).toEqual(
    [
      "workflow=buy",
      "version=2",
      "status=failed",
      "status=halted",
      "tag=team:red",
      "tag=a:b:c d",
      "parent=p/1",
      "idPrefix=order/",
      "createdAfter=1970-01-01T00:00:00.000Z",
      "createdBefore=2026-01-01T00:00:00.000Z",
      "order=oldest",
      "limit=10",
      "cursor=c1",
    ].sort(),
  )
})

test("a list goes on with the cursor and the same filters", async () => {
  const { client, lines } = given(
    json({ runs: [card("a"), card("b")], cursor: "next" }),
    json({ runs: [card("c")] }),
  )
  const ids: string[] = []
  for await (const { id } of client.list({ status: "halted", limit: 2 })) ids.push(id)
  expect(ids).toEqual(["a", "b", "c"])
  expect(lines()).toEqual([
    "GET /v1/runs?limit=2&status=halted",
    "GET /v1/runs?limit=2&cursor=next&status=halted",
  ])
})

test("counts, workflows and the repair of the index", async () => {
  const index = { shards: 4, unread: 0 }
  const stats = { total: 1, statuses: { running: 1 }, workflows: [], minutes: [], index }
  const { client, asked } = given(
    json(stats),
    json(stats),
    json({ workflows: [{ name: "buy", versions: [1, 2] }] }),
    json({ asked: 7 }, 202),
    json({ asked: 1 }, 202),
  )
  expect((await client.stats()).statuses).toEqual({ running: 1 })
  await client.stats({ workflow: "buy" })
  expect(await client.workflows()).toEqual([{ name: "buy", versions: [1, 2] }])
  expect(await client.rebuild()).toBe(7)
  expect(await client.rebuild(["a/b"])).toBe(1)
  expect(asked.map(({ line, body }) => [line, body])).toEqual([
    ["GET /v1/stats", undefined],
    ["GET /v1/stats?workflow=buy", undefined],
    ["GET /v1/workflows", undefined],
    ["POST /v1/index/rebuild", {}],
    ["POST /v1/index/rebuild", { ids: ["a/b"] }],
  ])
})

test("one page of a journal says how it goes on", async () => {
  const { client, lines } = given(json({ entries: [], next: "9" }))
  expect(await client.journalPage("r1", { after: "3", limit: 5 })).toEqual({
    entries: [],
    next: "9",
  })
  expect(lines()).toEqual(["GET /v1/runs/r1/journal?after=3&limit=5"])
})
