// The commands of the search index over a fake server: what is asked, pages, tables, JSON, and what a slow or leaving
// reader gets.
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { pause, waitUntil } from "../../scripts/support/wait-until.ts"
import { BelayCommand } from "./support/command.ts"
import { card, fakeBelay, type Route } from "./support/fake-belay.ts"

const SOON_MS = 30_000

let belay: BelayCommand

beforeAll(async () => {
  belay = await BelayCommand.bundle()
})

afterAll(() => belay.remove())

/** Cards in pages of three, found again by the number in the cursor. */
function pages(count: number): Route {
  return ({ line }) => {
    const from = Number(new URLSearchParams(line.replace(/.*\?/, "")).get("cursor") ?? 0)
    const ids = Array.from({ length: Math.min(3, count - from) }, (_, n) => `run-${from + n}`)
    const next = from + 3
    const runs = ids.map((id) => card(id))
    return { body: { runs, ...(next < count ? { cursor: String(next) } : {}) } }
  }
}

describe("list", () => {
  test("a page as a table, and what goes on from there", async () => {
    const { url } = await fakeBelay({ "GET /v1/runs": pages(4) })
    const { code, out, err } = await belay.run(["list", "--url", url])
    expect(code).toBe(0)
    expect(out.split("\n")).toEqual([
      "ID     WORKFLOW  STATUS     CREATED                 TOOK  PROBLEM",
      "run-0  buy v2    completed  2026-01-01T08:00:00Z  12.4 s",
      "run-1  buy v2    completed  2026-01-01T08:00:00Z  12.4 s",
      "run-2  buy v2    completed  2026-01-01T08:00:00Z  12.4 s",
      "",
    ])
    expect(err).toBe("There are more: --all shows them, --cursor 3 goes on here.\n")
  })

  test("every page, as text and as one JSON document", async () => {
    const { url } = await fakeBelay({ "GET /v1/runs": pages(7) })
    const text = await belay.run(["list", "--all", "--url", url])
    expect(text.out.trimEnd().split("\n")).toHaveLength(8)
    expect(text.err).toBe("")
    const all = await belay.json<{ runs: { id: string }[]; cursor?: string }>([
      "list",
      "--all",
      "--url",
      url,
    ])
    expect(all.runs.map(({ id }) => id)).toEqual(Array.from({ length: 7 }, (_, n) => `run-${n}`))
    expect(all.cursor).toBeUndefined()
    const page = await belay.json<{ cursor?: string }>(["list", "--url", url])
    expect(page.cursor).toBe("3")
  })

  test("each filter reaches the server", async () => {
    const { url, asked } = await fakeBelay({ "GET /v1/runs": () => ({ body: { runs: [] } }) })
    const filters =
      "--workflow buy --version 2 --status failed --status halted --tag team=red --tag a:b=c=d --parent p/1 --id-prefix order/ --created-after 2026-01-01 --created-before 2026-01-02T00:00:00+01:00 --order oldest --limit 5 --cursor c"
    const { code, out, err } = await belay.run(["list", "--url", url, ...filters.split(" ")])
    expect([code, out, err]).toEqual([0, "", "No run fits.\n"])
    const { line = "" } = asked[0] ?? {}
    const parameters = [...new URLSearchParams(line.replace(/.*\?/, ""))]
    expect(parameters.map((pair) => pair.join("=")).sort()).toEqual(
      [
        "workflow=buy",
        "version=2",
        "status=failed",
        "status=halted",
        "tag=team:red",
        "tag=a:b:c=d",
        "parent=p/1",
        "idPrefix=order/",
        "createdAfter=2026-01-01T00:00:00.000Z",
        "createdBefore=2026-01-01T23:00:00.000Z",
        "order=oldest",
        "limit=5",
        "cursor=c",
      ].sort(),
    )
    expect(await belay.json(["list", "--url", url])).toEqual({ runs: [] })
    const before = Date.now()
    await belay.json(["list", "--created-after", "2h", "--url", url])
    const since = new URLSearchParams(asked.at(-1)?.line.replace(/.*\?/, "")).get("createdAfter")
    expect(Math.abs(Date.parse(since ?? "") - (before - 7_200_000))).toBeLessThan(20_000)
  })

  test("a list that nobody reads to its end is not asked for to its end", async () => {
    const { url, asked } = await fakeBelay({ "GET /v1/runs": pages(30_000) })
    const going = belay.go(["list", "--all", "--url", url])
    going.child.stdout?.once("data", () => going.child.stdout?.destroy())
    const { code, err } = await going.ended
    expect([code, err]).toEqual([0, ""])
    expect(asked.length).toBeLessThan(5_000)
  })

  test("a reader that reads nothing holds it back", async () => {
    const { url, asked } = await fakeBelay({ "GET /v1/runs": pages(300_000) })
    const going = belay.go(["list", "--all", "--json", "--url", url])
    going.child.stdout?.pause()
    let before = 0
    await waitUntil("the questions to stop", SOON_MS, async () => {
      const isStill = before > 0 && asked.length === before
      before = asked.length
      if (!isStill) await pause(1_500)
      return isStill ? true : undefined
    })
    // What pipes hold, and far from the hundred thousand pages there are.
    expect(asked.length).toBeLessThan(5_000)
    going.child.kill("SIGKILL")
    await going.ended
  })
})

