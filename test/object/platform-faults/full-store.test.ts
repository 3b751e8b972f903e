// A store without room: nothing that was accepted is lost, nothing is half-written, and the run goes on when there is some.

import { afterEach, describe, expect, it, vi } from "vitest"
import type { Context, StepContext } from "../../../src/engine/workflow/context.ts"
import { STORE_BYTES_MAX } from "../../../src/engine/limits.ts"
import { createRuns } from "../../../src/object/runs-client.ts"
import { registry } from "../support/registry.ts"
import {
  alarmOf,
  begin,
  codeOf,
  crash,
  endOf,
  fireAlarm,
  journalOf,
  newId,
  recordOf,
  recordsOf,
  resultOf,
  rowsOf,
  runs,
  stubOf,
  suspended,
  tablesOf,
  until,
} from "../support/runs.ts"
import { watchOf, type Watch } from "../support/watch.ts"

const GROWS = /^\s*(?:INSERT|UPDATE|CREATE)/

const watches: Watch[] = []

/** From now on these statements of the run find no room. */
function fillStore(id: string, statements = GROWS): Watch {
  const watch = watchOf(id)
  watch.isFullFor = (statement) => statements.test(statement)
  watches.push(watch)
  return watch
}

afterEach(() => {
  for (const watch of watches.splice(0)) {
    watch.isFullFor = undefined
    watch.isFullForAlarms = false
    watch.databaseBytes = undefined
  }
  vi.restoreAllMocks()
  vi.useRealTimers()
})

/** Looking at a run, and trying in vain, reads rows as well. */
const anyRows = { written: expect.any(Number) as number, read: expect.any(Number) as number }

const plain = (_: StepContext, value: unknown) => value

function* waits(ctx: Context) {
  const promise = yield* ctx.promise()
  yield* ctx.publish("token", promise.token)
  const message = yield* ctx.receive("ask")
  message.reply("answer")
  return [yield* ctx.signal("go"), yield* promise]
}

describe("SQLITE_FULL under a caller: 503 overloaded at once, and nothing of it is there", () => {
  /** The client's calls to the object are counted. */
  function counted() {
    const asked = { calls: 0 }
    const client = createRuns((id) => {
      asked.calls++
      return stubOf(id)
    })
    return { client, asked }
  }

  it("a start", async () => {
    const id = newId()
    const { client, asked } = counted()
    const workflow = registry.define(waits)
    const watch = fillStore(id)
    await expect(client.start(id, { workflow, input: [] })).rejects.toMatchObject({
      code: "overloaded",
      message: expect.stringContaining("no room left in its store"),
    })
    expect(asked.calls).toBe(1)
    expect(await tablesOf(id)).toEqual([])
    expect(await alarmOf(id)).toBeNull()
    watch.isFullFor = undefined
    expect((await client.start(id, { workflow, input: [] })).created).toBe(true)
  })

  it.each(["signal", "update", "promise", "cancel", "kill", "pause"])("a %s", async (what) => {
    const { id } = await begin(waits)
    const before = await suspended(id)
    const token = before.waitingFor.find(({ kind }) => kind === "promise")?.token ?? ""
    const journal = await journalOf(id)
    const { client, asked } = counted()
    const ask = async (): Promise<unknown> => {
      if (what === "signal") return client.signal(id, "go", 1, "key")
      if (what === "update") return client.update(id, "ask", 1, { idempotencyKey: "key" })
      if (what === "promise") return client.settlePromise(token, { type: "resolve", value: 1 })
      return client[what as "cancel" | "kill" | "pause"](id, { reason: "asked twice" })
    }
    const watch = fillStore(id)
    expect(await codeOf(ask())).toBe("overloaded")
    expect(asked.calls).toBe(1)
    watch.isFullFor = undefined
    expect(await recordOf(id)).toEqual({ ...before, rows: anyRows })
    expect(await journalOf(id)).toEqual(journal)
    await ask()
    // A signal that nobody waits for shows in the inbox alone.
    if (what === "signal") expect(await rowsOf(id, "SELECT name FROM inbox")).toHaveLength(1)
    else expect(await recordOf(id)).not.toEqual({ ...before, rows: anyRows })
  })
})

