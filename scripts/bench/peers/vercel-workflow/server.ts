// Vercel's workflow kit: its local world in this process, with its state in files.
// Owns: how each question becomes runs. A run's end is looked for every few milliseconds: the kit itself looks once a second.

import { join } from "node:path"
import { createLocalWorld } from "@workflow/world-local"
import { getHookByToken, getRun, resumeHook, start as startRun } from "workflow/api"
import { setWorld } from "workflow/runtime"
import { pause } from "../../../support/wait-until.ts"
import type { Engine } from "../support/engine.ts"
import { Interruption } from "../support/interruption.ts"
import { versionOf } from "../support/package-version.ts"
import { serve } from "../support/serve.ts"
import { SETTLE_MS, Watch } from "../support/watch.ts"
import { setBenchSteps } from "./bench-steps.ts"
import { buildWorkflows } from "./build.ts"

/** How often a run's state is looked at. */
const LOOK_MS = 2

/** For each step the local world reads the files of all events before it. */
const STEPS_MAX = 200

serve(start)

async function start(folder: string): Promise<Engine> {
  const watch = new Watch()
  const interruption = new Interruption(folder)
  setBenchSteps({
    mark: (id, moment) => watch.of(id)[moment](),
    hangOnce: () => interruption.hangOnce(),
    ended: () => interruption.ended(),
  })
  const world = createLocalWorld({ dataDir: join(folder, "workflow-data") })
  setWorld(world)
  const { flow, step, ids } = await buildWorkflows(join(folder, "build"))
  // Without HTTP between the queue and the handlers, which are in the same process.
  world.registerHandler("__wkf_workflow_", flow)
  world.registerHandler("__wkf_step_", step)
  await world.start?.()

  const begin = (name: string, ...given: unknown[]) =>
    startRun({ workflowId: ids[name] ?? name } as never, given)
  const run = async (name: string, ...given: unknown[]): Promise<unknown> => {
    const { runId } = await begin(name, ...given)
    const handle = getRun(runId)
    for (;;) {
      const status = await handle.status
      if (status !== "pending" && status !== "running") return handle.returnValue
      await pause(LOOK_MS)
    }
  }
  return {
    name: `Vercel workflow kit ${versionOf("workflow")}, local world`,
    isDurable: true,
    setup:
      "Vercel's workflow kit in Node with its local world, which keeps JSON files without fsync; the queue calls the " +
      "handlers in the same process.",
    stepsMax: STEPS_MAX,
    fourSteps: async () => ({ result: (await run("fourSteps")) as number }),
    sequence: async (steps) => {
      const id = watch.newId("sequence")
      await run("sequence", id, steps)
      return watch.take(id).toSequence()
    },
    interrupted: (steps) => interruption.of(() => begin("interrupted", steps)),
    sleepers: (count, ms) => watch.sleepers(count, ms, (id) => run("sleeper", id, ms)),
    fanOut: async (width, stepMs) => {
      const id = watch.newId("fan-out")
      await run("fanOut", id, width, stepMs)
      return { elapsedMs: watch.take(id).elapsedMs }
    },
    signal: async () => {
      const id = watch.newId("signal")
      const ended = run("signal", id)
      await untilHooked(id)
      await pause(SETTLE_MS)
      watch.of(id).begin()
      await resumeHook(id, 1)
      await ended
      return { reactionMs: watch.take(id).elapsedMs }
    },
    close: async () => world.close?.(),
  }
}

/** A run waits when its hook can be found. */
async function untilHooked(token: string): Promise<void> {
  for (;;) {
    try {
      await getHookByToken(token)
      return
    } catch {
      await pause(LOOK_MS)
    }
  }
}
