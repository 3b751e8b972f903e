// The outbox under trouble: messages that cannot be delivered cost time and little else, and are never lost.

import { afterEach, describe, expect, it, vi } from "vitest"
import type { Context } from "../../src/engine/workflow/context.ts"
import { registry } from "./support/registry.ts"
import {
  alarmOf,
  begin,
  doorOf,
  endOf,
  newId,
  pause,
  resultOf,
  runs,
  suspended,
  until,
  valueIn,
} from "./support/runs.ts"
import { watchOf, type Watch } from "./support/watch.ts"

const broken: Watch[] = []

/** From now on no call of this run arrives anywhere. */
function cutOff(id: string): Watch {
  const watch = watchOf(id)
  watch.onCall = () => {
    throw new Error("Nothing gets through, on purpose.")
  }
  broken.push(watch)
  return watch
}

afterEach(() => {
  for (const watch of broken.splice(0)) {
    watch.onCall = undefined
    watch.onStatement = undefined
  }
})

const waits = registry.define(function* waits(ctx: Context) {
  return yield* ctx.signal("go")
})

/** Longer than the first pauses after a failure, which are half a second, one and two. */
const WHILE_MS = 2_500

/** Every message is delivered: nothing is left to do before the record is forgotten. */
async function swept(id: string): Promise<void> {
  const isFar = (atMs: number | null) => atMs !== null && atMs > Date.now() + 60_000
  expect(await until(() => alarmOf(id), isFar)).toSatisfy(isFar)
}

describe("an alarm is set only for what can be done when it fires", () => {
  it("not for a message behind one that is postponed", async () => {
    const id = newId()
    const watch = cutOff(id)
    await begin(
      function* (ctx) {
        yield* ctx.rpc(waits, ctx.options({ id: `${id}-child` }))
      },
      [],
      { id },
    )
    await suspended(id)
    await runs.cancel(id, {})
    await pause(WHILE_MS)
    expect(watch.alarmsSet).toBeLessThan(20)
    watch.onCall = undefined
    expect((await endOf(id)).status).toBe("cancelled")
    expect((await endOf(`${id}-child`)).status).toBe("cancelled")
  })

  it("not for a message whose stretch was undone", async () => {
    const { id } = await begin(function* (ctx) {
      yield* ctx.rpc(waits, ctx.options({ id: `${ctx.id}-child` }))
    })
    await until(
      () => runs.get(`${id}-child`),
      (run) => run !== undefined,
    )
    await pause(100)
    const watch = watchOf(id)
    broken.push(watch)
    watch.onStatement = (text) => {
      if (text.startsWith("UPDATE run SET status = ?, ended_at")) throw new Error("On purpose.")
    }
    await expect(runs.kill(id, {})).rejects.toThrow("did not answer")
    watch.onStatement = undefined
    const before = watch.alarmsSet
    await pause(WHILE_MS)
    expect(watch.alarmsSet - before).toBeLessThan(20)
    await runs.signal(`${id}-child`, "go", 1)
    await endOf(id)
  })
})

it("hundreds of messages that wait to be sent again cost nothing while they wait", async () => {
  const id = newId()
  const watch = cutOff(id)
  const logged = vi.spyOn(console, "error").mockImplementation(() => undefined)
  let statements = 0
  watch.onStatement = () => void statements++
  await begin(
    function* (ctx) {
      for (let n = 0; n < 400; n++) yield* ctx.beginRpc(waits)
    },
    [],
    { id },
  )
  await pause(WHILE_MS)
  const written = 6 * 400
  expect(watch.calls).toBeGreaterThan(300)
  expect(statements - written).toBeLessThan(15 * watch.calls)
  await runs.kill(id, {})
  watch.onCall = undefined
  await swept(id)
  logged.mockRestore()
})

describe("promise 12: a store that refuses", () => {
  it("to note that a message has arrived: it is sent again at a pace", async () => {
    const id = newId()
    const watch = watchOf(id)
    broken.push(watch)
    watch.onStatement = (text) => {
      if (text.startsWith("DELETE FROM outbox")) throw new Error("On purpose.")
    }
    await begin(
      function* (ctx) {
        return yield* ctx.rpc(waits, ctx.options({ id: `${id}-child` }))
      },
      [],
      { id },
    )
    await pause(WHILE_MS)
    expect(watch.calls).toBeLessThan(20)
    watch.onStatement = undefined
    await runs.signal(`${id}-child`, "go", "at last")
    expect(await resultOf(id)).toBe("at last")
  })
})

it("promise 12: lines of a fork that lie at a deleted run's object hold up none of its messages, nor are they kept", async () => {
  const id = newId()
  const watch = cutOff(id)
  await begin(
    function* (ctx) {
      yield* ctx.detached(waits, ctx.options({ id: `${id}-child` }))
    },
    [],
    { id },
  )
  await endOf(id)
  await runs.delete(id)
  const page = { fork: "given up", firstLine: 0, lines: [{ type: "input" as const, text: "[]" }] }
  expect(valueIn(await doorOf(id).stageFork(page))).toBe(true)
  await pause(200)
  expect((await alarmOf(id)) ?? Infinity).toBeLessThan(Date.now() + 5_000)
  watch.onCall = undefined
  await until(
    () => runs.get(`${id}-child`),
    (run) => run !== undefined,
  )
  await swept(id)
  await runs.signal(`${id}-child`, "go", 1)
  await endOf(`${id}-child`)
})

describe("promise 12: a sending that hangs", () => {
  it("holds up nobody else, nor the second try of another", async () => {
    const id = newId()
    const watch = watchOf(id)
    broken.push(watch)
    const gate = Promise.withResolvers<void>()
    watch.onCall = async () => {
      if (watch.calls === 1) await gate.promise
      if (watch.calls === 2) throw new Error("Once, on purpose.")
    }
    await begin(
      function* (ctx) {
        const first = yield* ctx.beginRpc(waits, ctx.options({ id: `${id}-a` }))
        const second = yield* ctx.beginRpc(waits, ctx.options({ id: `${id}-b` }))
        return [yield* second, yield* first]
      },
      [],
      { id },
    )
    const startedAtMs = performance.now()
    await until(
      () => runs.get(`${id}-b`),
      (run) => run !== undefined,
    )
    expect(performance.now() - startedAtMs).toBeLessThan(3_000)
    gate.resolve()
    await until(
      () => runs.get(`${id}-a`),
      (run) => run !== undefined,
    )
    await runs.signal(`${id}-a`, "go", "a")
    await runs.signal(`${id}-b`, "go", "b")
    expect(await resultOf(id)).toEqual(["b", "a"])
  })
})
