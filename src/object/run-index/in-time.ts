// In time: the patience with one call to another object.
// Owns: the timer. Must not touch: what follows; whatever was asked may still be done.

/** @throws Error when it takes longer */
export async function inTime<T>(asked: Promise<T>, patienceMs: number): Promise<T> {
  const late = Promise.withResolvers<never>()
  // Not a timer of a run: rows and an alarm stand behind what must be done.
  const timer = setTimeout(
    () => late.reject(new Error(`It took longer than ${patienceMs} ms.`)),
    patienceMs,
  )
  try {
    return await Promise.race([asked, late.promise])
  } finally {
    clearTimeout(timer)
  }
}
