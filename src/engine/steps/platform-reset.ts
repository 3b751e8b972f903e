// Platform reset: errors by which the platform says that what a step called was reset under it: a deploy, an eviction,
// a lost connection. Owns: how they are told from failures. Whether the call was carried out is not known.

const RESET_MESSAGE = /network connection lost|durable object|internal error|was reset/i

/** Whole sentences of the platform's, believed without a mark: on the way through several calls the marks may be lost. */
const RESET_SENTENCE =
  /^(?:Durable Object (?:reset because its code was updated|exceeded its .{1,40} limit and was reset|storage operation exceeded timeout which caused object to be reset)|Internal error in Durable Object storage caused object to be reset|The Durable Object's code has been updated)\b/

/** Libraries mark their errors as retryable, too; the platform's are plain errors without a code, with known words. */
function says(error: object, words: RegExp): boolean {
  const { constructor, code, message } = error as {
    constructor: unknown
    code?: unknown
    message?: unknown
  }
  return constructor === Error && code === undefined && words.test(String(message))
}

/** Whether the attempt was lost rather than failed (promise 11). */
export function isPlatformReset(error: unknown): boolean {
  if (typeof error !== "object" || error === null) return false
  try {
    const { durableObjectReset, retryable, remote, overloaded } = error as Record<string, unknown>
    if (durableObjectReset === true || says(error, RESET_SENTENCE)) return true
    // `remote`: the callee's own code threw it. `overloaded`: trying again at once makes it worse; that is a failure.
    return (
      retryable === true && remote !== true && overloaded !== true && says(error, RESET_MESSAGE)
    )
  } catch {
    // A getter of the user's that throws: whatever it is, the platform did not make it.
    return false
  }
}
