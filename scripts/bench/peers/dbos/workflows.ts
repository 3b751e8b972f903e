// Workflows: what DBOS runs, registered with it before it is launched.
// Owns: what the runs do. Must not touch: the database, HTTP.

import { setTimeout as pause } from "node:timers/promises"
import { DBOS } from "@dbos-inc/dbos-sdk"
import { HUNDRED_BYTES } from "../support/hundred-bytes.ts"
import type { Interruption } from "../support/interruption.ts"
import type { Watch } from "../support/watch.ts"

export const TOPIC = "signal"

/** @param onWait hears of a run that waits for a signal */
export function registerWorkflows(watch: Watch, interruption: Interruption, onWait: () => void) {
  return {
    fourSteps: DBOS.registerWorkflow(
      async (start: number) => {
        let value = start
        for (let index = 0; index < 4; index++) {
          const next = value + 1
          value = await DBOS.runStep(async () => next, { name: "add" })
        }
        return value
      },
      { name: "fourSteps" },
    ),
    sequence: DBOS.registerWorkflow(
      async (id: string, steps: number) => {
        const moments = watch.of(id)
        const fill = async () => {
          moments.step()
          return HUNDRED_BYTES
        }
        moments.begin()
        for (let index = 0; index < steps; index++) await DBOS.runStep(fill, { name: "fill" })
        moments.end()
      },
      { name: "sequence" },
    ),
    interrupted: DBOS.registerWorkflow(
      async (steps: number) => {
        const fill = async () => HUNDRED_BYTES
        for (let index = 0; index < steps; index++) await DBOS.runStep(fill, { name: "fill" })
        await DBOS.runStep(() => interruption.hangOnce(), { name: "hang" })
        interruption.ended()
      },
      { name: "interrupted" },
    ),
    sleeper: DBOS.registerWorkflow(
      async (id: string, sleepMs: number) => {
        const moments = watch.of(id)
        moments.begin()
        await DBOS.sleep(sleepMs)
        moments.end()
      },
      { name: "sleeper" },
    ),
    fanOut: DBOS.registerWorkflow(
      async (id: string, width: number, stepMs: number) => {
        const moments = watch.of(id)
        const work = stepMs === 0 ? async () => 1 : () => pause(stepMs, 1)
        moments.begin()
        await Promise.all(Array.from({ length: width }, () => DBOS.runStep(work, { name: "work" })))
        moments.end()
      },
      { name: "fanOut" },
    ),
    signal: DBOS.registerWorkflow(
      async (id: string) => {
        onWait()
        await DBOS.recv(TOPIC)
        watch.of(id).end()
      },
      { name: "signal" },
    ),
  }
}
