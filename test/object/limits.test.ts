// Limits: how many runs go on at once, in which order they begin, and what gives a slot back.

import { runInDurableObject } from "cloudflare:test"
import { describe, expect, it } from "vitest"
import type { Context } from "../../src/engine/workflow/context.ts"
import type { FlowLimits } from "../../src/engine/workflow/flow-limits.ts"
import { expectAlarmAsOwed } from "./support/alarm-owed.ts"
import {
  fireLimiter,
  limiterRecord,
  limiterStub,
  mostAtOnce,
  settled,
  slotOf,
} from "./support/limits.ts"
import { registry } from "./support/registry.ts"
import { newName, schedules } from "./support/schedules.ts"
import {
  codeOf,
  crash,
  endOf,
  errorOf,
  fireAlarm,
  newId,
  recordOf,
  resultOf,
  rowsOf,
  runs,
  stubOf,
  tablesOf,
  until,
} from "./support/runs.ts"

const HOUR_MS = 3_600_000

/** Runs that halt instead of going on. */
const broken = new Set<string>()

function* gated(ctx: Context, tenant: string) {
  yield* ctx.signal("go")
  yield* ctx.panic(broken.has(ctx.id), "as asked for")
  return tenant
}

async function halt(id: string): Promise<void> {
  broken.add(id)
  await runs.signal(id, "go", "on")
  expect((await endOf(id)).halt?.code).toBe("panic")
  broken.delete(id)
}

const oneAtOnce = {
  limits: { key: (tenant: string) => tenant, concurrency: 1 },
} satisfies { limits: FlowLimits<[string]> }

/** Starts so many runs of one key, each known to the limiter before the next. */
async function started(
  workflow: string,
  count: number,
  options: { readonly timeoutMs?: number } = {},
): Promise<{ ids: string[]; limiter: string }> {
  const ids: string[] = []
  let limiter = ""
  for (let n = 1; n <= count; n++) {
    const id = newId()
    ids.push(id)
    await runs.start(id, { workflow, input: ["t"], ...options })
    limiter = (await slotOf(id)).limiter
    await settled(limiter, ({ queue, holders }) => queue.length + holders.length === n)
  }
  return { ids, limiter }
}

describe("concurrency", () => {
  it("check 57: k go on, the others wait and begin in the order they came, by themselves", async () => {
    const workflow = registry.define(gated, {
      limits: { key: (tenant: string) => tenant, concurrency: 2 },
    })
    const { ids, limiter } = await started(workflow, 5)
    expect(await limiterRecord(limiter)).toMatchObject({
      holders: ids.slice(0, 2),
      queue: ids.slice(2),
    })
    const waiting = await recordOf(ids[2] ?? "")
    expect(waiting).toMatchObject({
      status: "suspended",
      waitingFor: [{ kind: "start", path: "", name: "t" }],
    })
    expect(waiting).not.toHaveProperty("startedAtMs")
    await expectAlarmAsOwed(waiting.id)
    for (const [index, id] of ids.entries()) {
      await until(
        () => recordOf(id),
        ({ startedAtMs }) => startedAtMs !== undefined,
      )
      const begun = await Promise.all(ids.map(async (each) => (await recordOf(each)).startedAtMs))
      expect(begun.filter((atMs) => atMs !== undefined)).toHaveLength(Math.min(5, index + 2))
      await runs.signal(id, "go", "on")
      expect(await resultOf(id)).toBe("t")
      await settled(limiter, ({ holders }) => holders.length === Math.min(2, 4 - index))
    }
    expect(await settled(limiter, ({ holders }) => holders.length === 0)).toMatchObject({
      queue: [],
      unsent: 0,
    })
    expect(await mostAtOnce(ids)).toBe(2)
  })

  it("check 58: keys do not know of each other, nor do workflows", async () => {
    const workflow = registry.define(gated, oneAtOnce)
    const other = registry.define(gated, oneAtOnce)
    const begin = async (name: string, tenant: string) => {
      const id = newId()
      await runs.start(id, { workflow: name, input: [tenant] })
      return id
    }
    for (let n = 0; n < 20; n++) await begin(workflow, "hot")
    for (const id of [await begin(workflow, "quiet"), await begin(other, "hot")]) {
      const { startedAtMs } = await until(
        () => recordOf(id),
        (record) => record.startedAtMs !== undefined,
      )
      expect(startedAtMs).toBeGreaterThan(0)
    }
  })

  it("check 57: versions share the slots, and the numbers of the youngest run count", async () => {
    const name = registry.define(gated, oneAtOnce)
    registry.register(name, gated, {
      version: 2,
      limits: { key: (tenant: string) => tenant, concurrency: 3 },
    })
    const ids = [newId(), newId(), newId(), newId()] as const
    const begin = async (id: string, version: number) => {
      await runs.start(id, { workflow: name, input: ["t"], version })
      await settled((await slotOf(id)).limiter, ({ queue, holders }) =>
        [...queue, ...holders].includes(id),
      )
    }
    await begin(ids[0], 1)
    await begin(ids[1], 1)
    const { limiter } = await slotOf(ids[0])
    expect(await limiterRecord(limiter)).toMatchObject({ holders: [ids[0]], queue: [ids[1]] })
    await begin(ids[2], 2)
    await begin(ids[3], 2)
    expect(await settled(limiter, ({ holders }) => holders.length === 3)).toMatchObject({
      holders: [ids[0], ids[1], ids[2]],
      queue: [ids[3]],
    })
  })
})

