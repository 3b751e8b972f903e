// Fold spec: what `ctx.reduce` is given, looked at where it is given.
// Owns: the checks and the defaults. Must not touch: folding (fold.ts).

import { requireName } from "../workflow/argument-checks.ts"
import { Options, type FoldOptions } from "../workflow/context.ts"
import { stepName } from "../machine/entry-of.ts"
import { InvalidOperationError } from "../errors.ts"
import { kindOfFunction } from "../workflow/function-kind.ts"
import type { AnyFunction, FoldApply, FoldPublish, FoldSpec } from "../workflow/operation.ts"

const SNAPSHOT_EVERY_DEFAULT = 1_000

/** The list is copied, its items are not: a workflow must leave them alone until the fold has ended. */
export function foldSpec(
  items: readonly unknown[],
  fn: AnyFunction,
  initial: unknown,
  given: FoldOptions<never> & { readonly apply?: unknown },
): FoldSpec {
  const { apply, snapshotEvery = SNAPSHOT_EVERY_DEFAULT, progress, publish, ...step } = given
  // Whoever writes no types may give anything.
  if (!isList(items)) refuse(`a list of items, got ${typeof items}`)
  if (typeof fn !== "function") refuse(`a step function, got ${typeof fn}`)
  if (kindOfFunction(fn) === "generator") refuse("a plain or async step, not a generator function")
  if (apply !== undefined && typeof apply !== "function") refuse(`"apply" as a function`)
  if (!Number.isInteger(snapshotEvery) || snapshotEvery < 1) {
    throw new RangeError(`snapshotEvery takes a whole number from 1, got ${String(snapshotEvery)}.`)
  }
  if (progress !== undefined) requireName(progress)
  if (publish !== undefined) requireName(publish.name)
  const { step: options } = new Options({ ...step, timeoutMs: undefined })
  return {
    items: [...items],
    fn,
    stepName: stepName(fn, options),
    initial,
    options,
    apply: apply as FoldApply | undefined,
    snapshotEvery,
    progress,
    publish: publish as FoldPublish | undefined,
  }
}

function isList(value: unknown): boolean {
  return Array.isArray(value)
}

function refuse(what: string): never {
  throw new InvalidOperationError(`ctx.reduce takes ${what}.`)
}
