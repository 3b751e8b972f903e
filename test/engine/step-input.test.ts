// A step's arguments are its own: what it changes in them is seen by nobody, as on a replay nobody could see it.

import { describe, expect, test } from "vitest"
import type { Context, StepContext } from "../../src/engine/index.ts"
import { freshInput } from "../../src/engine/steps/step-input.ts"
import { Machine } from "../../src/engine/machine/machine.ts"
import type { WorkflowFunction } from "../../src/engine/workflow/registry.ts"
import type { JournalRecord } from "../../src/engine/ports/journal.ts"

/** Drives a workflow of plain steps over the given records; gives its result and the journal. */
function drive(
  fn: WorkflowFunction,
  records: readonly JournalRecord[],
): { text: string; journal: JournalRecord[] } {
  const journal = [...records]
  const store = {
    append: (added: readonly JournalRecord[]) => void journal.push(...added),
    read: (after: number) => records.filter((record) => record.seq > after),
    waits: () => [],
  }
  const host = {
    wake: () => undefined,
    dependency: () => undefined,
    crash: () => undefined,
    undoStretch: () => undefined,
    log: () => undefined,
  }
  const entropy = { random: () => 0, uuid: () => "", promiseToken: () => "" }
  const ports = { store, host, entropy, clock: { nowMs: () => 0 } }
  const run = {
    id: "run",
    incarnation: "i",
    createdAtMs: 0,
    generation: 0,
    inputText: "[]",
    deadlineMs: undefined,
    faults: [],
    isFresh: records.length === 0,
  }
  const result = new Machine(ports as never, run, fn).drive(true)
  return { text: result.type === "ended" ? result.outcome.text : result.type, journal }
}

describe("promise 3: what a step changes in its arguments", () => {
  const raise = (_ctx: StepContext, count: { value: number }) => {
    count.value += 5
    return null
  }

  function* counting(ctx: Context) {
    const count = { value: 0 }
    yield* ctx.run(raise, count)
    return count.value
  }

  test("is not seen by the workflow, on the first pass as on a replay", () => {
    const first = drive(counting, [])
    expect(first.text).toBe("0")
    expect(drive(counting, first.journal).text).toBe("0")
    expect(drive(counting, first.journal).journal).toEqual(first.journal)
  })
})

describe("promise 3: the copies a step gets", () => {
  test("are fresh where something can be changed, and keep their types", () => {
    const at = new Date(0)
    const input = [{ list: [1] }, at, new Map([["a", 1]])]
    const copies = freshInput(input)
    expect(copies).toEqual(input)
    for (const [index, copy] of copies.entries()) expect(copy).not.toBe(input[index])
  })

  test("are the very values where nothing can be", () => {
    const input = [1, "two", null, undefined, 3n]
    expect(freshInput(input)).toBe(input)
  })

  test("leave alone what cannot be encoded", () => {
    const callback = () => 1
    const rest = { a: 1 }
    const [given, copy] = freshInput([callback, rest])
    expect(given).toBe(callback)
    expect(copy).toEqual(rest)
    expect(copy).not.toBe(rest)
  })
})
