// Declared schedules: what the code asks for is put at the first request, once for each text of theirs.

import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test"
import { env } from "cloudflare:workers"
import { afterEach, describe, expect, it, vi } from "vitest"
import { Belay, type Context } from "../../src/belay.ts"
import { scheduleOf, schedules, scheduleStub } from "./support/schedules.ts"
import { watchOf } from "./support/watch.ts"
import { DIRECTORY_NAME } from "../../src/object/schedule/directory.ts"
import { codeOf } from "./support/runs.ts"

afterEach(() => {
  vi.restoreAllMocks()
})

// oxlint-disable-next-line require-yield
function* greet(_: Context, name: string) {
  return name
}

const TEST_ENV = { ...env, RUNS: env.TEST_RUNS, SCHEDULES: env.TEST_SCHEDULES }

async function ask(belay: Belay, path: string, workerEnv = TEST_ENV): Promise<Response> {
  const context = createExecutionContext()
  const response = await belay.worker.fetch(new Request(`http://belay${path}`), workerEnv, context)
  await waitOnExecutionContext(context)
  return response
}

/** One deployment of code that declares these schedules by their cron texts. */
function deployed(declared: Readonly<Record<string, string>>): Belay {
  const belay = new Belay()
  belay.register(greet)
  for (const [name, cron] of Object.entries(declared)) {
    belay.schedule(name, cron, greet, { input: ["Ada"], timeZone: "Europe/Berlin" })
  }
  return belay
}

describe("declared schedules", () => {
  it("are there after the first request, whatever it asks; the second asks the directory nothing", async () => {
    const belay = deployed({ "declared-a": "0 3 * * *", "declared-b": "0 4 * * *" })
    await ask(belay, "/healthz")
    expect((await scheduleOf("declared-a")).spec).toMatchObject({
      workflow: "greet",
      cron: "0 3 * * *",
      timeZone: "Europe/Berlin",
    })
    const watch = watchOf(DIRECTORY_NAME)
    const statements = vi.fn()
    watch.onStatement = statements
    await ask(belay, "/healthz")
    watch.onStatement = undefined
    expect(statements).not.toHaveBeenCalled()
  })

  it("who asks for the list finds them at once", async () => {
    const response = await ask(deployed({ "declared-c": "0 3 * * *" }), "/v1/schedules/declared-c")
    expect(response.status).toBe(200)
    await response.body?.cancel()
  })

  it("what a person did stays until the code says something else", async () => {
    await ask(deployed({ "declared-d": "0 3 * * *", "declared-e": "0 3 * * *" }), "/healthz")
    await schedules.pause("declared-d", { by: "ada" })
    await schedules.delete("declared-e")
    await ask(deployed({ "declared-d": "0 3 * * *", "declared-e": "0 3 * * *" }), "/healthz")
    expect(await schedules.get("declared-e")).toBeUndefined()
    await ask(deployed({ "declared-d": "0 5 * * *", "declared-e": "0 5 * * *" }), "/healthz")
    expect(await scheduleOf("declared-d")).toMatchObject({
      spec: { cron: "0 5 * * *" },
      paused: { by: "ada" },
    })
    expect((await scheduleOf("declared-e")).spec.cron).toBe("0 5 * * *")
  })

  it("taken out of the code they stay", async () => {
    await ask(deployed({ "declared-f": "0 3 * * *" }), "/healthz")
    await ask(deployed({}), "/healthz")
    expect(await schedules.get("declared-f")).toBeDefined()
  })

  it("one that is wrong is logged and harms no request, and is not tried with each", async () => {
    const logged = vi.spyOn(console, "error").mockImplementation(() => undefined)
    const belay = deployed({ "declared-g": "every day" })
    for (let n = 0; n < 3; n++) expect((await ask(belay, "/healthz")).status).toBe(200)
    expect(logged).toHaveBeenCalledTimes(1)
    expect(String(logged.mock.calls[0]?.[0])).toContain("every day")
    expect(await scheduleStub("declared-g").get()).toMatchObject({ ok: true, value: undefined })
  })

  it("twice the same name is refused, and a function that is not registered", async () => {
    const belay = deployed({ "declared-h": "0 3 * * *" })
    expect(() => belay.schedule("declared-h", "0 4 * * *", greet)).toThrow(/declared twice/)
    expect(() => new Belay().schedule("x", "0 4 * * *", greet)).toThrow(/not registered/)
  })
})

describe("without the binding", () => {
  const { SCHEDULES: _, ...bare } = TEST_ENV
  const withoutBinding = bare as Cloudflare.Env

  it("everything else works, and the routes say what is missing", async () => {
    const belay = deployed({})
    expect((await ask(belay, "/healthz", withoutBinding)).status).toBe(200)
    const response = await ask(belay, "/v1/schedules", withoutBinding)
    expect(response.status).toBe(503)
    expect(await response.text()).toMatch(/not_configured.*SCHEDULES.*wrangler\.toml/)
    expect(await codeOf((async () => belay.schedules(withoutBinding))())).toBe("not_configured")
  })

  it("a declaration is logged, and no request fails", async () => {
    const logged = vi.spyOn(console, "error").mockImplementation(() => undefined)
    expect((await ask(deployed({ x: "0 3 * * *" }), "/healthz", withoutBinding)).status).toBe(200)
    expect(logged).toHaveBeenCalledTimes(1)
  })
})