describe("a slot is free again", () => {
  it("check 57: when its run halts; retried it waits again, and shows that", async () => {
    const workflow = registry.define(gated, oneAtOnce)
    const { ids, limiter } = await started(workflow, 2)
    const [first = "", second = ""] = ids
    await halt(first)
    expect(await settled(limiter, ({ queue }) => queue.length === 0)).toMatchObject({
      holders: [second],
    })
    await runs.retry(first, { from: "0" })
    const again = await recordOf(first)
    expect(again).toMatchObject({
      status: "suspended",
      waitingFor: [{ kind: "start", path: "", name: "t" }],
    })
    await expectAlarmAsOwed(first)
    await settled(limiter, ({ queue }) => queue.length === 1)
    // A message that arrives does not set it going, nor does its alarm.
    await runs.signal(first, "go", "on")
    await fireAlarm(first)
    expect((await recordOf(first)).status).toBe("suspended")
    await runs.signal(second, "go", "on")
    expect(await resultOf(second)).toBe("t")
    expect(await resultOf(first)).toBe("t")
  })

  it("check 57: when the code of its run is gone, which asks anew when it is back", async () => {
    const workflow = registry.define(gated, oneAtOnce)
    registry.register(workflow, gated, { version: 2, ...oneAtOnce })
    const stuck = newId()
    await runs.start(stuck, { workflow, input: ["t"], version: 1 })
    await until(
      () => recordOf(stuck),
      ({ startedAtMs }) => startedAtMs !== undefined,
    )
    const next = newId()
    await runs.start(next, { workflow, input: ["t"], version: 2 })
    registry.hide(workflow)
    await crash(stuck)
    await runs.signal(stuck, "go", "on")
    expect((await endOf(stuck)).halt?.code).toBe("workflow_unknown")
    registry.hide(workflow, false)
    await runs.signal(next, "go", "on")
    expect(await resultOf(next)).toBe("t")
    expect(await resultOf(stuck)).toBe("t")
  })

  it.each(["cancel", "kill"] as const)("when its run is told to %s", async (verb) => {
    const workflow = registry.define(gated, oneAtOnce)
    const { ids, limiter } = await started(workflow, 2)
    const [first = "", second = ""] = ids
    await runs[verb](first, {})
    expect(await settled(limiter, ({ queue }) => queue.length === 0)).toMatchObject({
      holders: [second],
    })
  })

  it("check 57: when its run is lost with its storage, which is looked for", async () => {
    const workflow = registry.define(gated, oneAtOnce)
    const { ids, limiter } = await started(workflow, 2)
    const [lost = "", next = ""] = ids
    await runInDurableObject(stubOf(lost), async (_, { storage }) => {
      await storage.deleteAlarm()
      await storage.deleteAll()
    })
    await crash(lost)
    const { alarm } = await limiterRecord(limiter)
    expect(alarm).toBeGreaterThan(Date.now() + 30_000)
    await runInDurableObject(limiterStub(limiter), (_, { storage }) => {
      storage.sql.exec("UPDATE holders SET heard = heard - 60000")
    })
    await fireLimiter(limiter)
    expect(await settled(limiter, ({ queue }) => queue.length === 0)).toMatchObject({
      holders: [next],
    })
    await runs.signal(next, "go", "on")
    expect(await resultOf(next)).toBe("t")
  })

  it("not when a silent run still holds it", async () => {
    const workflow = registry.define(gated, oneAtOnce)
    const { ids, limiter } = await started(workflow, 2)
    await runInDurableObject(limiterStub(limiter), (_, { storage }) => {
      storage.sql.exec("UPDATE holders SET heard = heard - 60000")
    })
    await fireLimiter(limiter)
    const { holders, alarm } = await settled(limiter, () => true)
    expect(holders).toEqual([ids[0]])
    expect(alarm).toBeGreaterThan(Date.now() + 30_000)
  })
})

