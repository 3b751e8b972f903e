// Platform reset: errors by which the platform says that what a step called was reset under it: a deploy, an eviction,
// a lost connection. Owns: how they are told from failures. Whether the call was carried out is not known.

/** Whether the attempt was lost rather than failed (promise 11). */
export function isPlatformReset(error: unknown): boolean {
  if (typeof error !== "object" || error === null) return false
  try {
    const { durableObjectReset, retryable, remote, overloaded } = error as Record<string, unknown>
    // `remote`: the callee's own code threw it. `overloaded`: trying again at once makes it worse; that is a failure.
    return (
      durableObjectReset === true || (retryable === true && remote !== true && overloaded !== true)
    )
  } catch {
    // A getter of the user's that throws: whatever it is, the platform did not make it.
    return false
  }
}
