// The command line against a real server: runs started, shown, talked to and operated, as text and as JSON.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { waitUntil } from "../../scripts/support/wait-until.ts"
import type { Run } from "../../src/client/index.ts"
import { BelayCommand } from "./support/command.ts"
import { Server, TOKENS } from "./support/server.ts"

const START_TIMEOUT_MS = 60_000
const SOON_MS = 15_000

let belay: BelayCommand
let server: Server
let folder: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "belay-cli-files-"))
  ;[belay, server] = await Promise.all([BelayCommand.bundle(), Server.start()])
  belay.env = { BELAY_URL: server.url, BELAY_TOKEN: TOKENS.operate }
}, START_TIMEOUT_MS)

afterAll(async () => {
  await server.end()
  belay.remove()
  rmSync(folder, { recursive: true, force: true })
})

function statusOf(id: string, wanted: string): Promise<Run> {
  return waitUntil(`${id} to be ${wanted}`, SOON_MS, async () => {
    const { run } = await belay.json<{ run: Run }>(["show", id])
    return run.status === wanted ? run : undefined
  })
}

describe("start", () => {
  test("starts, waits, and prints the result; the same again is the same run", async () => {
    const args = ["start", "greet", "a/b %1", "--input", '["ada"]', "--tag", "team=red", "--wait"]
    const { code, out, err } = await belay.run(args)
    expect([code, err]).toEqual([0, ""])
    expect(out).toBe('a/b %1  completed  greet v1\n"ada reserved, hello"\n')
    const again = await belay.json(args)
    expect(again).toMatchObject({
      created: false,
      run: { id: "a/b %1", tags: { team: "red" }, result: "ada reserved, hello" },
    })
    expect((await belay.run(args)).out).toContain("(it was there already)")
  })

  test("input from a file and from standard input; an id is made", async () => {
    const file = join(folder, "input.json")
    writeFileSync(file, '["file"]')
    const fromFile = await belay.json(["start", "greet", "--input-file", file, "--wait"])
    expect(fromFile).toMatchObject({ created: true, run: { result: "file reserved, hello" } })
    expect((fromFile["run"] as Run).id).toMatch(/^[0-9a-f-]{36}$/)
    const typed = { input: '["pipe"]' }
    const fromPipe = await belay.json(["start", "greet", "--input-file", "-", "--wait"], typed)
    expect(fromPipe).toMatchObject({ run: { result: "pipe reserved, hello" } })
  })

  test("a run that fails ends it with 1, and says why without commanding the terminal", async () => {
    const { code, out } = await belay.run(["start", "fails", "f1", "--wait"])
    expect(code).toBe(1)
    expect(out).toContain("f1  failed  fails v1")
    expect(out).toContain("the card is \\u001b[31mrefused\\u001b[0m for good")
    expect(out).not.toContain("\u001b")
  })

  test("a deadline and a later start", async () => {
    const { run } = await belay.json<{ run: Run }>(["start", "greet", "later", "--start-at", "2h"])
    expect(run).toMatchObject({ status: "suspended", waitingFor: [{ kind: "start" }] })
    const begun = await belay.run(["resume", "later", "--reason", "now"])
    expect([begun.code, begun.out.split("  ")[0]]).toEqual([0, "later"])
    await statusOf("later", "completed")
    await belay.json(["start", "sleeps", "short", "--timeout", "300ms"])
    await statusOf("short", "timed_out")
  })

  test("the same id with another input is refused with 1, an unknown workflow with 4", async () => {
    await belay.json(["start", "greet", "c1", "--input", "[1]"])
    const conflict = await belay.run(["start", "greet", "c1", "--input", "[2]"])
    expect(conflict).toMatchObject({ code: 1, out: "" })
    expect(conflict.err).toMatch(/^belay: /)
    const unknown = await belay.run(["start", "nothing", "c2", "--json"])
    expect(unknown).toMatchObject({ code: 4, out: "" })
    expect(JSON.parse(unknown.err)).toMatchObject({ error: { code: "workflow_unknown" } })
  })
})

describe("messages", () => {
  test("updates, signals, and the run's end", async () => {
    await belay.json(["start", "waits", "w1"])
    expect(await belay.run(["update", "w1", "add", "3"])).toEqual({ code: 0, out: "3\n", err: "" })
    expect(await belay.json(["update", "w1", "add", "4"])).toEqual({ reply: 7 })
    const rejected = await belay.run(["update", "w1", "add", "0"])
    expect(rejected).toEqual({ code: 1, out: "", err: "belay: an amount is at least 1\n" })
    const typed = { input: '{"by": "ada"}' }
    const sent = await belay.run(["signal", "w1", "go", "--value-file", "-"], typed)
    expect(sent).toEqual({ code: 0, out: "Run w1 has the signal go.\n", err: "" })
    expect((await statusOf("w1", "completed")).result).toEqual({ count: 7, value: { by: "ada" } })
    expect((await belay.run(["signal", "w1", "go"])).code).toBe(1)
    expect((await belay.run(["signal", "nobody", "go"])).code).toBe(4)
  })

  test("promises: the token from standard input or as it is; the first settlement holds", async () => {
    const tokenOf = async (id: string) => {
      await belay.json(["start", "approval", id])
      const { waitingFor } = await statusOf(id, "suspended")
      return waitingFor?.[0]?.token ?? ""
    }
    const first = await tokenOf("p1")
    const typed = { input: `${first}\n` }
    expect(await belay.json(["resolve", "-", '{"ok": true}'], typed)).toEqual({
      status: "resolved",
      value: { ok: true },
    })
    expect((await statusOf("p1", "completed")).result).toEqual({ ok: true })
    const late = await belay.run(["reject", first, "too late"])
    expect(late).toEqual({ code: 0, out: 'The promise is resolved: {"ok":true}\n', err: "" })
    const second = await tokenOf("p2")
    const rejected = ["reject", second, "sold out", "--code", "sold_out", "--details", '{"sku": 1}']
    expect(await belay.json(rejected)).toMatchObject({ status: "rejected" })
    expect((await statusOf("p2", "failed")).error).toMatchObject({
      message: "sold out",
      code: "sold_out",
    })
    expect((await belay.run(["resolve", "made-up"])).code).toBe(4)
  })
})