describe("SQLITE_FULL inside a run: it goes on by its alarm when there is room, and repeats nothing recorded", () => {
  const places: Readonly<Record<string, RegExp>> = {
    "a timer's end": /^INSERT INTO journal/,
    "the run's own row": /^UPDATE run/,
    "published state": /^INSERT.* INTO state/,
    "a message to a child": /^INSERT INTO outbox/,
    "the next generation": /^UPDATE run SET generation/,
    "the end": /^UPDATE run SET status = \?, ended_at/,
    "any write at all": GROWS,
  }

  it("wherever it strikes", async () => {
    const child = registry.define(function* child() {
      return "child"
    })
    const lives = Object.entries(places).map(async ([place, statements]) => {
      const id = `full-${Object.keys(places).indexOf(place)}`
      const called: string[] = []
      const note = async (_: StepContext, text: string) => {
        called.push(text)
      }
      const watch = watchOf(id)
      watches.push(watch)
      let isFull = false
      watch.isFullFor = (statement) => {
        // From after the stretch in which it has begun to sleep.
        if (/INTO waits/.test(statement)) setTimeout(() => void (isFull = true), 0)
        return isFull && statements.test(statement)
      }
      await begin(
        function* (ctx: Context, generation: number) {
          yield* ctx.run(note, `first of ${generation}`)
          yield* ctx.sleep(100)
          yield* ctx.publish("generation", generation)
          const said = yield* ctx.rpc(child)
          if (generation === 0) return yield* ctx.continueAsNew(1)
          return said
        },
        [0],
        { id },
      )
      await until(
        () => watch.refusals,
        (refusals) => refusals > 0,
      )
      watch.isFullFor = undefined
      // Nobody asks: the alarm alone brings it on.
      const [row] = await until(
        () => rowsOf(id, "SELECT status, generation FROM run"),
        ([found]) => found?.["status"] === "completed",
      )
      return { place, row, called, refusals: watch.refusals > 0, result: await resultOf(id) }
    })
    expect(await Promise.all(lives)).toEqual(
      Object.keys(places).map((place) => ({
        place,
        row: { status: "completed", generation: 1 },
        called: ["first of 0", "first of 1"],
        refusals: true,
        result: "child",
      })),
    )
  })

  it("the outcome of a step that was called: its attempt is lost, the next one has the same key (promise 2)", async () => {
    const attempts: [number, string][] = []
    const gate = Promise.withResolvers<void>()
    const step = async ({ attempt, idempotencyKey }: StepContext) => {
      attempts.push([attempt, idempotencyKey])
      await gate.promise
      return attempt
    }
    const { id } = await begin(function* (ctx) {
      return yield* ctx.run(step)
    })
    const watch = fillStore(id, /^INSERT INTO journal/)
    gate.resolve()
    await until(
      () => watch.refusals,
      (refusals) => refusals > 0,
    )
    watch.isFullFor = undefined
    expect(await resultOf(id)).toBe(2)
    expect(attempts.map(([attempt]) => attempt)).toEqual([1, 2])
    expect(new Set(attempts.map(([, key]) => key)).size).toBe(1)
  })

  it("the alarm itself: a start is refused whole, a wake is delivered again by the platform (promise 12)", async () => {
    const refused = newId()
    const workflow = registry.define(function* (ctx: Context) {
      yield* ctx.sleep(300)
      yield* ctx.sleep(300)
      return "done"
    })
    const closed = watchOf(refused)
    watches.push(closed)
    closed.isFullForAlarms = true
    expect(await codeOf(runs.start(refused, { workflow, input: [] }))).toBe("overloaded")
    expect(await tablesOf(refused)).toEqual([])

    const id = newId()
    await runs.start(id, { workflow, input: [] })
    const watch = watchOf(id)
    watches.push(watch)
    watch.isFullForAlarms = true
    await until(
      () => watch.refusals,
      (refusals) => refusals > 0,
    )
    watch.isFullForAlarms = false
    const [row] = await until(
      () => rowsOf(id, "SELECT status FROM run"),
      ([found]) => found?.["status"] === "completed",
    )
    expect(row).toEqual({ status: "completed" })
  })
})