describe("halted", () => {
  const runs = [
    card("o/1", {
      status: "halted",
      endedAt: undefined,
      problem: { code: "panic", message: "charged 0\n\u0007instead of 500" },
    }),
    card("o2", {
      status: "halted",
      endedAt: undefined,
      problem: { code: "version_unknown", message: 'Workflow "buy" has no version 2.' },
    }),
  ]

  test("the oldest first, each with its reason and what can be done", async () => {
    const { url, asked } = await fakeBelay({ "GET /v1/runs": () => ({ body: { runs } }) })
    const { code, out } = await belay.run(["halted", "--workflow", "buy", "--url", url])
    expect(code).toBe(0)
    const [head, first, second, advice, blank, next] = out.split("\n")
    expect(head).toMatch(/^o\/1 {2}panic {2}buy v2 {2}since 2026-01-01T08:00:13Z, \d+ d/)
    expect([first, second]).toEqual(["  charged 0", "  \\u0007instead of 500"])
    expect(advice).toContain("retry --from its path")
    expect(blank).toBe("")
    expect(next).toMatch(/^o2 {2}version_unknown/)
    const parameters = new URLSearchParams(asked[0]?.line.replace(/.*\?/, ""))
    expect(Object.fromEntries(parameters)).toEqual({
      workflow: "buy",
      status: "halted",
      order: "oldest",
      limit: "200",
    })
  })

  test("as JSON, and when nothing is halted", async () => {
    const { url } = await fakeBelay({ "GET /v1/runs": () => ({ body: { runs } }) })
    const { runs: inbox } = await belay.json<{ runs: unknown[] }>(["halted", "--url", url])
    expect(inbox).toMatchObject([
      { id: "o/1", verbs: ["retry", "skip", "fork", "kill"], advice: expect.any(String) },
      { id: "o2" },
    ])
    const empty = await fakeBelay({ "GET /v1/runs": () => ({ body: { runs: [] } }) })
    expect(await belay.json(["halted", "--url", empty.url])).toEqual({ runs: [] })
    expect(await belay.run(["halted", "--url", empty.url])).toEqual({
      code: 0,
      out: "",
      err: "No run is halted.\n",
    })
  })
})

describe("stats, workflows, rebuild", () => {
  const stats = {
    total: 12,
    statuses: { running: 2, completed: 10 },
    workflows: [
      { workflow: "buy", version: 1, total: 10, statuses: { completed: 10 } },
      { workflow: "sell", version: 3, total: 2, statuses: { running: 2 } },
    ],
    minutes: [
      { at: "2026-01-01T08:00:00.000Z", started: 4, ended: 1 },
      { at: "2026-01-01T08:01:00.000Z", started: 3, ended: 2 },
    ],
    index: { shards: 8, unread: 3 },
  }

  test("counts as a table and as they are", async () => {
    const { url, asked } = await fakeBelay({ "GET /v1/stats": () => ({ body: stats }) })
    const { out } = await belay.run(["stats", "--url", url])
    expect(out.split("\n")).toEqual([
      "12 runs: 2 running, 10 completed",
      "The last hour: 7 started, 3 ended",
      "Index: 8 shards; 3 have said what is not read yet",
      "",
      "WORKFLOW  TOTAL  RUNNING  COMPLETED",
      "buy v1       10                  10",
      "sell v3       2        2",
      "",
    ])
    expect(await belay.json(["stats", "--workflow", "buy", "--url", url])).toEqual(stats)
    expect(asked[1]?.line).toBe("GET /v1/stats?workflow=buy")
    // The minutes are those of all workflows.
    expect((await belay.run(["stats", "--workflow", "buy", "--url", url])).out).toContain(
      "The last hour, of all workflows: 7 started, 3 ended",
    )
  })

  test("one is one", async () => {
    const one = { total: 1, statuses: { running: 1 }, workflows: [], minutes: [] }
    const index = { shards: 1, unread: 1 }
    const { url } = await fakeBelay({ "GET /v1/stats": () => ({ body: { ...one, index } }) })
    expect((await belay.run(["stats", "--url", url])).out).toBe(
      "1 run: 1 running\nThe last hour: 0 started, 0 ended\nIndex: 1 shard; 1 has said what is not read yet\n",
    )
  })

  test("what can be started", async () => {
    const workflows = [{ name: "buy", versions: [1, 2], example: ["o1", 5] }]
    const { url } = await fakeBelay({ "GET /v1/workflows": () => ({ body: { workflows } }) })
    expect((await belay.run(["workflows", "--url", url])).out).toBe(
      'WORKFLOW  VERSIONS  EXAMPLE\nbuy       1, 2      ["o1",5]\n',
    )
    expect(await belay.json(["workflows", "--url", url])).toEqual({ workflows })
  })

  test("a repair of all, also of runs by their ids; an empty file of ids is a mistake", async () => {
    const rebuild = "POST /v1/index/rebuild"
    const { url, asked } = await fakeBelay({
      [rebuild]: () => ({ status: 202, body: { asked: 2 } }),
    })
    expect((await belay.run(["rebuild", "--url", url])).out).toBe("2 runs are being read again.\n")
    const listed = ["rebuild", "a/b", "--ids-file", "-", "--url", url]
    expect(await belay.json(listed, { input: "c\nd\n" })).toEqual({ asked: 2 })
    expect((await belay.run(["rebuild", "--ids-file", "-", "--url", url])).code).toBe(2)
    expect(asked.map(({ body }) => body)).toEqual([{}, { ids: ["a/b", "c", "d"] }])
  })

  test("a server without an index says so, with 3", async () => {
    const error = { code: "not_configured", message: "There is no binding INDEX." }
    const { url } = await fakeBelay({ "GET /v1/runs": () => ({ status: 501, body: { error } }) })
    const { code, err } = await belay.run(["list", "--url", url])
    expect([code, err]).toEqual([3, "belay: There is no binding INDEX.\n"])
  })
})