describe("a run that waits for its slot", () => {
  it("ends at once when it is cancelled, having run nothing, and leaves the queue", async () => {
    const workflow = registry.define(gated, oneAtOnce)
    const { ids, limiter } = await started(workflow, 3)
    const [first = "", second = "", third = ""] = ids
    await runs.cancel(second, { reason: "no more" })
    expect(await recordOf(second)).toMatchObject({ status: "cancelled", waitingFor: [] })
    expect(await recordOf(second)).not.toHaveProperty("startedAtMs")
    expect(await settled(limiter, ({ queue }) => queue.length === 1)).toMatchObject({
      queue: [third],
    })
    await runs.signal(first, "go", "on")
    await runs.signal(third, "go", "on")
    expect(await resultOf(third)).toBe("t")
  })

  it("ends timed_out at its time limit, having run nothing", async () => {
    const workflow = registry.define(gated, oneAtOnce)
    const { ids, limiter } = await started(workflow, 1)
    const late = newId()
    await runs.start(late, { workflow, input: ["t"], timeoutMs: 300 })
    await expectAlarmAsOwed(late)
    expect(await endOf(late)).toMatchObject({ status: "timed_out" })
    expect(await recordOf(late)).not.toHaveProperty("startedAtMs")
    expect((await errorOf(late)).message).toContain("before it could begin")
    expect(await settled(limiter, ({ queue }) => queue.length === 0)).toMatchObject({
      holders: ids,
    })
  })

  it("keeps a slot that comes while it is paused, and begins on resume", async () => {
    const workflow = registry.define(gated, oneAtOnce)
    const { ids, limiter } = await started(workflow, 2)
    const [first = "", second = ""] = ids
    await runs.pause(second, {})
    await runs.signal(first, "go", "on")
    await settled(limiter, ({ holders }) => holders[0] === second)
    const paused = await recordOf(second)
    expect(paused).toMatchObject({ status: "paused", waitingFor: [{ kind: "start" }] })
    expect(paused).not.toHaveProperty("startedAtMs")
    await runs.resume(second, {})
    expect(await recordOf(second)).toHaveProperty("startedAtMs")
    await runs.signal(second, "go", "on")
    expect(await resultOf(second)).toBe("t")
  })

  it("with startAt asks when its instant comes", async () => {
    const workflow = registry.define(gated, oneAtOnce)
    const id = newId()
    const startAtMs = Date.now() + 300
    await runs.start(id, { workflow, input: ["t"], startAtMs })
    expect(await recordOf(id)).toMatchObject({
      waitingFor: [{ kind: "start", untilMs: startAtMs }],
    })
    await expectAlarmAsOwed(id)
    const { limiter } = await slotOf(id)
    expect((await limiterRecord(limiter)).holders).toEqual([])
    await settled(limiter, ({ holders }) => holders.length === 1)
    expect((await recordOf(id)).startedAtMs).toBeGreaterThanOrEqual(startAtMs)
  })

  it("is not let in before others by resume", async () => {
    const workflow = registry.define(gated, oneAtOnce)
    const { ids } = await started(workflow, 2)
    const { incarnation } = await recordOf(ids[1] ?? "")
    expect(await codeOf(runs.resume(ids[1] ?? "", {}))).toBe("wrong_status")
    expect(await recordOf(ids[1] ?? "")).toMatchObject({ status: "suspended", incarnation })
  })

  it("gives its place up when its start is moved into the future", async () => {
    const workflow = registry.define(gated, oneAtOnce)
    const { ids, limiter } = await started(workflow, 2)
    const [first = "", second = ""] = ids
    const startAtMs = Date.now() + HOUR_MS
    await runs.resume(second, { startAtMs })
    expect(await recordOf(second)).toMatchObject({
      waitingFor: [{ kind: "start", path: "", untilMs: startAtMs }],
    })
    await settled(limiter, ({ queue }) => queue.length === 0)
    await runs.signal(first, "go", "on")
    await settled(limiter, ({ holders }) => holders.length === 0)
    await runs.resume(second, {})
    await settled(limiter, ({ holders }) => holders.length === 1)
    expect(await recordOf(second)).toHaveProperty("startedAtMs")
  })

  it("that was cancelled after a halt unwinds when it has its slot", async () => {
    let cleaned = 0
    const workflow = registry.define(function* cleans(ctx: Context, tenant: string) {
      try {
        yield* gated(ctx, tenant)
        yield* ctx.signal("never")
      } finally {
        cleaned++
      }
    }, oneAtOnce)
    const { ids, limiter } = await started(workflow, 2)
    const [first = "", second = ""] = ids
    await halt(first)
    await settled(limiter, ({ holders }) => holders[0] === second)
    await runs.retry(first, { from: "0" })
    await runs.cancel(first, { reason: "enough" })
    expect(await recordOf(first)).toMatchObject({ status: "suspended" })
    const before = cleaned
    await runs.kill(second, {})
    expect((await endOf(first)).status).toBe("cancelled")
    expect(cleaned).toBeGreaterThan(before)
  })
})

