// What is typed wrongly, what cannot be reached, and where a token comes from.
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { freePort } from "../../scripts/support/free-port.ts"
import { waitUntil } from "../../scripts/support/wait-until.ts"
import { COMMANDS } from "../../src/cli/commands.ts"
import { BelayCommand } from "./support/command.ts"
import { card, fakeBelay } from "./support/fake-belay.ts"

const SOON_MS = 20_000

let belay: BelayCommand

beforeAll(async () => {
  belay = await BelayCommand.bundle()
})

afterAll(() => belay.remove())

describe("usage", () => {
  test.each([
    [["lst"], 'There is no command "lst"'],
    [["show"], "ID is missing."],
    [["show", "a", "b"], '"b" is one argument too many.'],
    [["fork", "a", "b"], "--from is missing."],
    [["list", "--colour"], "Unknown option '--colour'"],
    [["list", "--status", "asleep"], '--status is "asleep"; a run is one of running,'],
    [["list", "--order", "best"], '--order is "best"; it is newest or oldest.'],
    [["list", "--limit", "ten"], '--limit is "ten", not a whole number.'],
    [["list", "--limit", "999"], "--limit is 999; it is 1 to 200."],
    [["list", "--limit", "0"], "--limit is 0; it is 1 to 200."],
    [["--frob"], "Unknown option '--frob'. \"belay help\" says"],
    [["start", "buy", "--within", "5s"], "--within says how long --wait waits"],
    [["list", "--tag", "red"], '--tag is "red"; it is written key=value.'],
    [["list", "--tag", "a=1", "--tag", "a=2"], '--tag names "a" twice.'],
    [["list", "--created-after", "yesterday"], '--created-after is "yesterday"; an instant is'],
    [["list", "--created-after", "2026-01-01T08:00"], "an instant is written"],
    [["start", "buy", "--timeout", "soon"], "a duration is written 500ms, 30s, 5m, 2h or 1d."],
    [["start", "buy", "--input", "{"], "The input is no JSON:"],
    [["start", "buy", "--input", "7"], "the workflow's arguments are written [7]"],
    [["start", "buy", "--input", "[]", "--input-file", "-"], "The input is given twice"],
    [["signal", "a", "go", "hello"], `A text has its quotes: '"like this"'.`],
    [["start", "buy", "--input-file", "/no/such"], "/no/such cannot be read:"],
    [["list", "--url", "ftp://example.com"], '"ftp://example.com" is no address'],
    [["list", "--url", "belay.example.com"], '"belay.example.com" is no address'],
    [["list", "--url", "http://127.0.0.1/?a=1"], "nothing stands behind ? or #"],
    [["list", "--url", "http://ada:secret@example.com"], "a token goes into BELAY_TOKEN"],
    [["list", "--token-file", "/no/such"], "/no/such cannot be read:"],
  ])("%j", async (args, said) => {
    const { code, out, err } = await belay.run(args)
    expect([code, out]).toEqual([2, ""])
    expect(err).toMatch(/^belay: /)
    expect(err).toContain(said)
    const json = await belay.run([...args, "--json"])
    expect(JSON.parse(json.err)).toMatchObject({ error: { code: "usage" } })
  })

  test("help names every command, and each command its options", async () => {
    const { code, out } = await belay.run(["help"])
    expect(code).toBe(0)
    for (const { name } of COMMANDS) expect(out).toMatch(new RegExp(`^  ${name}\\b`, "m"))
    expect((await belay.run([])).code).toBe(2)
    expect((await belay.run(["--help"])).code).toBe(0)
    const list = await belay.run(["help", "list"])
    expect(list.out).toContain("--id-prefix TEXT")
    expect((await belay.run(["list", "-h"])).out).toBe(list.out)
  })

  test("the version, and a command that is missing, as text and as JSON", async () => {
    expect(await belay.run(["--version"])).toMatchObject({ code: 0, err: "" })
    expect((await belay.run(["-V"])).out).toMatch(/^belay \d+\.\d+\.\d+\n$/)
    const missing = await belay.run(["--json"])
    expect([missing.code, missing.out]).toEqual([2, ""])
    expect(JSON.parse(missing.err)).toMatchObject({ error: { code: "usage" } })
    // Behind -- it is an argument.
    expect((await belay.run(["show", "--", "--json", "b"])).err).toMatch(/^belay: /)
  })

  test.each([
    [["show", "."]],
    [["signal", ".", "cancel"]],
    [["signal", "a", ".."]],
    [["update", "a", "."]],
    [["cancel", ""]],
    [["tail", ".."]],
    [["export", "."]],
    [["delete", "a\nb"]],
    [["resolve", "."]],
    [["reject", "..", "no"]],
  ])("%j is refused before anything is asked", async (args) => {
    const { url, asked } = await fakeBelay({})
    expect(await belay.run([...args, "--url", url])).toMatchObject({ code: 2, out: "" })
    const { err } = await belay.run([...args, "--url", url, "--json"])
    expect(JSON.parse(err)).toMatchObject({ error: { code: "invalid_id" } })
    expect(asked).toEqual([])
  })

  test("a file may begin with the mark of its encoding", async () => {
    const folder = mkdtempSync(join(tmpdir(), "belay-input-"))
    const file = join(folder, "input.json")
    writeFileSync(file, "\ufeff[1]")
    const { url, asked } = await fakeBelay({
      "POST /v1/runs/a": () => ({ status: 201, body: { ...card("a"), input: [1] } }),
    })
    expect((await belay.run(["start", "buy", "a", "--input-file", file, "--url", url])).code).toBe(
      0,
    )
    expect(asked[0]?.body).toEqual({ workflow: "buy", input: [1] })
    rmSync(folder, { recursive: true })
  })

  test("options that hold everywhere may stand before the command; what begins with - stands behind --", async () => {
    const { url, asked } = await fakeBelay({
      "GET /v1/runs/-x%2F%25": () => ({
        body: { ...card("-x/%"), input: [], result: 1 },
      }),
      "GET /v1/runs/-x%2F%25/journal": () => ({ body: { entries: [] } }),
    })
    const args = ["--json", "--url", url, "show", "--", "-x/%"]
    const { code, out } = await belay.run(args)
    expect([code, JSON.parse(out)]).toMatchObject([0, { run: { id: "-x/%" }, entries: [] }])
    expect(asked.map(({ line }) => line)).toContain("GET /v1/runs/-x%2F%25")
  })
})

