// Published state: what a system's run tells of itself through `ctx.publish`, read back by its routes.
// Owns: decoding it and waiting for it. Must not touch: what the workflows publish.
//   P1. The caller knows that the run is one of his workflow, so the value has the type that workflow publishes.

import { decode } from "../engine/values/codec.ts"
import type { Runs } from "../engine/ports/runs.ts"
import { isEnded } from "./run-answer.ts"

/** How long a route waits between two looks at a run that has not published yet. */
const LOOK_AGAIN_MS = 20

/** Longest that a route waits for a run to reach the state it has to answer with. */
export const STATE_WAIT_MS = 10_000

/** The present value; `undefined` when nothing was published under that name. @throws BelayError run_unknown */
export async function publishedState<T>(
  runs: Runs,
  id: string,
  name: string,
): Promise<T | undefined> {
  const text = await runs.state(id, name)
  return text === undefined ? undefined : (decode(text) as T)
}

/** The value once `isReady` holds, or as it is when the run has ended or `waitMs` have passed. */
export async function awaitPublishedState<T>(
  runs: Runs,
  id: string,
  name: string,
  isReady: (state: T) => boolean,
  waitMs: number = STATE_WAIT_MS,
): Promise<T | undefined> {
  const untilMs = Date.now() + waitMs
  let state = await publishedState<T>(runs, id, name)
  while ((state === undefined || !isReady(state)) && Date.now() < untilMs) {
    // An ended run publishes nothing more, so there is nothing to wait for. One that has not ended is looked at again
    // after a pause, which this call is as well.
    const record = await runs.result(id, LOOK_AGAIN_MS)
    state = await publishedState<T>(runs, id, name)
    if (record === undefined || isEnded(record)) break
  }
  return state
}
