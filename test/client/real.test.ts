// The client from plain Node against a real runtime, which is killed in the middle.
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { BareWorkerd } from "../../scripts/support/bare-workerd.ts"
import { bundleWorker } from "../../scripts/support/bundle.ts"
import { freePort } from "../../scripts/support/free-port.ts"
import { createClient, type Client, type RunEvent } from "../../src/client/index.ts"
import type { CartWorkflow } from "./worker/cart-workflow.ts"

const ENTRY = fileURLToPath(new URL("worker/main.ts", import.meta.url))
const START_TIMEOUT_MS = 60_000

const TOKENS = { operate: "may-operate", read: "may-read" }

let workerd: BareWorkerd
let folder: string
let client: Client<{ cart: CartWorkflow }>

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "belay-client-"))
  await bundleWorker(ENTRY, join(folder, "worker.js"))
  workerd = new BareWorkerd({
    folder,
    port: await freePort(),
    objects: { RUNS: "RunObject" },
    variables: {
      BELAY_TOKENS: JSON.stringify({ [TOKENS.operate]: ["operate"], [TOKENS.read]: ["read"] }),
    },
  })
  await workerd.start()
  client = createClient({ url: workerd.url, token: TOKENS.operate })
}, START_TIMEOUT_MS)

afterAll(async () => {
  await workerd.kill()
  rmSync(folder, { recursive: true, force: true })
})

describe("a run from outside", () => {
  test("is started, talked to, and gives its result", async () => {
    const started = await client.start("cart-1", { workflow: "cart", input: ["ada"] })
    expect(started.created).toBe(true)
    expect((await client.start("cart-1", { workflow: "cart", input: ["ada"] })).created).toBe(false)
    expect(await client.update("cart-1", "add", { sku: "a", amount: 2 })).toBe(1)
    await expect(client.update("cart-1", "add", { sku: "a", amount: 0 })).rejects.toMatchObject({
      code: "rejected",
      message: "an amount is at least 1",
    })
    expect(await client.state("cart-1", "lines")).toEqual([{ sku: "a", amount: 2 }])
    const result = started.result({ timeoutMs: 20_000 })
    await client.signal("cart-1", "paid")
    expect(await result).toEqual({
      owner: "ada",
      lines: [{ sku: "a", amount: 2 }],
      at: "1970-01-01T00:00:00.000Z",
      count: "1",
    })
    const kinds: string[] = []
    for await (const { kind } of client.journal("cart-1")) kinds.push(kind)
    expect(kinds).toContain("publish")
  })

  test("a promise is settled by its token, without any other right", async () => {
    await client.start<() => Generator<unknown, unknown, never>>("approval-1", {
      workflow: "approval",
    })
    const token = await client.state<string>("approval-1", "token")
    const anybody = createClient({ url: workerd.url })
    expect(await anybody.resolvePromise(token, { by: "bob" })).toMatchObject({ status: "resolved" })
    expect(await client.result("approval-1")).toEqual({ by: "bob" })
    await expect(anybody.run("approval-1")).rejects.toMatchObject({ code: "unauthorized" })
  })

  test("a halted run and a cancelled one throw what they are", async () => {
    await client.start<() => Generator<unknown, unknown, never>>("doubt-1", { workflow: "doubt" })
    await expect(client.result("doubt-1")).rejects.toMatchObject({
      code: "halted",
      thrown: { code: "panic", number: 98 },
    })
    await client.start("cart-2", { workflow: "cart", input: ["ada"] })
    await client.cancel("cart-2", { reason: "changed my mind" })
    await expect(client.result("cart-2")).rejects.toMatchObject({
      code: "run_cancelled",
      message: "changed my mind",
    })
  })

  test(
    "is watched to its end over a SIGKILL of the runtime: no gap, nothing twice",
    async () => {
      await client.start("cart-3", { workflow: "cart", input: ["ada"] })
      const watcher = createClient({ url: workerd.url, token: TOKENS.read })
      const seen: RunEvent[] = []
      const watching = (async () => {
        for await (const event of watcher.events("cart-3")) seen.push(event)
      })()
      await client.update("cart-3", "add", { sku: "a", amount: 1 })
      await workerd.kill()
      await workerd.start()
      await client.update("cart-3", "add", { sku: "b", amount: 1 })
      await client.signal("cart-3", "paid")
      await watching
      expect(seen.at(-1)).toMatchObject({ event: "end", data: { status: "completed" } })
      const live = seen
        .filter(({ event }) => event === "entry")
        .map(({ id, data }) => [place(id), data])
      const whole: RunEvent[] = []
      for await (const event of watcher.events("cart-3")) whole.push(event)
      const past = whole
        .filter(({ event }) => event === "entry")
        .map(({ id, data }) => [place(id), data])
      expect(live).toEqual(past)
    },
    START_TIMEOUT_MS,
  )
})

/** Of an event's id what does not change with the status that was told last. */
function place(id: string): string {
  return id.slice(0, id.lastIndexOf("."))
}
