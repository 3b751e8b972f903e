// Those who watch and do not read, on a real runtime: what is kept for them has an end, others are told everything, and
// the run goes on.

import { afterAll, beforeAll, expect, test } from "vitest"
import { pause, waitUntil } from "../../scripts/support/wait-until.ts"
import { createClient } from "../../src/client/index.ts"
import { CrashRuntime, CrashWorker } from "./support/crash-runtime.ts"
import { SilentWatcher } from "./support/silent-watcher.ts"

const TEST_TIMEOUT_MS = 90_000
const SOON_MS = 30_000

/** A journal of 30 MB. */
const STEPS = 1_500
const LENGTH = 20_000

/** Together they would take 600 MB and more. */
const WATCHERS = 20

/** Streams of people who read. */
const CROWD = 200

/** Longer than a stream may stay unread. */
const UNREAD_MS = 33_000

/** Time to keep for them what would be kept. */
const SETTLE_MS = 4_000

/** Far from what a fault would take, far above what the runtime's own heap may grow by. */
const GROWTH_MEBIBYTES_MAX = 200

let worker: CrashWorker

beforeAll(async () => {
  worker = await CrashWorker.bundle()
})

afterAll(() => worker.remove())

async function watched(
  runtime: CrashRuntime,
  way: "socket" | "stream",
): Promise<{ watchers: SilentWatcher[]; growthMebibytes: number }> {
  const before = runtime.residentMebibytes
  const watchers: SilentWatcher[] = []
  for (let count = 0; count < WATCHERS; count++) {
    watchers.push(await SilentWatcher.open(runtime.url, "much", way))
  }
  await pause(SETTLE_MS)
  return { watchers, growthMebibytes: runtime.residentMebibytes - before }
}

test(
  "sockets that are not read: each gets so much and is then closed with 1013; who reads and says so gets all",
  async ({ onTestFinished }) => {
    const runtime = await CrashRuntime.start(worker, onTestFinished)
    await runtime.startRun("much", "tells", STEPS, LENGTH)
    await runtime.suspended("much", SOON_MS)
    const { watchers, growthMebibytes } = await watched(runtime, "socket")
    expect(growthMebibytes).toBeLessThan(GROWTH_MEBIBYTES_MAX)

    const places: string[] = []
    const reader = new WebSocket(`${runtime.url.replace("http", "ws")}/v1/runs/much/events`)
    let read = 0
    const ended = new Promise<number>((resolve) => {
      reader.addEventListener("close", ({ code }) => resolve(code))
      reader.addEventListener("message", ({ data }) => {
        const { event, id } = JSON.parse(String(data)) as { event: string; id: string }
        if (event === "entry") places.push(place(id))
        if (++read % 10 === 0) reader.send(`read ${read}`)
      })
    })
    await waitUntil("the reader to have the past", SOON_MS, () =>
      Promise.resolve(places.length >= STEPS ? true : undefined),
    )
    await runtime.ask("POST /v1/runs/much/signals/go", {})
    expect(await ended).toBe(1000)
    expect(new Set(places).size).toBe(places.length)
    expect(places.length).toBeGreaterThan(2 * STEPS)

    const first = await watchers[0]!.read()
    expect(first.code).toBe(1013)
    expect(first.reason).toContain("connect again with the last id")
    const last = first.messages.at(-1)!
    const seen = first.messages.map(({ id }) => place(id))
    const client = createClient({ url: runtime.url })
    for await (const { event, id } of client.events("much", { lastEventId: last.id })) {
      if (event === "entry") seen.push(place(id))
    }
    expect(seen).toEqual(places)
    for (const watcher of watchers) watcher.leave()
  },
  TEST_TIMEOUT_MS,
)

