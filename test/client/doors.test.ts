// Doors: what the client refuses to send, what it refuses to believe, and how long it waits for nobody.
import { describe, expect, onTestFinished, test, vi } from "vitest"
import { createClient, type BelayClientError, type Client } from "../../src/client/index.ts"
import { entry, eventText, fakeServer, json, run, stream } from "./support/fake-server.ts"
import type { Answer, Request } from "./support/fake-server.ts"

function given(...answers: readonly Answer[]) {
  const server = fakeServer(...answers)
  return { ...server, client: createClient({ url: "http://belay", fetch: server.fetch }) }
}

async function errorOf(asked: Promise<unknown>): Promise<BelayClientError> {
  return asked.then(
    () => Promise.reject(new Error("Nothing was thrown.")),
    (error: unknown) => error as BelayClientError,
  )
}

async function watch(client: Client, signal?: AbortSignal): Promise<string[]> {
  const told: string[] = []
  for await (const { id } of client.events("r1", { signal })) told.push(id)
  return told
}

async function drain(lines: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of lines) continue
}

type Way = readonly [what: string, ask: (client: Client, part: string) => Promise<unknown>]

const WAYS: readonly Way[] = [
  ["a start", (client, part) => client.start(part, { workflow: "buy" })],
  ["a run", (client, part) => client.run(part)],
  ["a result", (client, part) => client.result(part)],
  ["a journal", (client, part) => client.journalPage(part)],
  ["events", (client, part) => drain(client.events(part))],
  ["an export", (client, part) => drain(client.export(part))],
  ["a run that is signalled", (client, part) => client.signal(part, "cancel")],
  ["a signal", (client, part) => client.signal("r1", part)],
  ["an update", (client, part) => client.update("r1", part)],
  ["a state", (client, part) => client.state("r1", part)],
  ["a verb", (client, part) => client.kill(part)],
  ["a deletion", (client, part) => client.delete(part)],
  ["a promise resolved", (client, part) => client.resolvePromise(part)],
  ["a promise rejected", (client, part) => client.rejectPromise(part, { message: "no" })],
  ["a schedule", (client, part) => client.schedules.get(part)],
  ["a schedule deleted", (client, part) => client.schedules.delete(part)],
  ["a schedule triggered", (client, part) => client.schedules.trigger(part)],
]

describe("a part of a path that is none", () => {
  test.each(WAYS)("%s: is refused before anything is sent", async (_, ask) => {
    for (const part of ["", ".", "..", "a\u0000", "a\nb", "\u007f", "\ud800"]) {
      const { client, asked } = given(json(run()))
      const error = await errorOf(ask(client, part))
      expect(error).toMatchObject({ name: "BelayClientError", code: "invalid_id", status: 0 })
      expect(asked).toEqual([])
    }
  })

  test("others are sent as they are", async () => {
    const { client, lines } = given(json(run()))
    for (const id of ["...", ".a", "a/../b", "%2e", "🦀"]) await client.run(id)
    expect(lines()).toEqual([
      "GET /v1/runs/...",
      "GET /v1/runs/.a",
      "GET /v1/runs/a%2F..%2Fb",
      "GET /v1/runs/%252e",
      "GET /v1/runs/%F0%9F%A6%80",
    ])
  })
})

const READS: readonly (readonly [string, (client: Client) => Promise<unknown>])[] = [
  ["start", (client) => client.start("r1", { workflow: "buy" })],
  ["run", (client) => client.run("r1")],
  ["result", (client) => client.result("r1")],
  ["journal", (client) => client.journalPage("r1")],
  ["page", (client) => client.page()],
  ["stats", (client) => client.stats()],
  ["workflows", (client) => client.workflows()],
  ["rebuild", (client) => client.rebuild()],
  ["signal", (client) => client.signal("r1", "go")],
  ["update", (client) => client.update("r1", "add")],
  ["cancel", (client) => client.cancel("r1")],
  ["retry", (client) => client.retry("r1")],
  ["fork", (client) => client.fork("r1", { id: "r2", from: "0" })],
  ["delete", (client) => client.delete("r1")],
  ["resolvePromise", (client) => client.resolvePromise("secret")],
  ["a schedule", (client) => client.schedules.get("n")],
  ["schedules", (client) => drain(client.schedules.list())],
  ["trigger", (client) => client.schedules.trigger("n")],
  ["events", (client) => watch(client)],
]

