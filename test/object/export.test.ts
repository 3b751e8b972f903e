// Export at the object: the run as of the first page, whatever happens to it meanwhile; in pages that stay small.

import { runInDurableObject } from "cloudflare:test"
import { Hono } from "hono"
import { describe, expect, it } from "vitest"
import type { Context, StepContext } from "../../src/engine/workflow/context.ts"
import type { ExportCursor, ExportLine, ExportPage } from "../../src/engine/recorded/export-line.ts"
import type { Runs } from "../../src/engine/ports/runs.ts"
import type { AppEnvironment } from "../../src/http/environment.ts"
import { addExportRoute } from "../../src/http/export-route.ts"
import { createHost } from "../../src/http/host.ts"
import { thoroughly } from "../setup/thorough.ts"
import {
  begin,
  codeOf,
  crash,
  endOf,
  evict,
  journalOf,
  newId,
  runs,
  stubOf,
  suspended,
  tablesOf,
  until,
} from "./support/runs.ts"

const work = async (_: StepContext, value: unknown) => value
const sized = async (_: StepContext, length: number) => "x".repeat(length)

function* waits(ctx: Context, name: string) {
  yield* ctx.publish("stage", "begun")
  const greeting = yield* ctx.run(work, `hello ${name}`)
  const promise = yield* ctx.promise<string>()
  yield* ctx.signal("go")
  return [greeting, yield* promise]
}

/** All lines, page by page; `between` is called after each page that is not the last. */
async function exported(
  id: string,
  between: (page: number) => Promise<unknown> = async () => undefined,
): Promise<{ lines: ExportLine[]; pages: ExportLine[][]; cut?: string }> {
  const pages: ExportLine[][] = []
  let from: ExportCursor | undefined
  do {
    const page: ExportPage = await runs.exportPage(id, from)
    if ("cut" in page) return { lines: pages.flat(), pages, cut: page.cut }
    pages.push([...page.lines])
    from = page.next
    if (from !== undefined) await between(pages.length)
  } while (from !== undefined)
  return { lines: pages.flat(), pages }
}

function seqsOf(lines: readonly ExportLine[]): number[] {
  return lines.flatMap((line) => (line.type === "record" ? [line.record.seq] : []))
}

describe("export", () => {
  it("holds the run, its texts, what stands beside the journal, and every record in order", async () => {
    const { id, workflow } = await begin(waits, ["Ada"], { tags: { team: "red" } })
    await suspended(id)
    await runs.signal(id, "later", { n: 1 })
    const { lines, pages } = await exported(id)
    expect(pages).toHaveLength(1)
    expect(lines[0]).toMatchObject({
      type: "run",
      format: 1,
      id,
      workflow,
      version: 1,
      status: "suspended",
      generation: 0,
      tags: { team: "red" },
    })
    expect(lines).toContainEqual({ type: "value", name: "input", text: '["Ada"]' })
    expect(lines).toContainEqual({ type: "state", name: "stage", text: '"begun"' })
    expect(lines).toContainEqual(
      expect.objectContaining({ type: "wait", kind: "signal", name: "go" }),
    )
    expect(lines).toContainEqual(
      expect.objectContaining({ type: "signal", name: "later", text: '{"n":1}' }),
    )
    expect(lines).toContainEqual(
      expect.objectContaining({ type: "promise", path: "2", token: expect.any(String) }),
    )
    const records = lines.flatMap((line) => (line.type === "record" ? [line.record] : []))
    expect(records.map(({ seq }) => seq)).toEqual(records.map((_, index) => index + 1))
    expect(records.map(({ type, path }) => `${type} ${path}`)).toEqual([
      "completed 0",
      "start 1",
      "completed 1",
      "open 2",
      "open 3",
    ])
  })

  it("an ended run has its result, and updates with their answers", async () => {
    function* answers(ctx: Context) {
      const message = yield* ctx.receive<number>("double")
      yield* message.reply(message.value * 2)
      return "over"
    }
    const { id } = await begin(answers)
    await runs.update(id, "double", 21, { idempotencyKey: "k" })
    await endOf(id)
    const { lines } = await exported(id)
    expect(lines).toContainEqual({ type: "value", name: "result", text: '"over"' })
    expect(lines).toContainEqual(
      expect.objectContaining({ type: "update", name: "double", text: "21", status: "replied" }),
    )
    expect(lines).toContainEqual(expect.objectContaining({ type: "answer", text: "42" }))
  })

  it("asking for a run that is not there is run_unknown and writes nothing", async () => {
    const id = newId()
    expect(await codeOf(runs.exportPage(id))).toBe("run_unknown")
    expect(await tablesOf(id)).toEqual([])
  })

  it("wakes nothing: what fell due while the object was away stays so", async () => {
    function* sleeps(ctx: Context) {
      yield* ctx.sleep(60_000)
    }
    const { id } = await begin(sleeps)
    await suspended(id)
    await evict(id)
    const before = (await exported(id)).lines.slice(1)
    expect((await exported(id)).lines.slice(1)).toEqual(before)
  })
})