describe("the server", () => {
  test("nobody answers, or something else does: 3", async () => {
    const url = `http://127.0.0.1:${await freePort()}`
    const nobody = await belay.run(["show", "a"], { env: { BELAY_URL: url } })
    expect(nobody).toMatchObject({ code: 3, out: "" })
    expect(nobody.err).toContain("ECONNREFUSED")
    expect(nobody.err).toContain("--url or BELAY_URL says where Belay is.")
    const page = await fakeBelay({ "GET /v1/runs/a": () => ({ status: 418, body: "teapot" }) })
    expect((await belay.run(["show", "a", "--url", page.url])).code).toBe(3)
    const old = await fakeBelay({})
    expect((await belay.run(["stats", "--url", old.url])).code).toBe(3)
  })

  test("what the server finds written wrongly is 2", async () => {
    const error = { code: "invalid_request", message: "limit is 90; at most 80." }
    const { url } = await fakeBelay({ "GET /v1/runs": () => ({ status: 400, body: { error } }) })
    expect(await belay.run(["list", "--limit", "90", "--url", url])).toEqual({
      code: 2,
      out: "",
      err: "belay: limit is 90; at most 80.\n",
    })
  })

  test("the token comes from a file or from BELAY_TOKEN, and goes with every question", async () => {
    const folder = mkdtempSync(join(tmpdir(), "belay-token-"))
    const file = join(folder, "token")
    const { url, asked } = await fakeBelay({ "GET /v1/runs": () => ({ body: { runs: [] } }) })
    writeFileSync(file, "from-file\n")
    const env = { BELAY_URL: url, BELAY_TOKEN: "from-environment" }
    await belay.run(["list"], { env })
    await belay.run(["list", "--token-file", file], { env })
    await belay.run(["list"], { env: { BELAY_URL: url } })
    expect(asked.map(({ authorization }) => authorization)).toEqual([
      "Bearer from-environment",
      "Bearer from-file",
      undefined,
    ])
    writeFileSync(file, "\n")
    expect((await belay.run(["list", "--token-file", file], { env })).code).toBe(2)
    rmSync(folder, { recursive: true })
  })
})

test("Ctrl-C in the middle of an export leaves no file behind", async () => {
  const folder = mkdtempSync(join(tmpdir(), "belay-export-"))
  const server = createServer((_, response) => {
    // The rest never comes.
    response.write('{"type":"run"}\n')
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const file = join(folder, "run.jsonl")
  const going = belay.go(["export", "a", "-o", file, "--url", url])
  await waitUntil("the export to begin", SOON_MS, () =>
    Promise.resolve(existsSync(`${file}.part`) ? true : undefined),
  )
  going.child.kill("SIGINT")
  expect(await going.ended).toEqual({ code: 130, out: "", err: "" })
  expect(readdirSync(folder)).toEqual([])
  server.closeAllConnections()
  server.close()
  rmSync(folder, { recursive: true })
})
