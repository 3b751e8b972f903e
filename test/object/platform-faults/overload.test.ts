// Overloaded objects: whoever is told so does not ask again at once: not the Worker, no outbox, no step, no schedule.

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import type { Context, StepContext } from "../../../src/engine/workflow/context.ts"
import type { Runs } from "../../../src/engine/ports/runs.ts"
import { createRuns, type RunDoor } from "../../../src/object/runs-client.ts"
import { givenApp } from "../../http/support/given-app.ts"
import type { Effects } from "../support/effects.ts"
import { limiterRecord, settled, slotOf } from "../support/limits.ts"
import { registry } from "../support/registry.ts"
import {
  begin,
  fireAlarm,
  journalOf,
  newId,
  recordOf,
  resultOf,
  runs,
  until,
} from "../support/runs.ts"
import { newName, schedules, setClock, ticksBegun, wakeAt } from "../support/schedules.ts"
import { watchOf } from "../support/watch.ts"

/** As the platform marks it: it would be safe to ask again, and wrong. */
function overloaded(): Error {
  const message = "Durable Object is overloaded. Too many requests queued."
  return Object.assign(new Error(message), { overloaded: true, retryable: true })
}

beforeEach(() => {
  vi.spyOn(console, "error").mockImplementation(() => undefined)
  vi.spyOn(console, "warn").mockImplementation(() => undefined)
})

afterEach(() => {
  vi.restoreAllMocks()
  vi.useRealTimers()
})

describe("a request whose object is overloaded: 503 overloaded with Retry-After, after one call", () => {
  /** The HTTP face over objects that throw each time, or so many times. */
  function given(thrown: () => Error, times = Infinity) {
    const asked = { calls: 0 }
    const record = { id: "r", status: "running", inputText: "[]", createdAtMs: 0, tags: {} }
    const value = { ...record, waitingFor: [], workflow: "w", version: 1 }
    const client: Runs = createRuns(
      () =>
        new Proxy({} as RunDoor, {
          get: () => async () => {
            if (asked.calls++ < times) throw thrown()
            return { ok: true, value }
          },
        }),
    )
    return { ...givenApp({ runs: client }), asked }
  }

  const requests = [
    "GET /v1/runs/r",
    "GET /v1/runs/r/result",
    "GET /v1/runs/r/journal",
    "GET /v1/runs/r/state/s",
    "POST /v1/runs/r",
    "POST /v1/runs/r/signals/s",
    "POST /v1/runs/r/updates/u",
    "POST /v1/runs/r/cancel",
    "POST /v1/runs/r/kill",
    "POST /v1/runs/r/retry",
    "DELETE /v1/runs/r",
  ]

  it.each(requests)("%s", async (line) => {
    const { ask, asked } = given(overloaded)
    const body = line === "POST /v1/runs/r" ? { workflow: "w" } : {}
    const { status, code, headers, message } = await ask(
      line,
      line.startsWith("POST") ? { body } : {},
    )
    expect({ status, code, retryAfter: headers.get("retry-after"), calls: asked.calls }).toEqual({
      status: 503,
      code: "overloaded",
      retryAfter: "1",
      calls: 1,
    })
    expect(message).toContain("ask again")
  })

  it("an object that was only reset is asked again, a few times and with pauses", async () => {
    const reset = () => Object.assign(new Error("Network connection lost."), { retryable: true })
    const once = given(reset, 1)
    expect((await once.ask("GET /v1/runs/r")).status).toBe(200)
    expect(once.asked.calls).toBe(2)
    const always = given(reset)
    const startedAtMs = performance.now()
    expect((await always.ask("GET /v1/runs/r")).code).toBe("overloaded")
    expect(always.asked.calls).toBe(4)
    expect(performance.now() - startedAtMs).toBeGreaterThan(250)
  })
})

