// Function kind: whether a step function is plain, async or a generator, seen from the function itself.
// `constructor.name` survives bundling and minifying; what a plain function returned is remembered per process.

import type { AnyFunction } from "./operation.ts"

export type FunctionKind = "plain" | "async" | "generator"

const kinds = new WeakMap<AnyFunction, FunctionKind>()
const returnedPromise = new WeakSet<AnyFunction>()

export function kindOfFunction(fn: AnyFunction): FunctionKind {
  const known = kinds.get(fn)
  if (known !== undefined) return known
  const kind = seenKind(fn)
  kinds.set(fn, kind)
  return kind
}

/** A plain function that gave back a promise before; it is treated as asynchronous from then on. */
export function returnsPromise(fn: AnyFunction): boolean {
  return returnedPromise.has(fn)
}

export function noteReturnsPromise(fn: AnyFunction): void {
  returnedPromise.add(fn)
}

function seenKind(fn: AnyFunction): FunctionKind {
  // A function whose prototype was taken away has no constructor.
  switch ((fn.constructor as { name?: unknown } | undefined)?.name) {
    case "AsyncFunction":
    case "AsyncGeneratorFunction":
      return "async"
    case "GeneratorFunction":
      return "generator"
    default:
      return "plain"
  }
}
