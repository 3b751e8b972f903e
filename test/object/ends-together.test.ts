// Ends that come together: attempts that end right behind one another are one commit, and none waits for a slow one.

import { expect, it } from "vitest"
import type { Context } from "../../src/engine/workflow/context.ts"
import { begin, newId, pause, recordsOf, resultOf, rowsOf, until } from "./support/runs.ts"
import { watchOf } from "./support/watch.ts"

const WIDTH = 30

/** Begins so many steps at once and waits for all of them. */
function together(step: () => Promise<number>) {
  return function* (ctx: Context) {
    const futures = []
    for (let index = 0; index < WIDTH; index++) futures.push(yield* ctx.beginRun(step))
    let sum = 0
    for (const future of futures) sum += yield* future
    return sum
  }
}

/** Rows of the journal behind those that the starts took. */
async function rowsOfEnds(id: string, startRows: number): Promise<number> {
  const [{ count } = { count: 0 }] = await rowsOf<{ count: number }>(
    id,
    "SELECT COUNT(*) AS count FROM journal",
  )
  return count - startRows
}

it("in one turn: one row", async () => {
  const gate = Promise.withResolvers<number>()
  const { id } = await begin(together(() => gate.promise))
  const startRows = await rowsOfEnds(id, 0)
  gate.resolve(2)
  expect(await resultOf(id)).toBe(2 * WIDTH)
  expect(await rowsOfEnds(id, startRows)).toBe(1)
  const ended = (await recordsOf(id)).filter(({ type }) => type === "completed")
  expect(ended).toHaveLength(WIDTH)
})

it("in turns right behind one another: far fewer rows than steps", async () => {
  // A timer each, all of the same length.
  const nap = async () => {
    await pause(100)
    return 3
  }
  const { id } = await begin(together(nap))
  const startRows = await rowsOfEnds(id, 0)
  expect(await resultOf(id)).toBe(3 * WIDTH)
  expect(await rowsOfEnds(id, startRows)).toBeLessThan(WIDTH / 2)
})

it("an end is recorded although another attempt stays at work", async () => {
  const slow = Promise.withResolvers<number>()
  const quick = [Promise.resolve(1), slow.promise]
  const id = newId()
  await begin(
    function* (ctx) {
      const first = yield* ctx.beginRun(() => quick[0])
      const second = yield* ctx.beginRun(() => quick[1])
      return [yield* first, yield* second]
    },
    [],
    { id },
  )
  const ended = async () =>
    (await recordsOf(id)).filter(({ type }) => type === "completed").map(({ path }) => path)
  expect(await until(ended, ({ length }) => length > 0)).toEqual(["0"])
  const { records } = watchOf(id)
  await pause(50)
  // Nothing is written for as long as nothing ends.
  expect(watchOf(id).records).toBe(records)
  slow.resolve(2)
  expect(await resultOf(id)).toEqual([1, 2])
})