describe("who else makes runs", () => {
  it("check 57: children wait as any other run", async () => {
    const child = registry.define(gated, oneAtOnce)
    const parent = registry.define(function* spreads(ctx: Context) {
      const ids = [1, 2, 3].map((n) => `${ctx.id}-${n}`)
      return yield* ctx.all(ids.map((id) => ctx.rpc(child, "t", ctx.options({ id }))))
    })
    const id = newId()
    await runs.start(id, { workflow: parent, input: [] })
    const ids = [1, 2, 3].map((n) => `${id}-${n}`)
    for (let n = 0; n < 3; n++) {
      const { limiter } = await until(
        () => slotOf(`${id}-1`).catch(() => ({ limiter: "" })),
        (slot) => slot.limiter !== "",
      )
      const { holders } = await settled(
        limiter,
        (record) => record.holders.length === 1 && record.queue.length === 2 - n,
      )
      expect(holders).toHaveLength(1)
      expect(ids).toContain(holders[0])
      await runs.signal(holders[0] ?? "", "go", "on")
      await resultOf(holders[0] ?? "")
    }
    expect(await resultOf(id)).toEqual(["t", "t", "t"])
  })

  it("a child whose key cannot be made fails, with the reason", async () => {
    const child = registry.define(gated, {
      limits: {
        key: () => {
          throw new Error("no tenant")
        },
        concurrency: 1,
      },
    })
    const parent = registry.define(function* asks(ctx: Context) {
      return yield* ctx.rpc(child, "t")
    })
    const id = newId()
    await runs.start(id, { workflow: parent, input: [] })
    expect(await errorOf(id)).toMatchObject({ code: "invalid_request" })
  })

  it("check 57: runs of a schedule wait as any other", async () => {
    const workflow = registry.define(gated, oneAtOnce)
    const name = newName()
    await schedules.put(name, { workflow, input: ["t"], cron: "0 0 1 1 *", overlap: "allow" })
    const ids = [await schedules.trigger(name), await schedules.trigger(name)].map(
      ({ runId }) => runId,
    )
    await until(
      () => Promise.all(ids.map((id) => runs.get(id))),
      (all) => all.every((run) => run !== undefined),
    )
    const { limiter } = await slotOf(ids[0] ?? "")
    const { holders, queue } = await settled(limiter, (record) => record.queue.length === 1)
    expect([...holders, ...queue].sort()).toEqual([...ids].sort())
    for (const [first] of [holders, queue]) {
      await runs.signal(first ?? "", "go", "on")
      expect(await resultOf(first ?? "")).toBe("t")
    }
    await schedules.delete(name)
  })

  it("check 57: a fork waits as any other run, and takes its journal up then", async () => {
    const workflow = registry.define(function* twice(ctx: Context, tenant: string) {
      yield* ctx.signal("go")
      yield* ctx.signal("again")
      return tenant
    }, oneAtOnce)
    const { ids, limiter } = await started(workflow, 1)
    const [origin = ""] = ids
    await runs.signal(origin, "go", 1)
    await until(
      () => recordOf(origin),
      ({ waitingFor }) => waitingFor[0]?.name === "again",
    )
    const to = newId()
    const { run } = await runs.fork(origin, { to, from: "1" })
    expect(run).toMatchObject({ status: "suspended", waitingFor: [{ kind: "start", name: "t" }] })
    await settled(limiter, ({ queue }) => queue[0] === to)
    await runs.kill(origin, {})
    await runs.signal(to, "again", 2)
    expect(await resultOf(to)).toBe("t")
  })

  it("a run that continues as new keeps its slot", async () => {
    const workflow = registry.define(function* rounds(ctx: Context, tenant: string, round: number) {
      yield* ctx.signal("go")
      if (round < 2) yield* ctx.continueAsNew(tenant, round + 1)
      return round
    }, oneAtOnce)
    const id = newId()
    await runs.start(id, { workflow, input: ["t", 1] })
    const { limiter } = await slotOf(id)
    await settled(limiter, ({ holders }) => holders.length === 1)
    await runs.signal(id, "go", 1)
    await until(
      () => recordOf(id),
      ({ generation }) => generation === 1,
    )
    expect((await limiterRecord(limiter)).holders).toEqual([id])
    expect(await slotOf(id)).toMatchObject({ state: "granted", ask: 1 })
    await runs.signal(id, "go", 2)
    expect(await resultOf(id)).toBe(2)
  })
})

