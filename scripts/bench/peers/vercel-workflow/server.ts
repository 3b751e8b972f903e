// Vercel's workflow kit: its local world in this process, with its state in files.
// Owns: how each question becomes runs. A run's end is heard from the world: the kit itself looks for it once a second.

import { join } from "node:path"
import { createLocalWorld } from "@workflow/world-local"
import { getRun, resumeHook, start as startRun } from "workflow/api"
import { setWorld } from "workflow/runtime"
import { pause } from "../../../support/wait-until.ts"
import type { Engine } from "../support/engine.ts"
import { Interruption } from "../support/interruption.ts"
import { versionOf } from "../support/package-version.ts"
import { serve } from "../support/serve.ts"
import { SETTLE_MS, Watch } from "../support/watch.ts"
import { setBenchSteps } from "./bench-steps.ts"
import { buildWorkflows } from "./build.ts"
import { HeardEvents } from "./heard-events.ts"

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
  const heard = new HeardEvents()
  const world = heard.of(createLocalWorld({ dataDir: join(folder, "workflow-data") }))
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
    await heard.until(runId, "ended")
    return getRun(runId).returnValue
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
      const { runId } = await begin("signal", id)
      await heard.until(runId, "waits for a hook")
      await pause(SETTLE_MS)
      watch.of(id).begin()
      await resumeHook(id, 1)
      await heard.until(runId, "ended")
      return { reactionMs: watch.take(id).elapsedMs }
    },
    close: async () => world.close?.(),
  }
}
