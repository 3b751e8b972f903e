// In time: the patience with calls to other objects.
// Owns: the timer, one for all calls of one group. Must not touch: what follows; whatever was asked may still be done.

/** @throws Error when it takes longer */
export function inTime<T>(asked: Promise<T>, patienceMs: number): Promise<T> {
  return withPatience(patienceMs, (orLate) => orLate(asked))
}

/**
 * @param work is given what rejects in the place of a call that takes longer
 * @returns what the work comes to
 */
export async function withPatience<T>(
  patienceMs: number,
  work: (orLate: <Each>(asked: Promise<Each>) => Promise<Each>) => Promise<T>,
): Promise<T> {
  const late = Promise.withResolvers<never>()
  // Most often there is nobody left to hear it.
  late.promise.catch(() => undefined)
  // Not a timer of a run: rows and an alarm stand behind what must be done.
  const timer = setTimeout(
    () => late.reject(new Error(`It took longer than ${patienceMs} ms.`)),
    patienceMs,
  )
  try {
    return await work((asked) => Promise.race([asked, late.promise]))
  } finally {
    clearTimeout(timer)
  }
}