describe("pages", () => {
  function* large(ctx: Context, values: number, length: number) {
    for (let index = 0; index < values; index++) yield* ctx.run(sized, length)
    yield* ctx.signal("more")
    for (let index = 0; index < values; index++) yield* ctx.run(sized, length)
    yield* ctx.signal("on")
    return yield* ctx.continueAsNew(0, 0)
  }

  it("values of 3 MB come a few to a page, each in whole", async () => {
    const { id } = await begin(large, [4, 3_000_000])
    await suspended(id)
    const { lines, pages } = await exported(id)
    expect(pages.length).toBeGreaterThan(2)
    expect(seqsOf(lines)).toEqual(seqsOf(lines).map((_, index) => index + 1))
    const units = pages.map((page) =>
      page.reduce(
        (sum, line) => sum + (line.type === "record" ? (line.record.text?.length ?? 0) : 0),
        0,
      ),
    )
    expect(Math.max(...units)).toBeLessThan(8_000_000)
  })

  it("many messages go over several pages, none twice, while the run stands still", async () => {
    const { id } = await begin(large, [0, 0])
    for (let n = 0; n < 3; n++) await runs.signal(id, "other", "y".repeat(3_000_000) + n)
    const { lines, pages } = await exported(id)
    expect(pages.length).toBe(2)
    const texts = lines.flatMap((line) => (line.type === "signal" ? [line.text.at(-2)] : []))
    expect(texts).toEqual(["0", "1", "2"])
  })

  it("the file is the run as of its first page, however far the run goes meanwhile", async () => {
    const { id } = await begin(large, [3, 3_000_000])
    await suspended(id)
    const whole = await exported(id)
    const { lines, cut } = await exported(id, async (page) => {
      if (page === 1) await runs.signal(id, "more", null)
      if (page === 1) await suspended(id)
    })
    expect(cut).toBeUndefined()
    expect(lines.slice(1)).toEqual(whole.lines.slice(1))
  })

  it("survives the loss of the object between two pages", async () => {
    const { id } = await begin(large, [3, 3_000_000])
    await suspended(id)
    const whole = await exported(id)
    expect((await exported(id, () => crash(id))).lines.slice(1)).toEqual(whole.lines.slice(1))
  })

  it("is cut when the run continues as new", async () => {
    const { id } = await begin(large, [3, 3_000_000])
    await suspended(id)
    const { cut } = await exported(id, async () => {
      await runs.signal(id, "more", null)
      await runs.signal(id, "on", null)
      await runs.result(id, 200)
    })
    expect(cut).toContain("continued as new")
  })

  it("is cut when an operator cuts the journal back", async () => {
    let panics = true
    function* panicky(ctx: Context) {
      for (let index = 0; index < 4; index++) yield* ctx.run(sized, 3_000_000)
      yield* ctx.panic(panics, "stop")
    }
    const { id } = await begin(panicky)
    await endOf(id)
    const { cut } = await exported(id, async () => {
      panics = false
      await runs.retry(id, { from: "1" })
      await endOf(id)
    })
    expect(cut).toContain("cut back")
  })

  it("is cut when a fold takes a snapshot, which makes records forgotten", async () => {
    const gate = { isOpen: false }
    const fold = async (_: StepContext, sum: number, item: number) => {
      if (item >= 3) await until(() => gate.isOpen, Boolean)
      return sum + item
    }
    function* folds(ctx: Context) {
      for (let index = 0; index < 3; index++) yield* ctx.run(sized, 3_000_000)
      yield* ctx.reduce([0, 1, 2, 3, 4, 5], fold, 0, { snapshotEvery: 5 })
      yield* ctx.signal("over")
    }
    const { id } = await begin(folds)
    await until(
      () => journalOf(id),
      (entries) => entries.some(({ path, state }) => path === "3.3" && state === "started"),
    )
    const { cut } = await exported(id, async () => {
      gate.isOpen = true
      await suspended(id)
    })
    expect(cut).toContain("snapshot")
    const { lines, cut: none } = await exported(id)
    expect(none).toBeUndefined()
    expect(lines).toContainEqual(expect.objectContaining({ type: "fold", count: 5 }))
  })
})

describe("a long journal", () => {
  /** Records the run never made: as many as a generation may have would take a test minutes to make. */
  async function lengthen(id: string, records: number): Promise<void> {
    await runInDurableObject(stubOf(id), (_, { storage }) => {
      storage.sql.exec(
        `WITH RECURSIVE more(seq) AS (SELECT 3 UNION ALL SELECT seq + 1 FROM more WHERE seq < ?)
         INSERT INTO journal (seq, type, path, at, inline, kind, name, digest, attempt, text)
         SELECT seq, 'completed', CAST(seq AS TEXT), 0, 1, 'step', 'work', 1, 1, '"value"' FROM more`,
        records,
      )
    })
  }

  it("of 300,000 records (30,000 unless thorough) leaves in one stream, a page at a time", async () => {
    const { id } = await begin(waits, ["Ada"])
    await suspended(id)
    await evict(id)
    const records = thoroughly(300_000, 30_000)
    await runInDurableObject(stubOf(id), (_, { storage }) => {
      storage.sql.exec("DELETE FROM journal WHERE seq > 2")
    })
    await lengthen(id, records)
    let pages = 0
    let linesMax = 0
    const counting: Runs = {
      ...runs,
      exportPage: async (run, from) => {
        const page = await runs.exportPage(run, from)
        pages++
        if ("lines" in page) linesMax = Math.max(linesMax, page.lines.length)
        return page
      },
    }
    const app = new Hono<AppEnvironment>()
    app.use((c, next) => {
      c.set("caller", { privileged: true, roles: [] })
      c.set("host", createHost(counting, c.env))
      return next()
    })
    addExportRoute(app)
    const response = await app.request(`http://belay/v1/runs/${id}/export`)
    let tail = ""
    let lines = 0
    for await (const text of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      lines += text.split("\n").length - 1
      tail = (tail + text).slice(-100)
    }
    expect(tail.endsWith(`{"type":"end","records":${records}}\n`)).toBe(true)
    expect(lines).toBeGreaterThan(records)
    expect(pages).toBeGreaterThan(records / 5_000)
    expect(linesMax).toBe(5_000)
  })
})
