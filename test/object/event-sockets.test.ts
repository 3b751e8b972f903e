// Event sockets: the same events pushed over a hibernating socket: over eviction, to the end, within its limit.
import { env } from "cloudflare:workers"
import { runInDurableObject } from "cloudflare:test"
import { describe, expect, test } from "vitest"
import { SOCKETS_MAX } from "../../src/engine/limits.ts"
import type { Context } from "../../src/engine/index.ts"
import { begin, codeOf, evict, newId, runs, stubOf, suspended, until } from "./support/runs.ts"
import { heard, watchOver as watch, type Watcher } from "./support/sockets.ts"

async function echo(_: unknown, value: unknown) {
  return value
}

function* workflow(ctx: Context) {
  yield* ctx.run(echo, 1)
  const value = yield* ctx.signal("go")
  return yield* ctx.run(echo, value)
}

describe("sockets", () => {
  test("tells the past, then each change as it comes, then the run, and closes", async () => {
    const { id } = await begin(workflow)
    await suspended(id)
    const watcher = await watch(id)
    expect(await heard(watcher, "status suspended")).toEqual([
      "0 started",
      "0 completed",
      "1 waiting",
      "status suspended",
    ])
    await runs.signal(id, "go", 7)
    expect((await heard(watcher, "end")).slice(4)).toContain("1 completed")
    expect(watcher.messages.at(-1)?.data).toMatchObject({ id, status: "completed", result: 7 })
    expect(
      await until(
        () => watcher.closed.code,
        (code) => code !== undefined,
      ),
    ).toBe(1000)
  })

  test("a sleeping run has no memory, and its socket misses nothing", async () => {
    const { id } = await begin(workflow)
    await suspended(id)
    const watcher = await watch(id)
    await heard(watcher, "status suspended")
    await evict(id)
    await evict(id)
    await runs.signal(id, "go", 7)
    const lines = await heard(watcher, "end")
    expect(lines.filter((line) => !line.startsWith("status"))).toEqual([
      "0 started",
      "0 completed",
      "1 waiting",
      "1 completed",
      "2 started",
      "2 completed",
      "end",
    ])
  })

  test("goes on behind the id it is given", async () => {
    const { id } = await begin(workflow)
    await suspended(id)
    const first = await watch(id)
    await heard(first, "status suspended")
    const second = await watch(id, first.messages.at(-1)?.id)
    await runs.signal(id, "go", 7)
    const lines = await heard(second, "end")
    expect(lines[0]).toBe("1 completed")
    expect(await heard(first, "end")).toEqual([
      "0 started",
      "0 completed",
      "1 waiting",
      "status suspended",
      ...lines,
    ])
  })

  test("ping is answered by the platform", async () => {
    const { id } = await begin(workflow)
    await suspended(id)
    const { socket } = await watch(id)
    const answer = new Promise((resolve) => {
      socket.addEventListener("message", ({ data }) => {
        if (data === "pong") resolve(data)
      })
    })
    socket.send("ping")
    expect(await answer).toBe("pong")
  })

  test("what else a watcher sends closes its socket and harms nobody", async () => {
    const { id } = await begin(workflow)
    await suspended(id)
    const rude = await watch(id)
    const watcher = await watch(id)
    rude.socket.send("hello")
    expect(
      await until(
        () => rude.closed.code,
        (code) => code !== undefined,
      ),
    ).toBe(1008)
    await runs.signal(id, "go", 7)
    expect(await heard(watcher, "end")).toContain("2 completed")
  })

  test("one more than the limit is refused, until one leaves", async () => {
    const { id } = await begin(workflow)
    await suspended(id)
    const watchers: Watcher[] = []
    for (let count = 0; count < SOCKETS_MAX; count++) watchers.push(await watch(id))
    expect(await codeOf(watch(id))).toBe("limit_reached")
    watchers[0]?.socket.close()
    await until(
      () => runInDurableObject(stubOf(id), (_, state) => state.getWebSockets().length),
      (count) => count < SOCKETS_MAX,
    )
    await heard(await watch(id), "status suspended")
  })

  test("an unknown run and a wrong id are refused, and nothing is kept of them", async () => {
    const unknown = newId()
    expect(await codeOf(watch(unknown))).toBe("run_unknown")
    const { id } = await begin(workflow)
    expect(await codeOf(watch(id, "nonsense"))).toBe("invalid_request")
    expect(env.TEST_RUNS.idFromName(unknown).name).toBe(unknown)
    expect(
      await runInDurableObject(stubOf(unknown), (_, state) => state.getWebSockets().length),
    ).toBe(0)
  })
})
