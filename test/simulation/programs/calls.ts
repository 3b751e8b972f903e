// Calls: the operations of a program that call something: steps, folds, children, compensations.
// Owns: how a plan becomes arguments and options.

import type { Context, Options } from "../../../src/engine/workflow/context.ts"
import type { Future, Operation } from "../../../src/engine/workflow/operation.ts"
import { Constant } from "../../../src/engine/steps/retry.ts"
import { retryPolicyOf } from "./policies.ts"
import type { Node, ProgramInput, StepPlan } from "./program.ts"
import { asyncFoldStep, asyncStep, foldStep, lazyStep, plainStep, type StepInput } from "./steps.ts"

/** The registered name of the workflow that performs programs. */
export const PROGRAM = "program"

/** Before a child that has failed is tried again. */
export const CHILD_DELAY_MS = 500

const RETRY_CHILD = Constant({ delayMs: CHILD_DELAY_MS, maxRetries: 1 })
const SNAPSHOT_EVERY = 3

const STEPS = { plain: plainStep, async: asyncStep, lazy: lazyStep } as const

export class Calls {
  readonly #ctx: Context
  readonly #input: ProgramInput

  constructor(ctx: Context, input: ProgramInput) {
    this.#ctx = ctx
    this.#input = input
  }

  step(plan: StepPlan): Operation<unknown> {
    return this.#ctx.run(STEPS[plan.how], this.#stepInput(plan), this.#options(plan))
  }

  begunStep(plan: StepPlan): Operation<Future<unknown>> {
    return this.#ctx.beginRun(STEPS[plan.how], this.#stepInput(plan), this.#options(plan))
  }

  compensation(plan: StepPlan): Operation<void> {
    return this.#ctx.compensate(STEPS[plan.how], this.#stepInput(plan), this.#options(plan))
  }

  fold({ step, items, applies }: Node & { do: "fold" }): Operation<unknown> {
    const inputs: StepInput[] = Array.from({ length: items }, (_, index) => ({
      plan: { ...step, tag: step.tag * 1_000 + index },
      generation: this.#input.generation,
    }))
    const retryPolicy = retryPolicyOf(step.policy)
    const options = { snapshotEvery: SNAPSHOT_EVERY, progress: "folded", retryPolicy }
    if (!applies) return this.#ctx.reduce<StepInput, unknown[]>(inputs, foldStep, [], options)
    const apply = (all: number[], change: number) => [...all, change]
    return this.#ctx.reduce<StepInput, number[], number>(inputs, asyncFoldStep, [], {
      ...options,
      apply,
    })
  }

  rpc(node: Node & { do: "child" }): Operation<unknown> {
    return this.#ctx.rpc(PROGRAM, this.#childInput(node), this.#childOptions(node))
  }

  child(node: Node & { do: "child" }): Operation<Future<unknown>> {
    const { call } = node
    return call === "detached"
      ? this.#ctx.detached(PROGRAM, this.#childInput(node), this.#childOptions(node))
      : this.#ctx.beginRpc(PROGRAM, this.#childInput(node), this.#childOptions(node))
  }

  #stepInput(plan: StepPlan): StepInput {
    return { plan, generation: this.#input.generation }
  }

  #options({ policy, timeoutMs, attemptTimeoutMs }: StepPlan): Options {
    return this.#ctx.options({ retryPolicy: retryPolicyOf(policy), timeoutMs, attemptTimeoutMs })
  }

  #childOptions({ close, timeoutMs, retries, delayMs }: Node & { do: "child" }): Options {
    return this.#ctx.options({
      parentClose: close,
      timeoutMs,
      delayMs,
      ...(retries === undefined ? {} : { retryPolicy: RETRY_CHILD }),
    })
  }

  #childInput({ body }: Node & { do: "child" }): ProgramInput {
    return { root: body, bornAtMs: this.#input.bornAtMs, generation: 0, turns: 0 }
  }
}
