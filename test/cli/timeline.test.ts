// What is drawn: the timeline, bars and tables in a given width, with and without colour, and hostile text.
import { describe, expect, test } from "vitest"
import { bar } from "../../src/cli/bar.ts"
import { printHead } from "../../src/cli/run-head.ts"
import { HALTED } from "../../src/cli/commands/halted.ts"
import { STATS } from "../../src/cli/commands/index-commands.ts"
import { LIST } from "../../src/cli/commands/list.ts"
import { readGiven } from "../../src/cli/given.ts"
import { STATUSES } from "../../src/cli/status.ts"
import { Screen } from "../../src/cli/screen.ts"
import { Table } from "../../src/cli/table.ts"
import { columnsOf, cut, duration, oneLine, safeJson } from "../../src/cli/text.ts"
import { Timeline } from "../../src/cli/timeline.ts"
import { createClient, type Entry, type Run } from "../../src/client/index.ts"
import { PassThrough } from "node:stream"

const NOW_MS = Date.parse("2026-01-01T00:01:40.000Z")

/** A screen and what was written to it. */
function screen(columns: number | undefined, env: Record<string, string> = {}) {
  const out = Object.assign(
    new PassThrough(),
    columns === undefined ? {} : { isTTY: true, columns },
  )
  let text = ""
  out.on("data", (piece: Buffer) => (text += piece.toString("utf8")))
  const made = new Screen({ out, err: { write: () => true }, env, isJson: false })
  return { screen: made, lines: () => text.replace(/\n$/, "").split("\n") }
}

function at(seconds: number): string {
  return new Date(Date.parse("2026-01-01T00:00:00.000Z") + seconds * 1_000).toISOString()
}

function entry(path: string, begins: number, ends: number | undefined, fields = {}): Entry {
  return {
    path,
    kind: "step",
    name: "charge",
    state: ends === undefined ? "started" : "completed",
    attempts: 1,
    createdAt: at(begins),
    startedAt: at(begins),
    ...(ends === undefined ? {} : { settledAt: at(ends) }),
    ...fields,
  }
}

const RUN: Run = {
  id: "order/7",
  workflow: "buy",
  version: 2,
  status: "suspended",
  input: [{ sku: "widget" }],
  createdAt: at(0),
  tags: { team: "red" },
  waitingFor: [{ kind: "timer", path: "3", until: at(160) }],
  rows: { written: 7, read: 9 },
}

const ENTRIES: readonly Entry[] = [
  entry("0", 0, 20, { value: { ok: true } }),
  entry("1", 20, 60, { attempts: 3, value: "paid" }),
  entry("2", 60, 70, { state: "failed", error: { name: "Error", message: "no", code: "failed" } }),
  entry("3", 70, undefined, { kind: "timer", name: undefined, state: "waiting", attempts: 0 }),
  entry("4", 70, 70, { kind: "publish", name: "cart", attempts: 0 }),
]

async function drawn(
  columns: number | undefined,
  env: Record<string, string> = {},
  entries = ENTRIES,
) {
  const given = screen(columns, env)
  const timeline = new Timeline(given.screen, RUN, NOW_MS)
  await timeline.page({ entries })
  await timeline.close()
  return given.lines()
}

