// Deletion of a run that somebody has read: a reader that stops early must leave nothing open, since a table that is
// being read cannot be taken away.

import { expect, test } from "vitest"
import type { Context } from "../../src/engine/workflow/context.ts"
import { indexedRuns } from "./support/indexed-runs.ts"
import { registry } from "./support/registry.ts"
import { newId, until } from "./support/runs.ts"

const talk = registry.define(function* (ctx: Context) {
  for (;;) {
    const message = yield* ctx.receive("ask")
    yield* message.reply(message.value)
  }
})

const heavy = registry.define(function* (ctx: Context) {
  for (let n = 0; n < 8; n++) yield* ctx.run(() => "x".repeat(1_000_000))
})

/** Ended, with the index still to be told of its deletion: then its tables go one by one. */
async function ended(workflow: string): Promise<string> {
  const id = newId()
  await indexedRuns.start(id, { workflow, input: [] })
  if (workflow === talk) {
    for (const value of [1, 2, 3]) await indexedRuns.update(id, "ask", value)
  }
  return id
}

async function isDeleted(id: string): Promise<boolean> {
  await until(
    () => indexedRuns.get(id),
    (run) => run?.endedAtMs !== undefined,
  )
  await indexedRuns.delete(id)
  return (await indexedRuns.get(id)) === undefined
}

test("whoever followed its events from somewhere in the middle", async () => {
  const id = await ended(talk)
  const { events } = await indexedRuns.events(id, undefined, 0)
  await indexedRuns.cancel(id, {})
  for (const { id: after } of events) await indexedRuns.events(id, after, 0)
  expect(await isDeleted(id)).toBe(true)
})

test("whoever read a journal that is longer than one page may be", async () => {
  const id = await ended(heavy)
  const first = await indexedRuns.journal(id, undefined, 100)
  expect(first.next).toBeDefined()
  expect(await isDeleted(id)).toBe(true)
})

test("whoever took one page of it along as a file", async () => {
  const id = await ended(heavy)
  const page = await indexedRuns.exportPage(id)
  expect(page).toMatchObject({ next: expect.anything() as unknown })
  expect(await isDeleted(id)).toBe(true)
})
