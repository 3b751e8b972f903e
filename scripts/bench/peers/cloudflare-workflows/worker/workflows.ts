// Workflows: what Cloudflare Workflows run. One class with a kind for each question, as one binding has one class.
// Owns: what the runs do. Must not touch: HTTP.

import { WorkflowEntrypoint, type WorkflowEvent, type WorkflowStep } from "cloudflare:workers"
import { HUNDRED_BYTES } from "../../support/hundred-bytes.ts"
import { Watch, type Moments } from "../../support/watch.ts"

export const EVENT_TYPE = "signal"

/** Of this isolate, in which the questions are answered too. */
export const watch = new Watch()

export interface Env {
  readonly BENCH: Workflow<Params>
  /** The process around the runtime, which has a disk. */
  readonly HOST: Fetcher
}

export type Kind = "fourSteps" | "sequence" | "interrupted" | "sleeper" | "fanOut" | "signal"

interface Params {
  readonly kind: Kind
  readonly count: number
  readonly ms: number
}

export class BenchWorkflow extends WorkflowEntrypoint<Env, Params> {
  override async run(event: Readonly<WorkflowEvent<Params>>, step: WorkflowStep): Promise<unknown> {
    const { instanceId: id, payload } = event
    const { kind, count, ms } = payload
    switch (kind) {
      case "fourSteps":
        return fourSteps(step)
      case "sequence":
        return sequence(step, watch.of(id), count)
      case "interrupted":
        return interrupted(step, count, this.env.HOST)
      case "sleeper":
        return sleeper(step, watch.of(id), ms)
      case "fanOut":
        return fanOut(step, watch.of(id), count, ms)
      case "signal":
        return signal(step, watch.of(id))
    }
  }
}

async function fourSteps(step: WorkflowStep): Promise<number> {
  let value = 0
  for (let index = 0; index < 4; index++) {
    const next = value + 1
    value = await step.do("add", async () => next)
  }
  return value
}

async function sequence(step: WorkflowStep, moments: Moments, steps: number): Promise<void> {
  moments.begin()
  for (let index = 0; index < steps; index++) {
    await step.do("fill", async () => {
      moments.step()
      return HUNDRED_BYTES
    })
  }
  moments.end()
}

async function interrupted(step: WorkflowStep, steps: number, host: Fetcher): Promise<void> {
  for (let index = 0; index < steps; index++) await step.do("fill", async () => HUNDRED_BYTES)
  await step.do("hang", async () => tell(host, "hang"))
  await tell(host, "ended")
}

async function sleeper(step: WorkflowStep, moments: Moments, sleepMs: number): Promise<void> {
  moments.begin()
  await step.sleep("sleep", sleepMs)
  moments.end()
}

async function fanOut(
  step: WorkflowStep,
  moments: Moments,
  width: number,
  stepMs: number,
): Promise<void> {
  const work = async () => {
    if (stepMs > 0) await scheduler.wait(stepMs)
    return 1
  }
  moments.begin()
  await Promise.all(Array.from({ length: width }, (_, index) => step.do(`work ${index}`, work)))
  moments.end()
}

async function signal(step: WorkflowStep, moments: Moments): Promise<void> {
  await step.waitForEvent("wait", { type: EVENT_TYPE, timeout: "1 minute" })
  moments.end()
}

async function tell(host: Fetcher, what: string): Promise<void> {
  const response = await host.fetch(`http://host/${what}`)
  await response.body?.cancel()
}