describe("inside, whoever calls an overloaded object waits before the next try", () => {
  it("a step: as its policy says, and not at once as after a reset", async () => {
    vi.useFakeTimers({ toFake: ["Date"] })
    const attempts: number[] = []
    const call = async (ctx: StepContext) => {
      attempts.push(ctx.attempt)
      if (ctx.attempt > 1) return "called"
      const effects = ctx.getDependency<Effects>("effects")
      return effects.fail(ctx.idempotencyKey, overloaded().message, {
        overloaded: true,
        retryable: true,
      })
    }
    const { id } = await begin(function* (ctx) {
      return yield* ctx.run(call)
    })
    const waiting = await until(
      () => recordOf(id),
      ({ waitingFor }) => waitingFor.length > 0,
    )
    expect(waiting.waitingFor).toMatchObject([{ kind: "retry", untilMs: Date.now() + 2_000 }])
    expect(attempts).toEqual([1])
    vi.setSystemTime(Date.now() + 2_000)
    await fireAlarm(id)
    expect(await resultOf(id)).toBe("called")
    expect(await journalOf(id)).toMatchObject([{ attempts: 2 }])
  })

  it("an outbox: half a second, one, two; and no message is lost", async () => {
    const child = registry.define(function* child() {
      return "done"
    })
    const id = newId()
    const watch = watchOf(id)
    const calledAtMs: number[] = []
    watch.onCall = () => {
      calledAtMs.push(performance.now())
      if (calledAtMs.length <= 3) throw overloaded()
    }
    await begin(
      function* (ctx: Context) {
        return yield* ctx.rpc(child)
      },
      [],
      { id },
    )
    expect(await resultOf(id)).toBe("done")
    watch.onCall = undefined
    const pauses = calledAtMs.slice(1, 4).map((atMs, index) => atMs - (calledAtMs[index] ?? 0))
    // Timers may be late, and never early.
    expect(pauses.map((ms, index) => ms > 490 * 2 ** index)).toEqual([true, true, true])
  })

  it("a limiter whose run is overloaded keeps the slot for it, and tells it again", async () => {
    const workflow = registry.define(
      // oxlint-disable-next-line require-yield
      function* () {
        return "in"
      },
      { limits: { key: () => "all", concurrency: 1 } },
    )
    const id = newId()
    // Its limiter's name is known before there is one.
    const limiter = `limit\n${JSON.stringify([workflow, "all"])}`
    const toldAtMs: number[] = []
    watchOf(limiter).onCall = () => {
      toldAtMs.push(performance.now())
      if (toldAtMs.length <= 2) throw overloaded()
    }
    await runs.start(id, { workflow, input: [] })
    expect((await slotOf(id)).limiter).toBe(limiter)
    await until(
      () => limiterRecord(limiter),
      ({ holders }) => holders[0] === id,
    )
    expect((await limiterRecord(limiter)).holders).toEqual([id])
    expect(await resultOf(id)).toBe("in")
    watchOf(limiter).onCall = undefined
    await settled(limiter, ({ holders }) => holders.length === 0)
    const [first = 0, second = 0, third = 0] = toldAtMs
    expect(toldAtMs).toHaveLength(3)
    expect([second - first > 490, third - second > 980]).toEqual([true, true])
  })

  it("a schedule whose run is overloaded: the tick is kept, and begun once after a pause", async () => {
    setClock("2036-05-01T00:10:00.000Z")
    const name = newName()
    const workflow = registry.define(function* () {
      return "done"
    })
    await schedules.put(name, { workflow, input: [], cron: "0 * * * *" })
    const ticks = ["2036-05-01T01:00:00.000Z"]
    let refusals = 0
    watchOf(name).onCall = () => {
      refusals++
      throw overloaded()
    }
    await wakeAt(name, "2036-05-01T01:00:00.000Z")
    expect(refusals).toBe(1)
    await wakeAt(name, "2036-05-01T01:00:00.500Z")
    expect(refusals).toBe(1)
    watchOf(name).onCall = undefined
    await wakeAt(name, "2036-05-01T01:00:02.000Z")
    expect(await ticksBegun(name, ticks)).toEqual(ticks)
    expect((await schedules.get(name))?.counters.started).toBe(1)
  })
})