describe("what is refused", () => {
  it.each([
    [
      "a key that throws",
      () => {
        throw new Error("no tenant")
      },
    ],
    ["an empty key", () => ""],
    ["a key of 257 bytes", () => "k".repeat(257)],
    ["a key that is no text", () => 7 as unknown as string],
  ])("%s, and nothing is made", async (_, key) => {
    const workflow = registry.define(gated, { limits: { key, concurrency: 1 } })
    const id = newId()
    expect(await codeOf(runs.start(id, { workflow, input: ["t"] }))).toBe("invalid_request")
    expect(await runs.get(id)).toBeUndefined()
    expect(await tablesOf(id)).toEqual([])
  })

  it("a grant of another life or asking: nothing is written, and the limiter hears that it is not wanted", async () => {
    const workflow = registry.define(gated, oneAtOnce)
    const { ids } = await started(workflow, 2)
    const [first = "", second = ""] = ids
    const { incarnation } = await recordOf(second)
    for (const ask of [
      { run: second, incarnation: "another", ask: 1 },
      { run: second, incarnation, ask: 2 },
      { run: newId(), incarnation, ask: 1 },
    ]) {
      expect(await stubOf(ask.run).granted(ask)).toMatchObject({ value: { isHeld: false } })
    }
    expect((await slotOf(second)).state).toBe("asked")
    const { incarnation: life } = await recordOf(first)
    const [{ started_at: sinceMs } = { started_at: 0 }] = await rowsOf<{ started_at: number }>(
      first,
      "SELECT started_at FROM run",
    )
    expect(await stubOf(first).granted({ run: first, incarnation: life, ask: 1 })).toMatchObject({
      value: { isHeld: true, sinceMs },
    })
  })
})
