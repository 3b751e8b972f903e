// Workflows: what Vercel's workflow kit runs, as its compiler reads it: the steps run in the server's process, the workflows
// in a sandbox without a clock, so that steps tell the moments.
// Owns: what the runs do. Must not touch: the server's modules, which the compiler would take into the steps' bundle a
// second time: they meet in globalThis (see bench-steps.ts).

import { createHook, sleep } from "workflow"
import { HUNDRED_BYTES } from "../support/hundred-bytes.ts"
import { benchSteps, type Moment } from "./bench-steps.ts"

export async function fourSteps(): Promise<number> {
  "use workflow"
  let value = 0
  for (let index = 0; index < 4; index++) value = await add(value)
  return value
}

export async function sequence(id: string, steps: number): Promise<void> {
  "use workflow"
  await mark(id, "begin")
  for (let index = 0; index < steps; index++) await fill(id)
  await mark(id, "end")
}

export async function interrupted(steps: number): Promise<void> {
  "use workflow"
  for (let index = 0; index < steps; index++) await fill("interrupted")
  await hang()
  await ended()
}

export async function sleeper(id: string, sleepMs: number): Promise<void> {
  "use workflow"
  await mark(id, "begin")
  await sleep(sleepMs)
  await mark(id, "end")
}

export async function fanOut(id: string, width: number, stepMs: number): Promise<void> {
  "use workflow"
  await mark(id, "begin")
  await Promise.all(Array.from({ length: width }, () => work(stepMs)))
  await mark(id, "end")
}

export async function signal(id: string): Promise<void> {
  "use workflow"
  const hook = createHook<number>({ token: id })
  await hook
  await mark(id, "end")
}

async function add(value: number): Promise<number> {
  "use step"
  return value + 1
}

async function fill(id: string): Promise<string> {
  "use step"
  benchSteps().mark(id, "step")
  return HUNDRED_BYTES
}

async function mark(id: string, moment: Moment): Promise<void> {
  "use step"
  benchSteps().mark(id, moment)
}

async function work(ms: number): Promise<number> {
  "use step"
  if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms))
  return 1
}

async function hang(): Promise<void> {
  "use step"
  await benchSteps().hangOnce()
}

async function ended(): Promise<void> {
  "use step"
  benchSteps().ended()
}
