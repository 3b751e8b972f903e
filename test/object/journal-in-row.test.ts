// Journal in the row: what a person does to a run that ended in its first stretch loses none of its records.

import { describe, expect, it } from "vitest"
import type { StepContext } from "../../src/engine/workflow/context.ts"
import { watchOf } from "./support/watch.ts"
import {
  alarmOf,
  begin,
  endOf,
  evict,
  journalOf,
  newId,
  recordsOf,
  resultOf,
  runs,
  tablesOf,
  until,
} from "./support/runs.ts"

/** A step that counts its calls. */
function counted() {
  const calls: unknown[] = []
  const step = (_: StepContext, value: unknown) => {
    calls.push(value)
    return value
  }
  return { calls, step }
}

describe.each([
  ["while it stays", async () => undefined],
  ["after an eviction", evict],
] as const)("promise 1: a run whose journal stands in its row, %s,", (_, away) => {
  it("keeps it over a retry that forgets nothing: no step failed", async () => {
    const { calls, step } = counted()
    let isMended = false
    const { id } = await begin(function* (ctx) {
      const taken = [yield* ctx.run(step, 1), yield* ctx.run(step, 2)]
      if (!isMended) throw new Error("Not yet.")
      return taken
    })
    expect((await endOf(id)).status).toBe("failed")
    expect(await tablesOf(id)).toEqual(["run"])
    isMended = true
    await away(id)
    await runs.retry(id, {})
    expect(await resultOf(id)).toEqual([1, 2])
    expect(calls).toEqual([1, 2])
    const types = (await recordsOf(id)).map(({ type }) => type)
    expect(types).toEqual(["completed", "completed", "operator"])
  })

  it("keeps it when it is noted that a fork was taken", async () => {
    const { calls, step } = counted()
    const { id } = await begin(function* (ctx) {
      return [yield* ctx.run(step, 1), yield* ctx.run(step, 2)]
    })
    expect((await endOf(id)).status).toBe("completed")
    expect(await tablesOf(id)).toEqual(["run"])
    await away(id)
    const to = newId()
    await runs.fork(id, { to, from: "1" })
    expect(await resultOf(to)).toEqual([1, 2])
    expect(calls).toEqual([1, 2, 2])
    expect((await journalOf(id)).map(({ path, kind }) => [path, kind])).toEqual([
      ["0", "step"],
      ["1", "step"],
      ["", "operator"],
    ])
  })
})

it("promise 1: an end that could not be written leaves records that an operator's note does not forget", async () => {
  const { calls, step } = counted()
  const id = newId()
  watchOf(id).onStatement = (text) => {
    if (text.startsWith("UPDATE run SET status")) throw new Error("On purpose.")
  }
  await begin(
    function* (ctx) {
      yield* ctx.run(step, 1)
      return yield* ctx.run(step, 2)
    },
    [],
    { id },
  )
  expect(await alarmOf(id)).not.toBeNull()
  // The one verb that is noted without the run being looked at before.
  await runs.crash(id, {})
  watchOf(id).onStatement = undefined
  // Whoever asks in the moment of the reset hears of it instead; the run's alarm may have ended it before that.
  const read = () => resultOf(id).catch(() => undefined)
  expect(await until(read, (result) => result === 2)).toBe(2)
  expect(calls).toEqual([1, 2])
  const readRecords = () => recordsOf(id).catch(() => undefined)
  const records = await until(readRecords, (found) => found !== undefined)
  expect(records?.map(({ path, type }) => [path, type])).toEqual([
    ["0", "completed"],
    ["1", "completed"],
    ["", "operator"],
  ])
})
