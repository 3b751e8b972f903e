// Strangers: servers that are not Belay, that say nothing, and an output that takes nothing.
import { createServer, type RequestListener } from "node:http"
import type { AddressInfo } from "node:net"
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest"
import { BelayCommand } from "./support/command.ts"
import { card, fakeBelay } from "./support/fake-belay.ts"

let belay: BelayCommand

beforeAll(async () => {
  belay = await BelayCommand.bundle()
})

afterAll(() => belay.remove())

async function listening(answer: RequestListener): Promise<{ url: string; port: number }> {
  const server = createServer(answer)
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, port }
}

const RUN = { ...card("a"), input: [] }

const COMMANDS: readonly (readonly string[])[] = [
  ["list"],
  ["show", "a"],
  ["stats"],
  ["halted"],
  ["workflows"],
  ["rebuild"],
  ["start", "buy", "a"],
  ["cancel", "a"],
  ["retry", "a"],
  ["fork", "a", "b", "--from", "0"],
  ["signal", "a", "go"],
  ["update", "a", "add"],
  ["resolve", "token"],
  ["delete", "a"],
  ["tail", "a"],
  ["export", "a"],
]

describe("a server that is not Belay", () => {
  test.each(COMMANDS.map((args) => [args]))("%j: a plain sentence and 3", async (args) => {
    for (const body of ["{}", "null", "<html>"]) {
      const { url } = await listening((_, response) => void response.end(body))
      const { code, out, err } = await belay.run([...args, "--url", url])
      expect([code, out]).toEqual([3, ""])
      expect(err).toMatch(/^belay: [^\n]{20,600}\n$/)
      const json = await belay.run([...args, "--url", url, "--json"])
      expect(JSON.parse(json.err)).toMatchObject({ error: { code: "bad_answer" } })
    }
  })

  test("an answer to the events that is no stream ends tail with 3", async () => {
    const { url } = await fakeBelay({
      "GET /v1/runs/a": () => ({ body: RUN }),
      "GET /v1/runs/a/events": () => ({ body: {} }),
    })
    const { code, err } = await belay.run(["tail", "a", "--url", url])
    expect(code).toBe(3)
    expect(err).toContain("a stream of events is wanted, this is application/json")
  })
})

describe("a server that says nothing", () => {
  test.each([[["list"]], [["tail", "a"]], [["cancel", "a"]], [["start", "buy", "a", "--wait"]]])(
    "%j: 3 when the time is over",
    async (args) => {
      const { url } = await listening(() => undefined)
      const { code, err } = await belay.run([...args, "--url", url, "--answer-timeout", "300ms"])
      expect(code).toBe(3)
      expect(err).toMatch(/^belay: No answer came within 0.3 s. --url or BELAY_URL says/)
    },
  )

  test("an update that nobody answers ends with 1 and says its key", async () => {
    const { url } = await listening((_, response) => {
      response.writeHead(202, { "content-type": "application/json" })
      response.end('{"statusUrl":"/x"}')
    })
    const args = ["update", "a", "add", "1", "--key", "k1", "--within", "700ms", "--url", url]
    const { code, out, err } = await belay.run(args)
    expect([code, out]).toEqual([1, ""])
    expect(err).toContain('Run "a" has not answered the update "add" within 700 ms.')
    expect(err).toContain('the key "k1"')
  })
})

describe("where Belay is", () => {
  test("this machine needs no scheme; PORT is the one of npm start", async () => {
    const { port } = await listening((_, response) => void response.end('{"runs":[]}'))
    for (const host of ["127.0.0.1", "localhost"]) {
      const named = await belay.run(["list", "--json", "--url", `${host}:${port}`])
      expect([named.code, named.err]).toEqual([0, ""])
    }
    const env = { PORT: String(port) }
    expect((await belay.run(["list", "--json"], { env })).code).toBe(0)
    expect((await belay.run(["list"], { env: { PORT: "auto" } })).code).toBe(2)
  })

  test("what the server tells who writes requests is told in the command line's words", async () => {
    const refused = (code: string, message: string) => ({ body: { error: { code, message } } })
    const { url } = await fakeBelay({
      "GET /v1/runs": () => ({
        status: 401,
        ...refused("unauthorized", 'This route needs a token; send it as the header "A: <token>".'),
      }),
      "GET /v1/runs/nobody": () => ({
        status: 404,
        ...refused("run_unknown", 'There is no run "nobody"; start it with POST /v1/runs/nobody.'),
      }),
    })
    expect((await belay.run(["list", "--url", url])).err).toBe(
      "belay: This needs a token. BELAY_TOKEN or --token-file gives one.\n",
    )
    expect(await belay.run(["show", "nobody", "--url", url])).toMatchObject({
      code: 4,
      err: 'belay: There is no run "nobody"; "belay list" shows those there are.\n',
    })
  })
})

test("an output that is full is one line and 1", async () => {
  const { url } = await fakeBelay({ "GET /v1/runs": () => ({ body: { runs: [card("a")] } }) })
  const child = await belay.run(["list", "--url", url], { outFile: "/dev/full" })
  expect(child.code).toBe(1)
  expect(child.err).toMatch(/^belay: Standard output cannot be written: ENOSPC[^\n]*\n$/)
})

test("a made-up id is said where the answer to its start is lost", async () => {
  const { url } = await listening(() => undefined)
  const { code, err } = await belay.run(["start", "buy", "--url", url, "--answer-timeout", "200ms"])
  expect(code).toBe(3)
  expect(err).toMatch(/^The id was to be [0-9a-f-]{36}\.\nbelay: No answer came/)
})

test("a made-up id is said as soon as the run is begun", async () => {
  const { url } = await listening((request, response) => {
    const id = /^\/v1\/runs\/([^/]+)$/.exec(request.url ?? "")?.[1]
    response.writeHead(id === undefined ? 403 : 201, { "content-type": "application/json" })
    const error = { code: "forbidden", message: "It may not read." }
    response.end(JSON.stringify(id === undefined ? { error } : { ...RUN, id, status: "running" }))
  })
  const { code, err } = await belay.run(["start", "buy", "--wait", "--url", url])
  expect(code).toBe(3)
  expect(err).toMatch(/^Run [0-9a-f-]{36} is begun\.\nbelay: It may not read\.\n$/)
  const json = await belay.run(["start", "buy", "--wait", "--json", "--url", url])
  expect(JSON.parse(json.err.split("\n")[0] ?? "")).toEqual({
    started: expect.stringMatching(/^[0-9a-f-]{36}$/),
  })
  expect((await belay.run(["start", "buy", "named", "--wait", "--url", url])).err).not.toContain(
    "begun",
  )
})
