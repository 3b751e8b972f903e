// Composite of: the operation that race, any, all and allSettled are.
// Owns: what may be a member, and the words for what may not. Must not touch: performing it (composites.ts).

import type { CompositeOptions, ListOfOperations, RecordOfOperations } from "./context.ts"
import { InvalidOperationError } from "../errors.ts"
import { Operation, type CompositeKind, type Members, type OperationSpec } from "./operation.ts"

/** Operations that cannot be members of a composite, with what to do instead. */
const NO_MEMBER: Partial<Record<OperationSpec["kind"], string>> = {
  continueAsNew: "yield it by itself",
  panic: "yield it by itself",
  compensate: "yield it by itself",
  patched: "yield it by itself",
  deprecatePatch: "yield it by itself",
  begin: "give ctx.run instead, or yield* it first and give the future",
  beginRpc: "give ctx.rpc instead, or yield* it first and give the future",
  detached: "yield* it first and give the future",
  promise: "yield* it first and give the future, so that its token is known",
}

/** @throws InvalidOperationError, RangeError */
export function compositeOf<T>(
  kind: CompositeKind,
  given: ListOfOperations | RecordOfOperations,
  { concurrency }: CompositeOptions = {},
): Operation<T> {
  if (concurrency !== undefined && !(Number.isInteger(concurrency) && concurrency >= 1)) {
    throw new RangeError(`concurrency takes a whole number from 1, got ${String(concurrency)}.`)
  }
  const isList = Array.isArray(given)
  const keys = isList ? given.map((_, index) => String(index)) : Object.keys(given)
  const operations = isList
    ? [...(given as ListOfOperations)]
    : Object.values(given as RecordOfOperations)
  for (const [index, operation] of operations.entries()) {
    if (!Operation.isOperation(operation)) {
      throw new InvalidOperationError(
        `ctx.${kind} takes operations and futures; its member "${keys[index]}" is ${typeof operation}.`,
      )
    }
    const advice = NO_MEMBER[operation.spec.kind]
    if (advice !== undefined) {
      throw new InvalidOperationError(
        `${operation.spec.kind} cannot be a member of ctx.${kind}; ${advice}.`,
      )
    }
  }
  if (operations.length === 0 && (kind === "race" || kind === "any")) {
    throw new InvalidOperationError(
      `ctx.${kind} needs at least one member; with none it would wait for ever.`,
    )
  }
  const members: Members = { isList, keys, operations }
  return new Operation({ kind: "composite", composite: kind, members, concurrency })
}