describe("operators", () => {
  test("halted, shown, retried, skipped, forked, killed", async () => {
    const started = await belay.run(["start", "halts", "h1", "--input", "[0]", "--wait"])
    expect([started.code, started.out]).toEqual([
      1,
      "h1  halted  halts v1\nPanic (panic): charged 0\n",
    ])
    const { out } = await belay.run(["show", "h1"])
    expect(out).toContain("error     Panic (panic): charged 0")
    expect(out).toContain("you can   retry, skip, fork, kill")
    expect((await belay.run(["retry", "h1", "--from", "1"])).code).toBe(0)
    await statusOf("h1", "halted")
    expect(await belay.json(["fork", "h1", "h2", "--from", "0"])).toMatchObject({ id: "h2" })
    await statusOf("h2", "halted")
    const skipped = await belay.json(["skip", "h1", "1", "500", "--reason", "paid by hand"])
    expect(skipped).toMatchObject({ id: "h1" })
    expect((await statusOf("h1", "completed")).result).toEqual({ paid: 500 })
    const killed = await belay.run(["kill", "h2", "--reason", "enough"])
    expect(killed).toEqual({ code: 0, out: "h2  cancelled  halts v1\n", err: "" })
    const twice = await belay.run(["kill", "h2", "--json"])
    expect(JSON.parse(twice.err)).toMatchObject({
      error: { code: "wrong_status", details: { status: "cancelled" } },
    })
    expect(twice.code).toBe(1)
  })

  test("paused, resumed, cancelled, deleted; who and why stand in the journal", async () => {
    await belay.json(["start", "sleeps", "s1"])
    expect(await belay.json(["pause", "s1", "--reason", "stocktaking"])).toMatchObject({
      status: "paused",
    })
    await belay.json(["resume", "s1"])
    expect((await belay.run(["delete", "s1"])).code).toBe(1)
    await belay.json(["cancel", "s1", "--reason", "changed my mind"])
    await statusOf("s1", "cancelled")
    const { entries } = await belay.json<{ entries: { kind: string; value?: unknown }[] }>([
      "show",
      "s1",
    ])
    expect(JSON.stringify(entries.filter(({ kind }) => kind === "operator"))).toContain(
      "stocktaking",
    )
    const deleted = await belay.run(["delete", "s1"])
    expect(deleted).toEqual({ code: 0, out: "Run s1 is deleted.\n", err: "" })
    expect((await belay.run(["show", "s1"])).code).toBe(4)
  })
})

describe("export", () => {
  test("to standard output and to a file, which is whole or not there", async () => {
    await belay.json(["start", "greet", "e1", "--input", '["x"]', "--wait"])
    const { code, out } = await belay.run(["export", "e1"])
    expect(code).toBe(0)
    const lines = out.trimEnd().split("\n")
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({ type: "run", id: "e1" })
    expect(JSON.parse(lines.at(-1) ?? "")).toMatchObject({ type: "end" })
    const file = join(folder, "e1.jsonl")
    const written = await belay.run(["export", "e1", "-o", file])
    expect(written).toEqual({ code: 0, out: "", err: `${lines.length} lines are in ${file}.\n` })
    // But for the instant of the export, which the first line has.
    expect(readFileSync(file, "utf8").trimEnd().split("\n").slice(1)).toEqual(lines.slice(1))
    const missing = await belay.run(["export", "nobody", "-o", join(folder, "nobody.jsonl")])
    expect(missing.code).toBe(4)
    const nowhere = await belay.run(["export", "e1", "-o", join(folder, "no", "such")])
    expect(nowhere.code).toBe(2)
    expect(readdirSync(folder).filter((name) => name.includes("nobody"))).toEqual([])
  })
})

describe("rights", () => {
  test("a token of a file, a token that may only read, none, and a wrong one", async () => {
    const file = join(folder, "token")
    writeFileSync(file, `${TOKENS.read}\n`)
    const as = (token: string) => ({ env: { BELAY_TOKEN: token } })
    await belay.json(["start", "sleeps", "r1"])
    const reader = await belay.run(["show", "r1", "--token-file", file], as(""))
    expect(reader.code).toBe(0)
    expect((await belay.run(["kill", "r1", "--token-file", file])).code).toBe(3)
    expect((await belay.run(["show", "r1"], as(""))).code).toBe(3)
    const wrong = await belay.run(["show", "r1", "--json"], as("wrong"))
    expect(wrong).toMatchObject({ code: 3, out: "" })
    expect(JSON.parse(wrong.err)).toMatchObject({ error: { code: "unauthorized" } })
    expect((await belay.run(["kill", "r1"])).code).toBe(0)
  })
})