describe("the reserve (promise 12): below the platform's limit a run stops, says why, and can be helped", () => {
  /** A run of a step, a wait and a step, whose object is as full as it may be. */
  async function full() {
    vi.useFakeTimers({ toFake: ["Date"] })
    const called: string[] = []
    const note = async (_: StepContext, text: string) => {
      called.push(text)
      return text
    }
    const { id } = await begin(function* (ctx) {
      const first = yield* ctx.run(note, "a")
      yield* ctx.signal("go")
      yield* ctx.sleep(60_000)
      return [first, yield* ctx.run(note, "b"), yield* ctx.run(plain, "c")]
    })
    await suspended(id)
    await runs.signal(id, "go", 1)
    const watch = watchOf(id)
    watches.push(watch)
    watch.databaseBytes = STORE_BYTES_MAX
    await crash(id)
    vi.setSystemTime(Date.now() + 60_000)
    await fireAlarm(id)
    return { id, called, watch, record: await recordOf(id) }
  }

  it("halted, with the reason; it is read as ever and takes nothing more", async () => {
    const { id, record } = await full()
    expect(record).toMatchObject({ status: "halted", halt: { code: "store_full" } })
    expect(record.halt?.message).toContain("continueAsNew")
    expect(await alarmOf(id)).toBeNull()
    expect((await journalOf(id)).length).toBeGreaterThan(0)
    for (const asked of [
      runs.signal(id, "late", 1),
      runs.signal(id, "late", 1, "key"),
      runs.update(id, "late", 1),
    ]) {
      expect(await codeOf(asked)).toBe("limit_reached")
    }
    expect(await tablesOf(id)).not.toContain("keys")
  })

  it("retried when there is room it goes on where it was; recorded steps are not called again", async () => {
    const { id, called, watch } = await full()
    await runs.retry(id, {})
    expect((await recordOf(id)).status).toBe("halted")
    watch.databaseBytes = undefined
    await runs.retry(id, {})
    expect(await resultOf(id)).toEqual(["a", "b", "c"])
    expect(called).toEqual(["a", "b"])
  })

  it("killed it ends, and is deleted", async () => {
    const { id } = await full()
    await runs.kill(id, {})
    expect((await endOf(id)).status).toBe("cancelled")
    await runs.delete(id)
    expect(await runs.get(id)).toBeUndefined()
  })

  it("a promise that is settled is refused before anything is written, and may be settled later", async () => {
    const { id } = await begin(waits)
    const { waitingFor } = await suspended(id)
    const token = waitingFor.find(({ kind }) => kind === "promise")?.token ?? ""
    const watch = watchOf(id)
    watches.push(watch)
    watch.databaseBytes = STORE_BYTES_MAX
    const settle = () => runs.settlePromise(token, { type: "resolve", value: 1 })
    expect(await codeOf(settle())).toBe("limit_reached")
    watch.databaseBytes = STORE_BYTES_MAX - 1
    expect(await settle()).toMatchObject({ status: "resolved" })
  })

  it("a run that writes and writes is stopped between two slices", async () => {
    // Each has a row for its first record, and one for all others.
    const SLICES = 2
    const { id } = await begin(function* (ctx) {
      yield* ctx.signal("go")
      for (let n = 0; n < 5_000; n++) yield* ctx.run(plain, n)
    })
    const watch = watchOf(id)
    watches.push(watch)
    watch.onStatement = () => {
      // It grows by and by.
      if (watch.records > SLICES * 2) watch.databaseBytes = STORE_BYTES_MAX
    }
    await runs.signal(id, "go", 1)
    expect((await endOf(id)).halt?.code).toBe("store_full")
    watch.onStatement = undefined
    expect((await recordsOf(id)).length).toBeLessThan(4_600)
  })
})
