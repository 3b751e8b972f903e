// Promises 4 and 5: the same id is the same run, and a start is answered when it is durable.
// And a probe of a run that is not there leaves nothing behind.

import { describe, expect, it } from "vitest"
import type { Context } from "../../src/engine/workflow/context.ts"
import type { StandardSchema } from "../../src/engine/workflow/operation.ts"
import { expectAlarmAsOwed } from "./support/alarm-owed.ts"
import { registry } from "./support/registry.ts"
import {
  alarmOf,
  begin,
  codeOf,
  crash,
  doorOf,
  evict,
  newId,
  resultOf,
  runs,
  suspended,
  tablesOf,
  textOf,
} from "./support/runs.ts"

function* echo(_: Context, ...input: unknown[]): Generator<never, unknown[], never> {
  return input
}

function* waiting(ctx: Context, ..._input: unknown[]) {
  return yield* ctx.signal("go")
}

const echoName = registry.define(echo)
const waitingName = registry.define(waiting)

describe("promise 4: same id", () => {
  it.each([
    ["running", waitingName],
    ["ended", echoName],
  ])("and same input is the same run, %s", async (_, workflow) => {
    const id = newId()
    const input = [{ b: [1, { y: 1, x: 2 }], a: "text" }]
    const first = await runs.start(id, { workflow, input })
    expect(first.created).toBe(true)
    for (const lose of [() => Promise.resolve(), () => evict(id), () => crash(id)]) {
      await lose()
      const reordered = [{ a: "text", b: [1, { x: 2, y: 1 }] }]
      const again = await runs.start(id, { workflow, input: reordered })
      expect(again.created).toBe(false)
      expect(again.run).toMatchObject({
        incarnation: first.run.incarnation,
        createdAtMs: first.run.createdAtMs,
        status: first.run.status,
      })
    }
  })

  it.each([
    ["another input", { workflow: waitingName, input: [2] }],
    ["one more argument", { workflow: waitingName, input: [1, 2] }],
    ["another workflow", { workflow: echoName, input: [1] }],
    ["another version", { workflow: waitingName, input: [1], version: 2 }],
  ])("and %s is a conflict, which changes nothing", async (_, other) => {
    const id = newId()
    registry.find(waitingName)
    const first = await runs.start(id, { workflow: waitingName, input: [1] })
    expect(await codeOf(runs.start(id, other))).toBe("run_conflict")
    await crash(id)
    expect(await codeOf(runs.start(id, other))).toBe("run_conflict")
    expect(await runs.get(id)).toMatchObject({ incarnation: first.run.incarnation })
  })

  it("keeps its own deadline and tags when a repeated start names others", async () => {
    const id = newId()
    await runs.start(id, { workflow: waitingName, input: [], tags: { a: "1" } })
    const again = await runs.start(id, {
      workflow: waitingName,
      input: [],
      tags: { b: "2" },
      timeoutMs: 1,
    })
    expect(again.run.tags).toEqual({ a: "1" })
    expect((await suspended(id)).status).toBe("suspended")
  })

  it("is compared with the first input, also after continueAsNew", async () => {
    const { id, workflow } = await begin(
      function* (ctx: Context, count: number): Generator<unknown, number, never> {
        if (count < 3) yield* ctx.continueAsNew(count + 1)
        return count
      },
      [1],
    )
    expect(await resultOf(id)).toBe(3)
    expect((await runs.start(id, { workflow, input: [1] })).created).toBe(false)
    expect(await codeOf(runs.start(id, { workflow, input: [3] }))).toBe("run_conflict")
  })

  it("in ten starts at once is created by one of them", async () => {
    const id = newId()
    const starts = await Promise.all(
      Array.from({ length: 10 }, () => runs.start(id, { workflow: echoName, input: [id] })),
    )
    expect(starts.filter(({ created }) => created)).toHaveLength(1)
    expect(new Set(starts.map(({ run }) => run.incarnation)).size).toBe(1)
  })

  it("in two different starts at once goes to one, the other conflicts", async () => {
    const id = newId()
    const codes = await Promise.all(
      [1, 2].map((value) => codeOf(runs.start(id, { workflow: waitingName, input: [value] }))),
    )
    expect(codes).toHaveLength(2)
    expect(codes).toContain("run_conflict")
    expect(codes).toContain(undefined)
  })

  it("also when both must first ask a schema that takes its time", async () => {
    const slow: StandardSchema = {
      "~standard": {
        validate: async (value) => {
          await new Promise((resolve) => setTimeout(resolve, 5))
          return { value }
        },
      },
    }
    const workflow = registry.define(
      function* (_ctx: Context, value: unknown): Generator<never, unknown, never> {
        return value
      },
      { input: slow },
    )
    const id = newId()
    const codes = await Promise.all(
      [1, 2].map((value) => codeOf(runs.start(id, { workflow, input: [value] }))),
    )
    expect(codes.filter((code) => code === "run_conflict")).toHaveLength(1)
    expect(codes.filter((code) => code === undefined)).toHaveLength(1)
  })
})