test(
  "streams that are not read: no more is asked for than is taken",
  async ({ onTestFinished }) => {
    const runtime = await CrashRuntime.start(worker, onTestFinished)
    await runtime.startRun("much", "tells", STEPS, LENGTH)
    await runtime.suspended("much", SOON_MS)
    const { watchers, growthMebibytes } = await watched(runtime, "stream")
    expect(growthMebibytes).toBeLessThan(GROWTH_MEBIBYTES_MAX)
    await runtime.ask("POST /v1/runs/much/signals/go", {})
    await waitUntil("the run to complete", SOON_MS, async () => {
      const { status } = await runtime.ask("GET /v1/runs/much/result?wait=1000")
      return status === 200 ? true : undefined
    })
    for (const watcher of watchers) watcher.leave()
  },
  TEST_TIMEOUT_MS,
)

test(
  "a stream that is not read for long is cut, and goes on behind the last id",
  async ({ onTestFinished }) => {
    const runtime = await CrashRuntime.start(worker, onTestFinished)
    await runtime.startRun("much", "tells", STEPS, LENGTH)
    await runtime.suspended("much", SOON_MS)
    const watcher = await SilentWatcher.open(runtime.url, "much", "stream")
    await pause(UNREAD_MS)
    const text = await watcher.readText()
    const ids = [...text.matchAll(/^id: (.*)$/gm)].map(([, id = ""]) => id)
    expect(ids.length).toBeGreaterThan(10)
    expect(ids.length).toBeLessThan(STEPS)
    await runtime.ask("POST /v1/runs/much/signals/go", {})
    const client = createClient({ url: runtime.url })
    const seen = ids.map(place)
    for await (const { event, id } of client.events("much", { lastEventId: ids.at(-1) ?? "" })) {
      if (event === "entry") seen.push(place(id))
    }
    expect(new Set(seen).size).toBe(seen.length)
    expect(seen.length).toBeGreaterThan(2 * STEPS - 1)
  },
  TEST_TIMEOUT_MS,
)

test(
  "the client takes no more from its stream than it is asked for, and then all of it",
  async ({ onTestFinished }) => {
    const runtime = await CrashRuntime.start(worker, onTestFinished)
    await runtime.startRun("much", "tells", STEPS, LENGTH)
    await runtime.suspended("much", SOON_MS)
    const client = createClient({ url: runtime.url })
    const before = process.memoryUsage.rss()
    const watching = Array.from({ length: WATCHERS }, () => client.events("much"))
    for (const events of watching)
      expect((await events.next()).value).toMatchObject({ id: expect.any(String) })
    await pause(SETTLE_MS)
    const growthMebibytes = (process.memoryUsage.rss() - before) / 1024 ** 2
    expect(growthMebibytes).toBeLessThan(GROWTH_MEBIBYTES_MAX)
    const [one, ...others] = watching
    for (const events of others) await events.return()
    await runtime.ask("POST /v1/runs/much/signals/go", {})
    const seen: string[] = []
    for await (const { event, id } of one!) if (event === "entry") seen.push(place(id))
    expect(new Set(seen).size).toBe(seen.length)
    expect(seen.length).toBeGreaterThan(2 * STEPS - 1)
  },
  TEST_TIMEOUT_MS,
)

test(
  "two hundred streams at one run are all told all, and the run does not wait for them",
  async ({ onTestFinished }) => {
    const runtime = await CrashRuntime.start(worker, onTestFinished)
    await runtime.startRun("crowd", "tells", 5, 100)
    await runtime.suspended("crowd", SOON_MS)
    const client = createClient({ url: runtime.url })
    let resting = 0
    const watching = Array.from({ length: CROWD }, async () => {
      const seen: string[] = []
      for await (const { event, id } of client.events("crowd")) {
        if (event === "entry") seen.push(place(id))
        if (event === "status") resting++
      }
      return seen
    })
    await waitUntil("all of them to have the past", SOON_MS, () =>
      Promise.resolve(resting >= CROWD ? true : undefined),
    )
    await runtime.ask("POST /v1/runs/crowd/signals/go", {})
    const [first = [], ...others] = await Promise.all(watching)
    expect(first.length).toBeGreaterThan(10)
    for (const seen of others) expect(seen).toEqual(first)
  },
  TEST_TIMEOUT_MS,
)

/** Of an event's id what does not change with the status that was told last. */
function place(id: string): string {
  return id.slice(0, id.lastIndexOf("."))
}
