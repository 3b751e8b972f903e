// Messages of a family that are late, twice, reordered, or for another life; and children that are hard to end.

import { describe, expect, it } from "vitest"
import type { Context } from "../../src/engine/workflow/context.ts"
import type { FamilyKind } from "../../src/object/family/messages.ts"
import { pack } from "../../src/object/wire.ts"
import { expectAlarmAsOwed } from "./support/alarm-owed.ts"
import { registry } from "./support/registry.ts"
import {
  begin,
  endOf,
  errorOf,
  newId,
  pause,
  recordOf,
  resultOf,
  rowsOf,
  runs,
  stubOf,
  suspended,
  textOf,
  until,
} from "./support/runs.ts"

const waits = registry.define(function* waits(ctx: Context) {
  return yield* ctx.signal("go")
})

async function stands(id: string): Promise<void> {
  await until(
    () => runs.get(id),
    (run) => run !== undefined,
  )
}

async function deliver(id: string, kind: FamilyKind, message: unknown): Promise<void> {
  expect(await stubOf(id).deliver(id, kind, pack(message))).toMatchObject({ ok: true })
}

describe("a message that is not for this child, life, generation or attempt changes nothing", () => {
  it("ends and states, before and after the true one", async () => {
    const { id } = await begin(function* (ctx) {
      const child = yield* ctx.beginRpc(waits, ctx.options({ id: `${ctx.id}-child` }))
      return [yield* child, yield* ctx.signal("last")]
    })
    const child = `${id}-child`
    await stands(child)
    const { incarnation } = await recordOf(id)
    const to = { id, incarnation, generation: 0, path: "0", attempt: 1 }
    const outcome = { state: "completed", text: textOf("false") }
    const strangers = [
      { ...to, incarnation: "another" },
      { ...to, generation: 1 },
      { ...to, path: "1" },
      { ...to, attempt: 2 },
      { ...to, attempt: 0 },
    ]
    for (const stranger of strangers) {
      await deliver(id, "ended", { to: stranger, from: child, outcome })
      await deliver(id, "status", { to: stranger, status: "halted" })
    }
    await deliver(child, "stop", {
      verb: "kill",
      incarnation: "another",
      reason: "no",
      by: strangers[3],
    })
    await deliver(child, "stop", {
      verb: "cancel",
      incarnation: "x",
      reason: "no",
      by: strangers[0],
    })
    expect((await recordOf(id)).waitingFor).toMatchObject([{ kind: "child", id: child }])
    expect((await recordOf(id)).waitingFor[0]).not.toHaveProperty("status")
    await runs.signal(child, "go", "true")
    await until(
      () => recordOf(id),
      ({ waitingFor }) => waitingFor[0]?.kind === "signal",
    )
    await deliver(id, "ended", { to, from: child, outcome })
    await deliver(id, "ended", { to, from: child, outcome })
    await deliver(id, "status", { to, status: "halted" })
    expect(await rowsOf(id, "SELECT * FROM children")).toEqual([])
    await runs.signal(id, "last", "word")
    expect(await resultOf(id)).toEqual(["true", "word"])
    await deliver(id, "ended", { to, from: child, outcome })
    await expectAlarmAsOwed(id)
    await expectAlarmAsOwed(child)
  })

  it("ends of the generation before", async () => {
    const { id } = await begin(
      function* (ctx, generation: unknown) {
        yield* ctx.beginRpc(waits, ctx.options({ id: `${ctx.id}-${String(generation)}` }))
        if (generation === 0) yield* ctx.continueAsNew(1)
        return yield* ctx.signal("never")
      },
      [0],
    )
    await stands(`${id}-1`)
    expect((await endOf(`${id}-0`)).status).toBe("cancelled")
    await pause(100)
    expect((await recordOf(id)).waitingFor).toMatchObject([{ kind: "signal" }, { id: `${id}-1` }])
    await expectAlarmAsOwed(id)
  })
})

describe("promise 14: a parent that is cancelled ends", () => {
  it("over children that are paused, have not begun, or are pursued in races of races", async () => {
    const { id } = await begin(function* (ctx) {
      const named = (name: string) => ctx.options({ id: `${ctx.id}-${name}` })
      return yield* ctx.all([
        ctx.rpc(waits, named("paused")),
        ctx.rpc(waits, ctx.options({ id: `${ctx.id}-later`, delayMs: 3_600_000 })),
        ctx.race([
          ctx.race([ctx.rpc(waits, named("a")), ctx.rpc(waits, named("b"))]),
          ctx.any([ctx.rpc(waits, named("c")), ctx.signal("never")]),
        ]),
      ])
    })
    const children = ["paused", "later", "a", "b", "c"].map((name) => `${id}-${name}`)
    for (const child of children) await stands(child)
    await runs.pause(`${id}-paused`, {})
    await runs.cancel(id, { reason: "enough" })
    expect((await endOf(id)).status).toBe("cancelled")
    for (const child of children) expect((await recordOf(child)).status).toBe("cancelled")
  })

  it("after a child that takes its time, though its deadline passes meanwhile", async () => {
    const slow = registry.define(function* slow(ctx: Context) {
      try {
        yield* ctx.signal("never")
      } finally {
        yield* ctx.signal("let go")
      }
    })
    const id = newId()
    await begin(
      function* (ctx) {
        yield* ctx.rpc(slow, ctx.options({ id: `${ctx.id}-child` }))
      },
      [],
      { id, timeoutMs: 700 },
    )
    await stands(`${id}-child`)
    await runs.cancel(id, {})
    await pause(800)
    expect((await recordOf(id)).status).toBe("suspended")
    await runs.signal(`${id}-child`, "let go", 1)
    expect((await endOf(id)).status).toBe("cancelled")
    expect((await endOf(`${id}-child`)).status).toBe("cancelled")
  })

  it("after what is shielded, and what undoes it, with children in both", async () => {
    const { id } = await begin(function* (ctx) {
      yield* ctx.compensate(function* (inner: Context) {
        yield* inner.rpc(waits, inner.options({ id: `${inner.id}-undo` }))
      })
      yield* ctx.shield(function* (inner: Context) {
        yield* inner.rpc(waits, inner.options({ id: `${inner.id}-shielded` }))
      })
      yield* ctx.signal("never")
    })
    await stands(`${id}-shielded`)
    await runs.cancel(id, {})
    await pause(100)
    expect((await recordOf(`${id}-shielded`)).status).toBe("suspended")
    await runs.signal(`${id}-shielded`, "go", 1)
    await stands(`${id}-undo`)
    await suspended(`${id}-undo`)
    await runs.signal(`${id}-undo`, "go", 1)
    expect((await endOf(id)).status).toBe("cancelled")
  })
})

it("a schema that throws refuses its child, and says so", async () => {
  const strict = registry.define(
    function* strict() {
      return 1
    },
    {
      input: {
        "~standard": {
          validate: () => {
            throw new TypeError("a bug in the schema")
          },
        },
      },
    },
  )
  const { id } = await begin(function* (ctx) {
    return yield* ctx.rpc(strict)
  })
  const error = await errorOf(id)
  expect(error.code).toBe("internal")
  expect(error.message).toContain("a bug in the schema")
})
