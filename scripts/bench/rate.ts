// Rate: how often a second something can be done by many callers at once.

/** Of all that were begun in the window, with the time until the last of them was done. */
export async function callersRate(
  once: () => Promise<unknown>,
  callers: number,
  windowMs: number,
): Promise<number> {
  let done = 0
  const begunMs = performance.now()
  const caller = async () => {
    while (performance.now() - begunMs < windowMs) {
      await once()
      done++
    }
  }
  await Promise.all(Array.from({ length: callers }, caller))
  return (done / (performance.now() - begunMs)) * 1_000
}
