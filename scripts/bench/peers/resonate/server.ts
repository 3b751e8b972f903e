// Resonate: its SDK in local mode, where a server in this process's memory keeps the promises. Nothing is durable.
// Owns: how each question becomes runs.

import { Resonate } from "@resonatehq/sdk"
import { pause } from "../../../support/wait-until.ts"
import type { Engine } from "../support/engine.ts"
import { versionOf } from "../support/package-version.ts"
import { serve } from "../support/serve.ts"
import { SETTLE_MS, Watch } from "../support/watch.ts"
import { workflowsOf } from "./workflows.ts"

serve(start)

async function start(): Promise<Engine> {
  const watch = new Watch()
  let onWait: (promise: string) => void = () => undefined
  const resonate = new Resonate()
  const workflows = workflowsOf(watch, (promise) => onWait(promise))
  const fourSteps = resonate.register("fourSteps", workflows.fourSteps)
  const sequence = resonate.register("sequence", workflows.sequence)
  const sleeper = resonate.register("sleeper", workflows.sleeper)
  const fanOut = resonate.register("fanOut", workflows.fanOut)
  const signal = resonate.register("signal", workflows.signal)
  return {
    name: `Resonate SDK ${versionOf("@resonatehq/sdk")}, local mode`,
    isDurable: false,
    setup:
      "Resonate's SDK in Node in local mode: what it records stands in the memory of the one process and is written " +
      "nowhere.",
    fourSteps: async () => ({ result: await fourSteps.run(watch.newId("four-steps"), 0) }),
    sequence: async (steps, isAsync) => {
      const id = watch.newId("sequence")
      await sequence.run(id, id, steps, isAsync)
      return watch.take(id).toSequence()
    },
    interrupted: "Local mode keeps nothing over a restart.",
    sleepers: (count, ms) => watch.sleepers(count, ms, (id) => sleeper.run(id, id, ms)),
    fanOut: async (width, stepMs) => {
      const id = watch.newId("fan-out")
      await fanOut.run(id, id, width, stepMs)
      return { elapsedMs: watch.take(id).elapsedMs }
    },
    signal: async () => {
      const id = watch.newId("signal")
      const waits = new Promise<string>((resolve) => (onWait = resolve))
      const run = await signal.beginRun(id, id)
      const promise = await waits
      await pause(SETTLE_MS)
      watch.of(id).begin()
      await resonate.promises.resolve(promise, { data: "" })
      await run.result()
      return { reactionMs: watch.take(id).elapsedMs }
    },
    close: () => resonate.stop(),
  }
}
