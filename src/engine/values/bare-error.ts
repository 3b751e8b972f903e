// Bare error: what is left of an error when the whole of it cannot be stored.
// Owns: which parts are kept. An error must reach whoever waits for it, so nothing in here throws.
//   B1. Name, message and stack always; code, cause, errors and own members as far as they can be stored.

/** Characters kept of a text that is too long to be stored with its error. */
const TEXT_LENGTH_MAX = 10_000

/** Causes followed; deeper ones are left out. */
const CAUSES_MAX = 10

export type IsStorable = (value: unknown) => boolean

/** The error without the parts that cannot be stored. */
export function withoutUnstorable(
  error: Error,
  isStorable: IsStorable,
  causes = CAUSES_MAX,
): Error {
  const bare = bareError(error)
  const part = (value: unknown): unknown => {
    if (isStorable(value)) return value
    if (causes > 0 && value instanceof Error)
      return withoutUnstorable(value, isStorable, causes - 1)
    return `[${typeof value} that cannot be stored]`
  }
  const cause = read(error, "cause")
  if (cause !== undefined) define(bare, "cause", part(cause))
  const errors = read(error, "errors")
  if (Array.isArray(errors) && error instanceof AggregateError) {
    Object.setPrototypeOf(bare, AggregateError.prototype)
    define(bare, "errors", errors.map(part))
  }
  for (const key of ownKeys(error)) {
    const value = read(error, key)
    if (!KEPT.has(key) && isStorable(value))
      Object.defineProperty(bare, key, { value, enumerable: true })
  }
  const code = read(error, "code")
  if (isStorable(code) && code !== undefined) {
    Object.defineProperty(bare, "code", { value: code, enumerable: true, configurable: true })
  }
  return bare
}

/** Name, message and stack alone, cut to a length that fits in any case. */
export function bareError(error: Error): Error {
  const bare = new Error(textOf(error, "message") ?? "An error without a message.")
  const name = textOf(error, "name")
  if (name !== undefined) define(bare, "name", name)
  define(bare, "stack", textOf(error, "stack"))
  return bare
}

/** What was thrown in one line, for a log. */
export function textOfThrown(thrown: unknown): string {
  try {
    return String(thrown).slice(0, TEXT_LENGTH_MAX)
  } catch {
    // It has no text of its own, like an object without a prototype.
    return `a ${typeof thrown} without a text`
  }
}

const KEPT = new Set(["name", "message", "stack", "cause", "errors", "code"])

function textOf(error: Error, key: string): string | undefined {
  const value = read(error, key)
  return typeof value === "string" ? value.slice(0, TEXT_LENGTH_MAX) : undefined
}

function read(error: Error, key: string): unknown {
  try {
    return (error as unknown as Record<string, unknown>)[key]
  } catch {
    // A getter of the user's that throws: the part is not there.
    return undefined
  }
}

function ownKeys(error: Error): string[] {
  try {
    return Object.keys(error)
  } catch {
    // A proxy that throws: it has no members of its own.
    return []
  }
}

function define(error: Error, key: string, value: unknown): void {
  Object.defineProperty(error, key, {
    value,
    writable: true,
    configurable: true,
    enumerable: false,
  })
}
