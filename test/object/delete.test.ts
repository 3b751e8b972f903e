// Deletion, by a person and by the run's own alarm: nothing is left, and the id is free at once.

import { runInDurableObject } from "cloudflare:test"
import { describe, expect, it, vi } from "vitest"
import type { Context } from "../../src/engine/workflow/context.ts"
import { decode } from "../../src/engine/values/codec.ts"
import { expectAlarmAsOwed } from "./support/alarm-owed.ts"
import { registry } from "./support/registry.ts"
import {
  alarmOf,
  begin,
  codeOf,
  crash,
  endOf,
  evict,
  fireAlarm,
  newId,
  pause,
  recordOf,
  resultOf,
  runs,
  stubOf,
  suspended,
  tablesOf,
  until,
} from "./support/runs.ts"

const DAY_MS = 86_400_000

/** Uses every table a run has. */
function* everything(ctx: Context, big: string) {
  const promise = yield* ctx.promise<string>()
  yield* ctx.publish("token", promise.token)
  yield* ctx.publish("big", big)
  const message = yield* ctx.receive("ask")
  message.reply(big)
  yield* ctx.sleep(1)
  return yield* ctx.signal<string>("name")
}

async function throughEverything(id: string, workflow: string, name: string): Promise<string> {
  await runs.start(id, { workflow, input: ["x".repeat(2_000_000)] })
  const token = String(decode((await runs.state(id, "token")) ?? "null"))
  await runs.update(id, "ask", 1, { idempotencyKey: "k" })
  await runs.signal(id, "name", name, "s")
  await endOf(id)
  return token
}

async function isEmpty(id: string): Promise<boolean> {
  const size = await runInDurableObject(stubOf(id), (_, { storage }) => storage.sql.databaseSize)
  return (await tablesOf(id)).length === 0 && (await alarmOf(id)) === null && size < 20_000
}

describe("check 52: deletion", () => {
  it.each([
    ["while it stays", async () => undefined],
    ["over evictions", evict],
    ["over crashes", crash],
  ] as const)("removes every trace, %s, and the id begins anew", async (_, away) => {
    const workflow = registry.define(everything)
    const id = newId()
    const token = await throughEverything(id, workflow, "first")
    const before = await recordOf(id)
    await away(id)
    await runs.delete(id)
    expect(await runs.get(id)).toBeUndefined()
    expect(await codeOf(runs.delete(id))).toBe("run_unknown")
    expect(await isEmpty(id)).toBe(true)
    await away(id)
    const late = runs.settlePromise(token, { type: "resolve", value: "late" })
    expect(await codeOf(late)).toBe("promise_unknown")
    // Keys and messages of the first life are not known to the second.
    await throughEverything(id, workflow, "second")
    expect(await resultOf(id)).toBe("second")
    expect((await recordOf(id)).incarnation).not.toBe(before.incarnation)
  })

  it("is for ended runs only", async () => {
    const { id } = await begin(function* (ctx) {
      yield* ctx.signal("never")
    })
    await suspended(id)
    expect(await codeOf(runs.delete(id))).toBe("wrong_status")
    await runs.pause(id, {})
    expect(await codeOf(runs.delete(id))).toBe("wrong_status")
    const halted = await begin(function* (ctx) {
      yield* ctx.panic(true, "look")
    })
    expect(await codeOf(runs.delete(halted.id))).toBe("wrong_status")
    expect(await codeOf(runs.delete("no such run"))).toBe("run_unknown")
  })

  it("a late result of the first life does not reach the second", async () => {
    let open: (value: string) => void = () => undefined
    const opened = new Promise<string>((resolve) => (open = resolve))
    let lives = 0
    const step = async () => (++lives === 1 ? opened : new Promise<string>(() => undefined))
    const { id, workflow } = await begin(function* (ctx) {
      return yield* ctx.run(step)
    })
    await runs.kill(id, {})
    await runs.delete(id)
    await runs.start(id, { workflow, input: [] })
    open("of the first life")
    await pause(30)
    expect(await recordOf(id)).toMatchObject({ status: "running" })
    await runs.kill(id, {})
  })

  it("tells whoever waits that the run is gone", async () => {
    const { id } = await begin(function* () {
      return 1
    })
    const asked = runs.update(id, "never asked before", 1)
    expect(await codeOf(asked)).toBe("run_ended")
    const watching = runs.events(id, undefined, 0)
    await watching
    await runs.delete(id)
    expect(await codeOf(runs.events(id, undefined, 0))).toBe("run_unknown")
  })
})

describe("retention", () => {
  it("an ended run deletes itself by its own alarm", async () => {
    const { id } = await begin(
      function* () {
        return 1
      },
      [],
      { options: { retentionMs: 200 } },
    )
    expect(await resultOf(id)).toBe(1)
    await expectAlarmAsOwed(id)
    await crash(id)
    await until(
      () => isEmpty(id),
      (empty) => empty,
    )
    expect(await isEmpty(id)).toBe(true)
  })

  it("is 30 days unless the workflow says otherwise, and for ever when it says so", async () => {
    const kept = await begin(function* () {
      return 1
    })
    const { endedAtMs = 0 } = await endOf(kept.id)
    expect(await alarmOf(kept.id)).toBe(endedAtMs + 30 * DAY_MS)
    const ever = await begin(
      function* () {
        return 1
      },
      [],
      { options: { retentionMs: Infinity } },
    )
    await endOf(ever.id)
    expect(await alarmOf(ever.id)).toBeNull()
  })

  it("an alarm that comes early deletes nothing, and one who asks late finds nothing", async () => {
    const { id } = await begin(function* () {
      return 1
    })
    const { endedAtMs = 0 } = await endOf(id)
    await evict(id)
    await fireAlarm(id)
    expect(await recordOf(id)).toMatchObject({ status: "completed" })
    await expectAlarmAsOwed(id)
    vi.setSystemTime(endedAtMs + 30 * DAY_MS)
    try {
      expect(await codeOf(runs.journal(id, undefined, 1))).toBe("run_unknown")
    } finally {
      vi.useRealTimers()
    }
    expect(await isEmpty(id)).toBe(true)
  })

  it("is over when the run is taken up again", async () => {
    let fails = true
    const { id } = await begin(function* (ctx) {
      if (fails) throw new Error("once")
      yield* ctx.signal("never")
    })
    await endOf(id)
    fails = false
    await runs.retry(id, {})
    await suspended(id)
    await expectAlarmAsOwed(id)
    expect(await alarmOf(id)).toBeNull()
  })

  it.each([-1, 1.5, NaN, -Infinity, 11 * 365 * DAY_MS])("%s is refused", (retentionMs) => {
    expect(() => registry.define(everything, { retentionMs })).toThrow("retentionMs")
  })
})

it("what a deleted run had to tell is still told, and then nothing is left", async () => {
  const child = registry.define(function* child(ctx: Context) {
    return yield* ctx.signal("go")
  })
  const parent = newId()
  const parentFlow = registry.define(function* (ctx: Context): Generator<unknown, unknown, never> {
    yield* ctx.detached(child, ctx.options({ id: `${parent}-child` }))
    return "done"
  })
  await runs.start(parent, { workflow: parentFlow, input: [] })
  await endOf(parent)
  await runs.delete(parent)
  expect(await runs.get(parent)).toBeUndefined()
  await until(
    () => runs.get(`${parent}-child`),
    (run) => run !== undefined,
  )
  await until(
    () => isEmpty(parent),
    (empty) => empty,
  )
  expect(await isEmpty(parent)).toBe(true)
})
