// Tail against a real server: live, over a SIGKILL of the runtime, to the run's end; ended by a person; its reader gone.
import { afterAll, beforeAll, expect, test } from "vitest"
import { waitUntil } from "../../scripts/support/wait-until.ts"
import { BelayCommand, type Going } from "./support/command.ts"
import { Server, TOKENS } from "./support/server.ts"

const START_TIMEOUT_MS = 60_000
const SOON_MS = 20_000

let belay: BelayCommand
let server: Server

beforeAll(async () => {
  ;[belay, server] = await Promise.all([BelayCommand.bundle(), Server.start()])
  belay.env = { BELAY_URL: server.url, BELAY_TOKEN: TOKENS.operate }
}, START_TIMEOUT_MS)

afterAll(async () => {
  await server.end()
  belay.remove()
})

function said(going: Going, text: string): Promise<string> {
  return waitUntil(`tail to say ${text}`, SOON_MS, () =>
    Promise.resolve(going.out().includes(text) ? going.out() : undefined),
  )
}

test(
  "goes on over a SIGKILL of the runtime, no event lost and none twice, and ends with the run",
  async () => {
    await belay.json(["start", "waits", "t1"])
    const json = belay.go(["tail", "t1", "--json"])
    const text = belay.go(["tail", "t1"])
    await said(json, "suspended")
    await said(text, "suspended")
    await server.workerd.kill()
    await server.workerd.start()
    await belay.json(["update", "t1", "add", "2"])
    await belay.json(["signal", "t1", "go", "7"])
    const ended = await json.ended
    expect([ended.code, ended.err]).toEqual([0, ""])
    const events = ended.out
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as { event: string; id: string; data: { status?: string } })
    expect(events.at(-1)).toMatchObject({ event: "end", data: { status: "completed" } })
    expect(new Set(events.map(({ id }) => id)).size).toBe(events.length)
    const whole = await belay.run(["tail", "t1", "--json"])
    const entries = (lines: string) => lines.split("\n").filter((line) => line.includes('"entry"'))
    expect(entries(ended.out).map(withoutId)).toEqual(entries(whole.out).map(withoutId))
    const read = await text.ended
    expect([read.code, read.err]).toEqual([0, ""])
    expect(read.out).toMatch(/^\d\d:\d\d:\d\d\.\d{3} {2}0 +race .*waiting$/m)
    expect(read.out).toContain('t1  completed  waits v1  {"count":2,"value":7}')
    const from = await belay.run(["tail", "t1", "--json", "--after", events.at(-2)?.id ?? ""])
    expect(from.out.trimEnd().split("\n")).toHaveLength(1)
  },
  START_TIMEOUT_MS,
)

/** Of an event what does not change with the status that was told last. */
function withoutId(line: string): unknown {
  const { event, data } = JSON.parse(line) as { event: string; data: unknown }
  return { event, data }
}

test("a run that does not complete ends it with 1; behind the end it says the same", async () => {
  const { code, out } = await belay.run(["start", "fails", "t2", "--wait"])
  expect([code, out.includes("failed")]).toEqual([1, true])
  const tail = await belay.run(["tail", "t2", "--json"])
  expect(tail.code).toBe(1)
  const end = JSON.parse(tail.out.trimEnd().split("\n").at(-1) ?? "") as { id: string }
  expect(await belay.run(["tail", "t2", "--after", end.id])).toEqual({ code: 1, out: "", err: "" })
  expect((await belay.run(["tail", "nobody"])).code).toBe(4)
})

test("a run that is halted ends it with 1 and says what helps, also behind its last event", async () => {
  await belay.run(["start", "halts", "t6", "--input", "[0]", "--wait"])
  const { code, out, err } = await belay.run(["tail", "t6"])
  expect(code).toBe(1)
  expect(out).toContain("halted  panic: charged 0")
  expect(err).toMatch(/^Run t6 is halted\. Look at the step .* --stay waits for that\.\n$/)
  const json = await belay.run(["tail", "t6", "--json"])
  expect([json.code, json.err]).toEqual([1, ""])
  const last = JSON.parse(json.out.trimEnd().split("\n").at(-1) ?? "") as { id: string }
  const behind = await belay.run(["tail", "t6", "--after", last.id])
  expect(behind).toMatchObject({ code: 1, out: "" })
  expect(behind.err).toContain("Run t6 is halted.")
})

test("told to stay, it goes on when a person lets the run go on", async () => {
  await belay.run(["start", "halts", "t7", "--input", "[0]", "--wait"])
  const going = belay.go(["tail", "t7", "--stay"])
  await said(going, "halted")
  await belay.json(["skip", "t7", "1", "500"])
  const { code, out } = await going.ended
  expect(code).toBe(0)
  expect(out).toContain('t7  completed  halts v1  {"paid":500}')
})

test("Ctrl-C ends it at once with 130 and says nothing; the run goes on", async () => {
  await belay.json(["start", "waits", "t3"])
  const going = belay.go(["tail", "t3"])
  await said(going, "suspended")
  going.child.kill("SIGINT")
  const { code, err } = await going.ended
  expect([code, err]).toEqual([130, ""])
  expect(await belay.json(["show", "t3"])).toMatchObject({ run: { status: "suspended" } })
})

test("Ctrl-C also ends a wait for a run's end", async () => {
  const going = belay.go(["start", "waits", "t4", "--wait"])
  await waitUntil("t4 to be there", SOON_MS, async () =>
    (await belay.run(["show", "t4"])).code === 0 ? true : undefined,
  )
  going.child.kill("SIGINT")
  expect(await going.ended).toEqual({ code: 130, out: "", err: "" })
})

test("a reader that leaves is no error", async () => {
  await belay.json(["start", "waits", "t5"])
  const going = belay.go(["tail", "t5"])
  await said(going, "suspended")
  going.child.stdout?.destroy()
  // Something is said to nobody.
  await belay.json(["signal", "t5", "go"])
  const { code, err } = await going.ended
  expect([code, err]).toEqual([0, ""])
})