describe("promise 5: a start that was answered is durable", () => {
  it.each([
    ["ended in its first stretch", echoName],
    ["waits", waitingName],
  ])("a run that %s is there after a crash at once", async (_, workflow) => {
    const id = newId()
    const { run } = await runs.start(id, { workflow, input: [id] })
    await crash(id)
    expect(await runs.get(id)).toMatchObject({
      incarnation: run.incarnation,
      inputText: textOf([id]),
      status: run.status,
    })
  })

  it("a short run answers with its result in one round trip and owes nothing but its own deletion", async () => {
    const id = newId()
    const { run } = await runs.start(id, { workflow: echoName, input: [1] })
    expect(run).toMatchObject({ status: "completed", resultText: "[1]" })
    await expectAlarmAsOwed(id)
  })
})

describe("nothing is left behind", () => {
  const probes: Readonly<Record<string, (id: string) => Promise<unknown>>> = {
    get: (id) => runs.get(id),
    result: (id) => runs.result(id, 50),
    journal: (id) => runs.journal(id, undefined, 10),
    state: (id) => runs.state(id, "name"),
    signal: (id) => runs.signal(id, "name", 1, "key"),
    update: (id) => runs.update(id, "name", 1, { waitMs: 10 }),
    updateAnswer: (id) => runs.updateAnswer(id, "name", "key", 10),
    cancel: (id) => runs.cancel(id, {}),
    kill: (id) => runs.kill(id, {}),
    retry: (id) => runs.retry(id, {}),
    skip: (id) => runs.skip(id, { path: "0", value: 1 }),
    "settle a promise": (id) =>
      doorOf(id).settlePromise("a.b.c", { state: "completed", text: "1" }),
    "start of an unknown workflow": (id) => runs.start(id, { workflow: "nobody", input: [] }),
    "start of an unknown version": (id) =>
      runs.start(id, { workflow: echoName, input: [], version: 7 }),
    "start of an input that does not fit": (id) =>
      runs.start(id, { workflow: strictName, input: [] }),
    "start of an input that cannot be stored": (id) =>
      runs.start(id, { workflow: echoName, input: [() => 1] }),
  }
  const strict: StandardSchema = {
    "~standard": { validate: () => ({ issues: [{ message: "never", path: [0, "sku"] }] }) },
  }
  const strictName = registry.define(function* (): Generator<never, void, never> {}, {
    input: strict,
  })

  it.each(Object.keys(probes))("by %s on a run that is not there", async (probe) => {
    const id = newId()
    const code = await codeOf(probes[probe]?.(id) ?? Promise.resolve())
    expect([
      undefined,
      "run_unknown",
      "workflow_unknown",
      "version_unknown",
      "invalid_request",
    ]).toContain(code)
    expect(await tablesOf(id)).toEqual([])
    expect(await alarmOf(id)).toBeNull()
    await runs.start(id, { workflow: echoName, input: [] })
    expect(await resultOf(id)).toEqual([])
  })

  it("and the refusal says what does not fit", async () => {
    await expect(runs.start(newId(), { workflow: strictName, input: [] })).rejects.toMatchObject({
      code: "invalid_request",
      message: expect.stringContaining("0.sku: never"),
    })
  })

  it("a run makes only the tables it needs", async () => {
    const { id } = await begin(echo, [1])
    expect(await tablesOf(id)).toEqual(["run"])
  })
})
