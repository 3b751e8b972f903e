// DBOS: workflows in this process on a PostgreSQL of its own.
// Owns: how each question becomes

import { DBOS } from "@dbos-inc/dbos-sdk"
import { pause } from "../../../support/wait-until.ts"
import type { Skipped } from "../protocol.ts"
import type { Engine } from "../support/engine.ts"
import { Interruption } from "../support/interruption.ts"
import { versionOf } from "../support/package-version.ts"
import { serve } from "../support/serve.ts"
import { SETTLE_MS, Watch } from "../support/watch.ts"
import { findPostgres, Postgres, postgresVersion } from "./postgres.ts"
import { registerWorkflows, TOPIC } from "./workflows.ts"

serve(start)

async function start(folder: string): Promise<Engine | Skipped> {
  const binaries = findPostgres()
  if (binaries === undefined) {
    return { skipped: "No PostgreSQL (initdb, postgres, pg_isready) is installed on this machine." }
  }
  const watch = new Watch()
  const interruption = new Interruption(folder)
  let onWait: () => void = () => undefined
  // Each by itself: DBOS takes what a workflow is called on for an instance of a class.
  const { fourSteps, sequence, interrupted, sleeper, fanOut, signal } = registerWorkflows(
    watch,
    interruption,
    () => onWait(),
  )
  const postgres = await Postgres.start(binaries, folder)
  DBOS.setConfig({
    name: "bench",
    systemDatabaseUrl: postgres.url("bench"),
    logLevel: "warn",
    // What was interrupted is taken up by the same version only.
    applicationVersion: "1",
  })
  await DBOS.launch()
  return {
    name: `DBOS ${versionOf("@dbos-inc/dbos-sdk")} on PostgreSQL ${postgresVersion(binaries)}`,
    isDurable: true,
    setup:
      "DBOS in Node with its default settings, on a PostgreSQL of its own at its default settings (fsync on) behind a " +
      "Unix socket on the same machine.",
    fourSteps: async () => ({ result: await fourSteps(0) }),
    sequence: async (steps) => {
      const id = watch.newId("sequence")
      await sequence(id, steps)
      return watch.take(id).toSequence()
    },
    interrupted: (steps) => interruption.of(() => DBOS.startWorkflow(interrupted)(steps)),
    sleepers: (count, ms) => watch.sleepers(count, ms, (id) => sleeper(id, ms)),
    fanOut: async (width, stepMs) => {
      const id = watch.newId("fan-out")
      await fanOut(id, width, stepMs)
      return { elapsedMs: watch.take(id).elapsedMs }
    },
    signal: async () => {
      const id = watch.newId("signal")
      const waits = new Promise<void>((resolve) => (onWait = resolve))
      const run = await DBOS.startWorkflow(signal)(id)
      await waits
      await pause(SETTLE_MS)
      watch.of(id).begin()
      await DBOS.send(run.workflowID, 1, TOPIC)
      await run.getResult()
      return { reactionMs: watch.take(id).elapsedMs }
    },
    close: async () => {
      await DBOS.shutdown()
      await postgres.stop()
    },
  }
}