describe("the timeline", () => {
  test("bars stand where in the run's time an entry was, with its attempts, waits and end", async () => {
    const lines = await drawn(undefined, { LC_ALL: "C", COLUMNS: "82" })
    const bars = lines.slice(0, 5).map((line) => line.slice(18, 42))
    expect(lines[0]).toMatch(/^0 {2}step charge {3,}#+/)
    const signs = bars.map((line) => line.replaceAll(/[^#%\-*x>]/g, " ").trimEnd())
    expect(signs[0]).toMatch(/^#+$/)
    expect(signs[1]).toMatch(/^ +%+$/)
    expect(signs[2]).toMatch(/^ +#*x$/)
    expect(signs[3]).toMatch(/^ +-+>$/)
    expect(signs[4]).toMatch(/^ +\*$/)
    expect(lines[1]).toContain('3 attempts, "paid"')
    expect(lines[2]).toContain("failed, Error: no")
    expect(lines[3]).toContain("30.0 s  waiting")
    expect(lines.at(-1)).toContain("# at work  % with retries  - waiting")
  })

  test.each([40, 60, 80, 120, 200])("fits into %i columns", async (columns) => {
    const deep = entry("10.11.12.13.14.15", 0, 100, {
      name: "a step with a name as long as names get",
    })
    const entries = [...ENTRIES, deep]
    const lines = await drawn(columns, { NO_COLOR: "1" }, entries)
    for (const line of lines.slice(0, entries.length)) {
      expect(columnsOf(line)).toBeLessThanOrEqual(columns)
    }
  })

  test("is coloured on a terminal alone, and not where NO_COLOR or a dumb terminal says so", async () => {
    const coloured = (lines: readonly string[]) => lines.some((line) => line.includes("\u001b["))
    expect(coloured(await drawn(80))).toBe(true)
    expect(coloured(await drawn(80, { NO_COLOR: "1" }))).toBe(false)
    expect(coloured(await drawn(80, { TERM: "dumb" }))).toBe(false)
    expect(coloured(await drawn(undefined))).toBe(false)
  })

  test("a bar of a moment at the very end, and of a run that took no time", () => {
    const span = { fromMs: Date.parse(at(0)), toMs: Date.parse(at(10)) }
    expect(bar(entry("0", 10, 10), span, 10, false)).toBe("         #")
    const nothing = { fromMs: span.fromMs, toMs: span.fromMs }
    expect(bar(entry("0", 0, 0), nothing, 10, false)).toBe("#")
    expect(bar(entry("0", 0, undefined), nothing, 10, true)).toBe("█████████►")
  })

  test("an empty journal says so", async () => {
    const given = screen(80)
    const timeline = new Timeline(given.screen, RUN, NOW_MS)
    await timeline.page({ entries: [] })
    await timeline.close()
    expect(given.lines()).toEqual(["Its journal is empty."])
  })
})

describe("the head", () => {
  test("says how a run stands, what it waits for and what one can do", async () => {
    const given = screen(undefined)
    await printHead(given.screen, RUN, NOW_MS)
    expect(given.lines()).toEqual([
      "order/7  suspended  buy v2",
      "created   2026-01-01T00:00:00Z, 1 min 40 s ago",
      "tags      team=red",
      'input     [{"sku":"widget"}]',
      "waits for timer until 2026-01-01T00:02:40Z, in 1 min at 3",
      "rows      7 written, 9 read",
      "you can   signal, update, pause, cancel, kill, fork",
    ])
  })

  test("says how often a run was taken up from its journal", async () => {
    const given = screen(undefined)
    const last = [{ at: "2026-01-01T00:01:00.000Z", entries: 3 }]
    await printHead(given.screen, { ...RUN, replays: { count: 21, last } }, NOW_MS)
    expect(given.lines()).toContain("replays   21, the last 2026-01-01T00:01:00Z of 3 entries")
  })
})

describe("tables", () => {
  test("are cut where the terminal ends, the flexible columns alone, and never elsewhere", async () => {
    const columns = [{ title: "ID", isFlexible: true }, { title: "STATUS" }]
    const rows = [["x".repeat(80), "completed"]]
    const narrow = screen(40)
    await new Table(narrow.screen, columns).page(rows)
    expect(narrow.lines().at(-1)).toBe(`${"x".repeat(28)}…  completed`)
    const piped = screen(undefined)
    await new Table(piped.screen, columns).page(rows)
    expect(piped.lines().at(-1)).toBe(`${"x".repeat(80)}  completed`)
  })
})

describe("text", () => {
  test("what a run says does not command the terminal or turn its text around", () => {
    expect(oneLine("a\u001b]0;x\u0007b\nc\u009b2J\u202etxt")).toBe(
      "a\\u001b]0;x\\u0007b c\\u009b2J\\u202etxt",
    )
    const hostile = { "\u202e": "\u009b2J\u007f\u2066" }
    expect(JSON.parse(safeJson(hostile))).toEqual(hostile)
    expect(safeJson(hostile)).toMatch(/^[\u0020-\u007e]*$/)
  })

  test("widths and cuts count columns, not characters", () => {
    expect(columnsOf("日本👍🏽é")).toBe(7)
    expect(cut("日本語", 4)).toBe("日…")
    expect(cut("abc", 3)).toBe("abc")
    expect(cut("abc", 0)).toBe("")
  })

  test.each([
    [0, "0 ms"],
    [999, "999 ms"],
    [12_440, "12.4 s"],
    [59_960, "1 min"],
    [200_000, "3 min 20 s"],
    [3_599_600, "1 h"],
    [18_720_000, "5 h 12 min"],
    [2 * 86_400_000 + 3_600_000, "2 d 1 h"],
    [-5, "0 ms"],
  ])("%i ms is %s", (ms, text) => {
    expect(duration(ms)).toBe(text)
  })
})

describe("a narrow terminal", () => {
  const LONG =
    "the bank said no, and nobody knows why it did so this time, so that somebody must look"

  function widest(lines: readonly string[]): number {
    return Math.max(...lines.map(columnsOf))
  }

  test.each([40, 60, 80])("of %i columns holds the head of a run", async (columns) => {
    const given = screen(columns, { NO_COLOR: "1" })
    const error = { name: "Panic", message: LONG, code: "panic" }
    const ended = { status: "halted", endedAt: at(90), error } as const
    await printHead(given.screen, { ...RUN, ...ended }, NOW_MS)
    expect(widest(given.lines())).toBeLessThanOrEqual(columns)
    expect(given.lines().join(" ").replaceAll(/ +/g, " ")).toContain(LONG)
  })

  test("a run that waits for its start is nowhere yet", async () => {
    const given = screen(undefined)
    const waitingFor = [{ kind: "start", path: "", until: at(160) }] as const
    await printHead(given.screen, { ...RUN, waitingFor }, NOW_MS)
    expect(given.lines().find((line) => line.startsWith("waits for"))).toBe(
      "waits for its start until 2026-01-01T00:02:40Z, in 1 min",
    )
  })

  test.each([40, 60, 80, 200])(
    "of %i columns holds lists, counts and the inbox",
    async (columns) => {
      const card = {
        id: "orders/2026/7",
        workflow: "buy-a-widget",
        version: 2,
        status: "halted" as const,
        createdAt: at(0),
        endedAt: at(30),
        changedAt: at(30),
        tags: {},
        problem: { code: "panic", message: LONG },
      }
      const counts = Object.fromEntries(STATUSES.map((status) => [status, 1_000]))
      const workflow = { workflow: "buy-a-widget", version: 2, total: 8_000, statuses: counts }
      const answers = [
        { runs: [card], cursor: undefined },
        {
          total: 8_000,
          statuses: counts,
          workflows: [workflow],
          minutes: [],
          index: { shards: 4, unread: 0 },
        },
      ]
      for (const [index, command] of [LIST, STATS, HALTED].entries()) {
        const given = screen(columns, { NO_COLOR: "1" })
        const fetch = () => Promise.resolve(Response.json(answers[index % 2]))
        const client = createClient({ url: "http://belay", fetch })
        const { signal } = new AbortController()
        await command.run({ client, screen: given.screen, given: readGiven(command, []), signal })
        expect(widest(given.lines())).toBeLessThanOrEqual(columns)
        expect(given.lines().length).toBeGreaterThan(1)
      }
    },
  )
})
