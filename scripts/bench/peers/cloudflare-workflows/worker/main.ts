// Main: the Worker that answers the protocol's questions with instances of a Workflow.
// Owns: how each question becomes instances. An instance's end is heard by a subscription where its result is asked for;
// where the instance itself sees the times, nobody reads its log while it runs.

import type { Answers } from "../../support/engine.ts"
import { route } from "../../support/route.ts"
import { SETTLE_MS } from "../../support/watch.ts"
import { EVENT_TYPE, watch, type Env, type Kind } from "./workflows.ts"

export { BenchWorkflow } from "./workflows.ts"

/** How often an instance's moments are looked at. */
const LOOK_MS = 5
const END_MS_MAX = 600_000

export default {
  async fetch(request, env) {
    const { pathname } = new URL(request.url)
    const { status, body } = await route(
      answersOf(env),
      request.method,
      pathname,
      await request.text(),
    )
    return Response.json(body, { status })
  },
} satisfies ExportedHandler<Env>

function answersOf({ BENCH, HOST }: Env): Answers {
  const create = (kind: Kind, count: number, ms: number, id = watch.newId(kind)) =>
    BENCH.create({ id, params: { kind, count, ms } })
  return {
    fourSteps: async () => ({
      result: (await resultOf(await create("fourSteps", 4, 0))) as number,
    }),
    sequence: async (steps) => {
      const { id } = await create("sequence", steps, 0)
      await untilEnded([id])
      return watch.take(id).toSequence()
    },
    interrupted: async (steps) => {
      await (await HOST.fetch("http://host/begin")).body?.cancel()
      await create("interrupted", steps, 0)
      await (await HOST.fetch("http://host/hangs")).body?.cancel()
      return { hangs: true }
    },
    sleepers: async (count, sleepMs) => {
      const begunMs = performance.now()
      const ids = Array.from({ length: count }, () => watch.newId("sleeper"))
      await Promise.all(ids.map((id) => create("sleeper", 1, sleepMs, id)))
      await untilEnded(ids)
      const elapsedMs = performance.now() - begunMs
      return { latenessMs: ids.map((id) => watch.take(id).elapsedMs - sleepMs), elapsedMs }
    },
    fanOut: async (width, stepMs) => {
      const { id } = await create("fanOut", width, stepMs)
      await untilEnded([id])
      return { elapsedMs: watch.take(id).elapsedMs }
    },
    signal: async () => {
      const instance = await create("signal", 1, 0)
      using events = await instance.subscribe({ filter: ["wait_started"] })
      await events.next()
      await scheduler.wait(SETTLE_MS)
      watch.of(instance.id).begin()
      await instance.sendEvent({ type: EVENT_TYPE, payload: 1 })
      await untilEnded([instance.id])
      return { reactionMs: watch.take(instance.id).elapsedMs }
    },
  }
}

async function resultOf(instance: WorkflowInstance): Promise<unknown> {
  using events = await instance.subscribe({ filter: ["workflow_completed", "workflow_errored"] })
  const { value } = await events.next()
  if (value?.type === "workflow_completed") return value.output
  throw new Error(`Instance ${instance.id} did not complete: ${JSON.stringify(value)}`)
}

async function untilEnded(ids: readonly string[]): Promise<void> {
  const deadlineMs = Date.now() + END_MS_MAX
  while (!ids.every((id) => watch.of(id).hasEnded)) {
    if (Date.now() > deadlineMs) throw new Error(`Not all ended within ${END_MS_MAX / 1_000} s.`)
    await scheduler.wait(LOOK_MS)
  }
}