describe("an answer that is not Belay's", () => {
  test.each(READS)("%s: says which address, and what is wrong", async (_, read) => {
    for (const body of [{}, null, [], "hello", { id: 1, status: "asleep" }]) {
      const { client } = given(json(body))
      const error = await errorOf(read(client))
      expect(error).toMatchObject({ name: "BelayClientError", code: "bad_answer", status: 200 })
      expect(error.message).toContain("What answers at http://belay does not seem to be Belay")
      expect(error.message).not.toContain("secret")
    }
  })

  test("names the field that is missing, wherever it stands", async () => {
    const { tags: _, ...untagged } = run()
    const message = async (client: Client) => (await errorOf(client.run("r1"))).message
    expect(await message(given(json(untagged)).client)).toContain("tags is not an object")
    const replays = { count: 1, last: [{ at: "then", entries: 1 }] }
    expect(await message(given(json(run({ replays }))).client)).toContain(
      "replays.last[0].at is not an instant",
    )
    expect(await message(given(json(run({ status: "asleep" }))).client)).toContain(
      "status is not one of running,",
    )
  })

  test("what a newer server says besides is let through", async () => {
    const { client } = given(json(run({ mood: "good" })))
    expect(await client.run("r1")).toMatchObject({ id: "r1", mood: "good" })
  })

  test("an event of the wrong shape ends the watch; one of an unknown kind is passed over", async () => {
    const end = eventText("3", "end", run())
    const newer = given(
      stream([eventText("1", "mood", {}), eventText("2", "entry", entry("0")), end]),
    )
    expect(await watch(newer.client)).toEqual(["2", "3"])
    const wrong = given(stream([eventText("1", "entry", { path: "0" })]))
    expect(await errorOf(watch(wrong.client))).toMatchObject({ code: "bad_answer" })
    expect(wrong.asked).toHaveLength(1)
    const broken = given(stream(["id: 1\nevent: end\ndata: {\n\n"]))
    expect(await errorOf(watch(broken.client))).toMatchObject({ code: "bad_answer" })
  })
})

describe("nobody", () => {
  function timed(): void {
    vi.useFakeTimers()
    onTestFinished(() => void vi.useRealTimers())
  }

  /** Listens, and says nothing until it is left. */
  function silent({ signal }: Request): Promise<Response> {
    return new Promise((_, reject) => {
      signal?.addEventListener("abort", () => reject(signal.reason as Error))
    })
  }

  test("is waited for 30 s, and not asked again", async () => {
    timed()
    const { client, asked } = given(silent)
    const error = errorOf(client.run("r1"))
    await vi.advanceTimersByTimeAsync(29_900)
    expect(asked[0]?.signal?.aborted).toBe(false)
    await vi.advanceTimersByTimeAsync(200)
    expect(await error).toMatchObject({
      code: "network",
      status: 0,
      message: "No answer came within 30 s.",
    })
    expect(asked).toHaveLength(1)
  })

  test("is waited for as long as one likes, beyond what the server was asked to wait", async () => {
    timed()
    const server = fakeServer(silent)
    const client = createClient({
      url: "http://belay",
      fetch: server.fetch,
      answerTimeoutMs: 1_000,
    })
    const error = errorOf(client.start("r1", { workflow: "buy", waitMs: 5_000 }))
    await vi.advanceTimersByTimeAsync(5_900)
    expect(server.asked[0]?.signal?.aborted).toBe(false)
    await vi.advanceTimersByTimeAsync(200)
    expect(await error).toMatchObject({ code: "network" })
  })

  test("is waited for a month where that is what one likes", async () => {
    const monthMs = 30 * 86_400_000
    const server = fakeServer(json(run()))
    const client = createClient({
      url: "http://belay",
      fetch: async (url, init) => {
        await new Promise((resolve) => setTimeout(resolve, 30))
        init.signal?.throwIfAborted()
        return server.fetch(url, init)
      },
      answerTimeoutMs: monthMs,
    })
    expect(await client.run("r1")).toMatchObject({ id: "r1" })
    expect(await client.result("r1", { timeoutMs: monthMs })).toBeUndefined()
  })

  test("may stop in the middle of an answer", async () => {
    timed()
    const { client } = given(stream(['{"id"'], "hangs"))
    const error = errorOf(client.run("r1"))
    await vi.advanceTimersByTimeAsync(31_000)
    expect(await error).toMatchObject({ code: "network" })
  })

  test("may stop in the middle of an export", async () => {
    timed()
    const { client } = given(stream(['{"type":"run"}\n'], "hangs"))
    const error = errorOf(drain(client.export("r1")))
    await vi.advanceTimersByTimeAsync(31_000)
    expect((await error).message).toContain("not whole: nothing came for 30 s")
  })

  test("reads an update for as long as one likes to wait; the error has its key", async () => {
    timed()
    const { client, asked } = given(json({ statusUrl: "/x" }, 202))
    const error = errorOf(client.update("r1", "add", 1, { timeoutMs: 3_000 }))
    await vi.advanceTimersByTimeAsync(4_000)
    const { code, details } = await error
    expect(code).toBe("timeout")
    const keys = asked.map(({ headers }) => headers.get("idempotency-key"))
    expect(new Set(keys)).toEqual(new Set([(details as { idempotencyKey: string }).idempotencyKey]))
    // Four a second at most, of a server that does not hold the question.
    expect(asked.length).toBeLessThan(14)
  })

  test("has anything to tell: streams that end empty are asked for ever more slowly, then given up", async () => {
    timed()
    const { client, asked } = given(stream([]))
    const error = errorOf(watch(client))
    await vi.advanceTimersByTimeAsync(60_000)
    expect(await error).toMatchObject({ code: "network" })
    expect(asked).toHaveLength(10)
  })

  test.each([
    ["a comment", ": hello\n\n"],
    ["no pause", "retry: 0\n\n"],
    ["the same event", eventText("1", "entry", entry("0"))],
  ])("has anything new to tell: %s only", async (_, text) => {
    timed()
    const { client, asked } = given(stream([text]))
    const controller = new AbortController()
    const error = errorOf(watch(client, controller.signal))
    await vi.advanceTimersByTimeAsync(60_000)
    expect(asked.length).toBeGreaterThan(10)
    expect(asked.length).toBeLessThan(40)
    controller.abort(new Error("left"))
    expect((await error).message).toBe("left")
  })
})
