// Expect replay: what has to hold of every journal: replaying it does nothing and ends where the run did.

import { expect } from "vitest"
import type { World } from "./world.ts"

/** Replays the whole journal in a world of its own: no step is called, no record added, the end is the same. */
export async function expectSameReplay(world: World): Promise<World> {
  const again = world.replay()
  await again.wake()
  expect(again.steps.calls).toEqual([])
  expect(again.journal).toEqual(world.journal)
  expect(again.result.type).toBe(world.result.type)
  if (world.result.type === "halted") expect(again.halt).toEqual(world.halt)
  if (world.result.type === "ended") {
    expect(again.outcome.state).toBe(world.outcome.state)
    if (world.outcome.state === "completed") expect(again.value).toEqual(world.value)
    else expect(again.error).toMatchObject({ name: world.error.name, message: world.error.message })
  }
  return again
}
