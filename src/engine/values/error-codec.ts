// Error codec: how errors are stored and brought back (promise 3: name, message, code, stack text, cause).
// Owns: devalue's reducer and reviver for errors, and the class an error comes back as.
//   E1. A built-in error or one of ours keeps its class; any other comes back as Error with its own name, or as
//       AggregateError when it holds several, so that it can be stored once more.

import {
  BelayError,
  CancelledError,
  CompensationError,
  DecodingError,
  EncodingError,
  InvalidOperationError,
  LimitError,
  NonRetryableError,
  TimeoutError,
} from "../errors.ts"

type ErrorClass = { prototype: Error }

const errorClasses: ReadonlyMap<string, ErrorClass> = new Map<string, ErrorClass>([
  ["TypeError", TypeError],
  ["RangeError", RangeError],
  ["SyntaxError", SyntaxError],
  ["ReferenceError", ReferenceError],
  ["EvalError", EvalError],
  ["URIError", URIError],
  ["AggregateError", AggregateError],
  ["BelayError", BelayError],
  ["CancelledError", CancelledError],
  ["CompensationError", CompensationError],
  ["TimeoutError", TimeoutError],
  ["EncodingError", EncodingError],
  ["DecodingError", DecodingError],
  ["InvalidOperationError", InvalidOperationError],
  ["LimitError", LimitError],
  ["NonRetryableError", NonRetryableError],
])

interface StoredError {
  name: string
  message: string
  stack?: string
  cause?: unknown
  errors?: unknown
  own?: Record<string, unknown>
}

const HANDLED = new Set(["name", "message", "stack", "cause"])

function reduceError(value: unknown): StoredError | false {
  if (!(value instanceof Error)) return false
  const stored: StoredError = { name: value.name, message: value.message }
  if (typeof value.stack === "string") stored.stack = value.stack
  if (value.cause !== undefined && !isCyclic(value)) stored.cause = value.cause
  if (value instanceof AggregateError) stored.errors = [...(value.errors as unknown[])]
  const own = Object.entries(value).filter(
    ([key]) => !HANDLED.has(key) && !(key === "errors" && stored.errors !== undefined),
  )
  // The code of a DOMException or a system error may sit on the prototype.
  const code: unknown = (value as { code?: unknown }).code
  if (
    (typeof code === "string" || typeof code === "number") &&
    !("code" in Object.fromEntries(own))
  ) {
    own.push(["code", code])
  }
  if (own.length > 0) stored.own = Object.fromEntries(own)
  return stored
}

/** Whether following the causes comes back to an error already passed; such a chain is cut at its start. */
function isCyclic(error: Error): boolean {
  const passed = new Set<unknown>([error])
  let cause = error.cause
  while (cause instanceof Error) {
    if (passed.has(cause)) return true
    passed.add(cause)
    cause = cause.cause
  }
  return false
}

function reviveError(stored: StoredError): Error {
  const error =
    stored.cause === undefined
      ? new Error(stored.message)
      : new Error(stored.message, { cause: stored.cause })
  const isAggregate = stored.errors !== undefined
  const known = errorClasses.get(stored.name) ?? (isAggregate ? AggregateError : undefined)
  if (known !== undefined) Object.setPrototypeOf(error, known.prototype)
  if (error.name !== stored.name || known !== undefined) define(error, "name", stored.name)
  define(error, "stack", stored.stack)
  if (isAggregate) define(error, "errors", stored.errors)
  Object.assign(error, stored.own)
  return error
}

function define(error: Error, key: string, value: unknown): void {
  Object.defineProperty(error, key, {
    value,
    writable: true,
    configurable: true,
    enumerable: false,
  })
}

export const errorReducers = { Error: reduceError }
/** @throws TypeError for a text that was not written here */
function readStored(stored: unknown): StoredError {
  const { name, message } = Object(stored) as Partial<StoredError>
  if (typeof name === "string" && typeof message === "string") return stored as StoredError
  throw new TypeError("an error in it has no name or no message")
}

export const errorRevivers = { Error: (stored: unknown) => reviveError(readStored(stored)) }
