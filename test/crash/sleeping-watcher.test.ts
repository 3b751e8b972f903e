// Somebody watches a run that sleeps, on a real runtime: nothing of the run stays in memory for it, and it hears of the next
// change all the same.

import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { expect, onTestFinished, test } from "vitest"
import { BareWorkerd } from "../../scripts/support/bare-workerd.ts"
import { bundleWorker } from "../../scripts/support/bundle.ts"
import { freePort } from "../../scripts/support/free-port.ts"
import { JsonClient } from "../../scripts/support/json-client.ts"
import { createClient } from "../../src/client/index.ts"
import { pause, waitUntil } from "../../scripts/support/wait-until.ts"

const ENTRY = fileURLToPath(new URL("worker/counted.ts", import.meta.url))
const TEST_TIMEOUT_MS = 90_000
const SOON_MS = 20_000

/** A stream over a run at rest ends after so long. */
const STREAM_MS = 30_000

/** The runtime takes an object out of memory after ten seconds of rest. */
const REST_MS = 14_000

interface Sleeping {
  readonly workerd: BareWorkerd
  readonly client: JsonClient
}

/** A run that waits for "go", in a runtime of its own. */
async function sleeping(): Promise<Sleeping> {
  const folder = mkdtempSync(join(tmpdir(), "belay-sleeping-"))
  const port = await freePort()
  const objects = { RUNS: "RunObject" }
  const workerd = new BareWorkerd({ folder, port, objects, variables: { BELAY_DEV: "1" } })
  onTestFinished(async () => {
    await workerd.kill()
    rmSync(folder, { recursive: true })
  })
  await bundleWorker(ENTRY, join(folder, "worker.js"))
  await workerd.start()
  const client = new JsonClient(workerd.url)
  await client.post("/v1/runs/long", { workflow: "waitsLong" })
  return { workerd, client }
}

test(
  "the object leaves memory under a watching socket, which then tells of the signal that wakes it",
  async () => {
    const { workerd, client } = await sleeping()
    const told: string[] = []
    const socket = new WebSocket(`${workerd.url.replace("http", "ws")}/v1/runs/long/events`)
    const ended = new Promise((resolve) => socket.addEventListener("close", resolve))
    socket.addEventListener("message", ({ data }) => {
      const { event } = JSON.parse(String(data)) as { event: string }
      told.push(event)
      // Said while it is awake: it goes to sleep after that.
      socket.send(`read ${told.length}`)
    })
    await waitUntil("the socket to tell that the run sleeps", SOON_MS, () =>
      Promise.resolve(told.includes("status") ? true : undefined),
    )
    const before = (await client.get("/lives")).body
    expect(before).toBe(1)
    await pause(REST_MS)
    await client.post("/v1/runs/long/signals/go", 7)
    await ended
    expect(told.at(-1)).toBe("end")
    // It was made anew by the signal: nothing of the first was left.
    expect((await client.get("/lives")).body).toBe(2)
  },
  TEST_TIMEOUT_MS,
)

test(
  "nor does the client hold it, whose stream has ended over the rest: it hears at once of what wakes the run",
  async () => {
    const { workerd, client } = await sleeping()
    const told: string[] = []
    const watching = (async () => {
      const events = createClient({ url: workerd.url }).events("long")
      for await (const { event } of events) told.push(event)
    })()
    await pause(STREAM_MS + REST_MS)
    expect(told).toContain("status")
    expect((await client.get("/lives")).body).toBe(1)
    const sentAtMs = Date.now()
    await client.post("/v1/runs/long/signals/go", 7)
    await watching
    expect(told.at(-1)).toBe("end")
    // Not after a pause of five seconds.
    expect(Date.now() - sentAtMs).toBeLessThan(3_000)
    expect((await client.get("/lives")).body).toBe(2)
  },
  TEST_TIMEOUT_MS,
)
