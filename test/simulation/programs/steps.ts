// Steps: the step functions of the random programs: one for each way a function can be a step.
// Owns: what an attempt does, as its plan says. Must not touch: workflows.
//   S1. Every call is told to the eye before it does anything.
//   S2. The value depends on the plan alone, never on the attempt, so that any history gives the same.

import type { StepContext } from "../../../src/engine/workflow/context.ts"
import { NonRetryableError } from "../../../src/engine/errors.ts"
import type { AttemptNote } from "../promises/run-view.ts"
import type { Outside } from "../words.ts"
import type { Eye } from "./eye.ts"
import type { OutsideRequest } from "./outside.ts"
import { delaysOf } from "./policies.ts"
import type { StepPlan } from "./program.ts"
import { valueOf } from "./values.ts"

/** The one argument of every step. */
export interface StepInput {
  readonly plan: StepPlan
  readonly generation: number
}

export function plainStep(ctx: StepContext, { plan, generation }: StepInput): unknown {
  const note = tell(ctx, plan, generation)
  if (plan.callsOut) callOut(ctx, plan, note, false).catch(ignored)
  return ended(ctx, plan)
}

export async function asyncStep(
  ctx: StepContext,
  { plan, generation }: StepInput,
): Promise<unknown> {
  return later(ctx, plan, tell(ctx, plan, generation), true)
}

/** Nobody can see from outside that it gives a promise. */
export function lazyStep(ctx: StepContext, { plan, generation }: StepInput): unknown {
  const note = tell(ctx, plan, generation)
  return later(ctx, plan, note, false)
}

/** Of a fold: the accumulator comes first. */
export function foldStep(ctx: StepContext, all: readonly unknown[], input: StepInput): unknown[] {
  const given = plainStep(ctx, input)
  return [...all, given === undefined ? "nothing" : input.plan.tag]
}

export async function asyncFoldStep(
  ctx: StepContext,
  _all: readonly unknown[],
  { plan, generation }: StepInput,
): Promise<number> {
  await later(ctx, plan, tell(ctx, plan, generation), true)
  return plan.tag
}

async function later(
  ctx: StepContext,
  plan: StepPlan,
  note: AttemptNote,
  isAsync: boolean,
): Promise<unknown> {
  if (ctx.attempt <= (plan.hangs ?? 0)) await aborted(ctx.signal)
  if (plan.takesMs > 0) await new Promise((resolve) => setTimeout(resolve, plan.takesMs))
  if (plan.callsOut) {
    const tag = await callOut(ctx, plan, note, isAsync)
    if (tag !== plan.tag)
      throw new NonRetryableError(`The outside did ${String(tag)} in the place of ${plan.tag}.`)
  }
  return ended(ctx, plan)
}

function ended(ctx: StepContext, plan: StepPlan): unknown {
  if (plan.isFatal === true) throw new NonRetryableError(`step ${plan.tag} never works`)
  if (plan.failures < 0 || ctx.attempt <= plan.failures) throw new Error(`step ${plan.tag} failed`)
  return valueOf(plan.value, plan.tag)
}

function tell(ctx: StepContext, plan: StepPlan, generation: number): AttemptNote {
  const note: AttemptNote = {
    run: ctx.id,
    key: ctx.idempotencyKey,
    generation,
    path: ctx.path,
    attempt: ctx.attempt,
    delaysMs: delaysOf(plan.policy),
    isAnswered: plan.callsOut && plan.how !== "plain" && ctx.name !== foldStep.name,
  }
  ctx.getDependency<Eye>("eye").called(note)
  return note
}

async function callOut(
  ctx: StepContext,
  { tag }: StepPlan,
  note: AttemptNote,
  isAsync: boolean,
): Promise<unknown> {
  const request: OutsideRequest = { effect: { ...note, isAsync }, tag }
  return ctx.getDependency<Outside>("outside").call(request)
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason as Error)
    signal.addEventListener("abort", () => reject(signal.reason as Error))
  })
}

/** A plain step cannot wait for its answer. */
function ignored(): void {}
