// An alarm that the platform has lost: whoever runs the index brings it back, for runs that nobody asks for by their ids.

import { evictDurableObject, runInDurableObject } from "cloudflare:test"
import { expect, test } from "vitest"
import type { Context } from "../../src/engine/workflow/context.ts"
import { cardOf, indexedRuns, indexedStub, runIndex } from "./support/indexed-runs.ts"
import { registry } from "./support/registry.ts"
import { pause } from "./support/runs.ts"

const sleeping = registry.define(function* sleeping(ctx: Context, forMs: number) {
  yield* ctx.sleep(forMs)
  return "woke"
})

/** A run that sleeps, out of memory, and without its alarm. */
async function givenLost(id: string, forMs: number): Promise<void> {
  await indexedRuns.start(id, { workflow: sleeping, input: [forMs] })
  await cardOf(id, (card) => card?.status === "suspended")
  await runInDurableObject(indexedStub(id), (_, { storage }) => storage.deleteAlarm())
  await evictDurableObject(indexedStub(id))
}

test("before it was due: a rebuild sets it again, and the run wakes in time", async () => {
  await givenLost("lost-early", 4_000)
  await runIndex.rebuild([])
  const card = await cardOf("lost-early", (seen) => seen?.status === "completed")
  expect(card?.status).toBe("completed")
})

test("long ago: a rebuild wakes the run at once", async () => {
  await givenLost("lost-late", 1_000)
  await pause(1_200)
  const asleep = await cardOf("lost-late", () => true)
  expect(asleep?.status).toBe("suspended")
  await runIndex.rebuild([])
  const card = await cardOf("lost-late", (seen) => seen?.status === "completed")
  expect(card?.status).toBe("completed")
})
