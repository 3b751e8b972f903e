// A delayed start: until its instant the run is rows and an alarm, and nothing of its workflow has run.

import { describe, expect, it } from "vitest"
import type { Context } from "../../src/engine/workflow/context.ts"
import { registry } from "./support/registry.ts"
import { expectAlarmAsOwed } from "./support/alarm-owed.ts"
import {
  begin,
  codeOf,
  crash,
  endOf,
  errorOf,
  evict,
  newId,
  recordOf,
  resultOf,
  runs,
  tablesOf,
  textOf,
  until,
} from "./support/runs.ts"

const HOUR_MS = 3_600_000

function* greeting(ctx: Context) {
  return yield* ctx.signal("name")
}

describe("a run with startAt", () => {
  it("has not begun before its instant, and begins there by itself after a crash", async () => {
    let begunAtMs = 0
    const startAtMs = Date.now() + 300
    const { id } = await begin(
      function* () {
        begunAtMs = Date.now()
        return "begun"
      },
      [],
      { startAtMs },
    )
    const before = await recordOf(id)
    expect(before).toMatchObject({
      status: "suspended",
      waitingFor: [{ kind: "start", path: "", untilMs: startAtMs }],
    })
    expect(before).not.toHaveProperty("startedAtMs")
    await expectAlarmAsOwed(id)
    await crash(id)
    await until(
      () => begunAtMs,
      (atMs) => atMs > 0,
    )
    expect(begunAtMs).toBeGreaterThanOrEqual(startAtMs)
    expect(await resultOf(id)).toBe("begun")
    expect((await recordOf(id)).startedAtMs).toBeGreaterThanOrEqual(startAtMs)
  })

  it("begins at once when its instant has passed, and counts its time limit from then", async () => {
    const { id } = await begin(greeting, [], { startAtMs: Date.now() - HOUR_MS, timeoutMs: 50 })
    expect(await recordOf(id)).toHaveProperty("startedAtMs")
    expect((await endOf(id)).status).toBe("timed_out")
  })

  it("counts its time limit from its instant", async () => {
    const startAtMs = Date.now() + 150
    const { id } = await begin(greeting, [], { startAtMs, timeoutMs: 100 })
    const { status, endedAtMs } = await endOf(id)
    expect(status).toBe("timed_out")
    expect(endedAtMs).toBeGreaterThanOrEqual(startAtMs + 100)
  })

  it("keeps signals and updates until it begins", async () => {
    const { id } = await begin(
      function* (ctx) {
        const message = yield* ctx.receive("ask")
        message.reply("answered")
        return [yield* ctx.signal("name"), message.value]
      },
      [],
      { startAtMs: Date.now() + 200, signal: { name: "name", value: "Ada" } },
    )
    await evict(id)
    expect(await runs.update(id, "ask", 1)).toEqual({
      state: "replied",
      replyText: textOf("answered"),
    })
    expect(await resultOf(id)).toEqual(["Ada", 1])
  })

  it("is waited for by its starter", async () => {
    const workflow = registry.define(function* () {
      return "done"
    })
    const startAtMs = Date.now() + 100
    const { run } = await runs.start(newId(), { workflow, input: [], startAtMs, waitMs: 5_000 })
    expect(run.status).toBe("completed")
  })

  it.each(["while it stays", "over a crash"])(
    "check 24: cancelled %s it ends without running anything",
    async (when) => {
      let hasRun = false
      const { id } = await begin(
        function* () {
          hasRun = true
        },
        [],
        { startAtMs: Date.now() + HOUR_MS },
      )
      if (when !== "while it stays") await crash(id)
      await runs.cancel(id, { reason: "no more" })
      expect(await recordOf(id)).toMatchObject({ status: "cancelled" })
      expect(await recordOf(id)).not.toHaveProperty("startedAtMs")
      expect((await errorOf(id)).message).toBe("no more")
      await expectAlarmAsOwed(id)
      expect(hasRun).toBe(false)
    },
  )

  it("is killed like any other", async () => {
    const { id } = await begin(greeting, [], { startAtMs: Date.now() + HOUR_MS })
    await runs.kill(id, {})
    expect((await errorOf(id)).code).toBe("killed")
  })

  it("is the same run for the same start, whatever instant that names", async () => {
    const { id, workflow } = await begin(greeting, [], { startAtMs: Date.now() + HOUR_MS })
    const again = await runs.start(id, { workflow, input: [] })
    expect(again).toMatchObject({ created: false, run: { status: "suspended" } })
    expect(again.run).not.toHaveProperty("startedAtMs")
  })

  it("is refused more than ten years ahead, and makes no run", async () => {
    const workflow = registry.define(greeting)
    const id = newId()
    const startAtMs = Date.now() + 10 * 366 * 24 * HOUR_MS
    expect(await codeOf(runs.start(id, { workflow, input: [], startAtMs }))).toBe("invalid_request")
    expect(await runs.get(id)).toBeUndefined()
    expect(await tablesOf(id)).toEqual([])
  })

  it("halts at its instant when its code is gone, and begins when it is there again", async () => {
    const { id, workflow } = await begin(greeting, [], { startAtMs: Date.now() + 100 })
    registry.hide(workflow)
    expect((await endOf(id)).halt?.code).toBe("workflow_unknown")
    registry.hide(workflow, false)
    await runs.signal(id, "name", "Bob")
    expect(await resultOf(id)).toBe("Bob")
  })
})
