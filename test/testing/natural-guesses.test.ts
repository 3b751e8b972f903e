// Natural guesses: what is written at first and would be ignored: an error says how it is written instead.
import { expect, test } from "vitest"
import type { Context, WorkflowFunction } from "../../src/engine/index.ts"
import { crashEverywhere, replayJournal, runWorkflow } from "../../src/testing/index.ts"

const charge = async () => "charged"
function* approved(ctx: Context) {
  return [yield* ctx.signal<unknown>("approve"), yield* ctx.run(charge)]
}
/** As it is given without types. */
const run = runWorkflow as (
  workflow: WorkflowFunction,
  input?: unknown,
  options?: unknown,
) => ReturnType<typeof runWorkflow>

test.each<readonly [string, unknown, unknown, string]>([
  ["options in the place of the input", { signals: { approve: 1 } }, undefined, "approved, [], {"],
  ["steps in a list", [], { steps: [charge] }, "steps is an object with an entry for each name"],
  ["steps in a map", [], { steps: new Map([["charge", 1]]) }, "got a Map"],
  [
    "a moment beside the value, by name",
    [],
    { signals: { approve: { value: true, atMs: 100 } } },
    'signals: [{ name: "approve"',
  ],
  [
    "a moment that there is not",
    [],
    { signals: [{ name: "approve", when: "later" }] },
    "when is later",
  ],
])("%s", async (_, input, options, message) => {
  await expect(run(approved, input, options)).rejects.toThrow(message)
})

test("a value with fields of its own is a value", async () => {
  const value = { by: "alice", atMs: 100 }
  const { result } = await runWorkflow(approved, [], { signals: { approve: value } })
  expect(result).toEqual([value, "charged"])
})

test("an argument that has an option's name, of a workflow that takes one", async () => {
  function* plan(_: Context, given: { steps: number }) {
    return given.steps
  }
  expect((await runWorkflow(plan, { steps: 3 })).result).toBe(3)
})

test("a mock under a name that nobody asks for is told", async () => {
  const options = { steps: { chrage: 1, charge: 2 }, signals: { approve: 1 } }
  expect((await runWorkflow(approved, [], options)).unused).toEqual(["chrage"])
  const asked = await runWorkflow(approved, [], { steps: { charge: 2 } })
  expect(asked.unused).toEqual(["charge"])
})

test("children that were asked for are used", async () => {
  function* parent(ctx: Context) {
    return [yield* ctx.rpc("mocked"), yield* ctx.rpc("kept", 1)]
  }
  function* other(_: Context, n: number) {
    return n
  }
  const { result, unused } = await runWorkflow(parent, [], {
    children: { mocked: "m", kept: other, never: other },
  })
  expect(result).toEqual(["m", 1])
  expect(unused).toEqual(["never"])
})

test("a run in the place of its export", async () => {
  const whole = (await runWorkflow(approved)) as unknown as string
  await expect(replayJournal(whole, approved)).rejects.toThrow("run.exported")
})

test.each<readonly [string, WorkflowFunction]>([
  [
    "process.hrtime.bigint()",
    function* (ctx: Context) {
      const beganNs = process.hrtime.bigint()
      yield* ctx.run(charge)
      return process.hrtime.bigint() - beganNs > 5_000_000_000n
    },
  ],
  [
    "process.uptime()",
    function* (ctx: Context) {
      return process.uptime() > 1e9 ? yield* ctx.run(charge) : "early"
    },
  ],
  [
    "setImmediate()",
    function* (ctx: Context) {
      setImmediate(() => undefined)
      yield* ctx.run(charge)
    },
  ],
  [
    "queueMicrotask()",
    function* (ctx: Context) {
      queueMicrotask(() => undefined)
      yield* ctx.run(charge)
    },
  ],
])("a body that asks %s", async (call, workflow) => {
  await expect(crashEverywhere(workflow, [] as never[])).rejects.toMatchObject({
    findings: expect.arrayContaining([expect.objectContaining({ call })]) as unknown,
  })
})
