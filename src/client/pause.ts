// Pause: waiting that a signal ends.

/** @throws the signal's reason as soon as it is aborted */
export function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted()
    const abort = () => {
      clearTimeout(timer)
      reject(signal?.reason as Error)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", abort)
      resolve()
    }, ms)
    signal?.addEventListener("abort", abort, { once: true })
  })
}

/** Between two questions of which the first was to be held open: whoever does not hold it is not asked without pause. */
const QUESTION_MS_MIN = 250

/** @throws the signal's reason as soon as it is aborted */
export async function paced(askedAtMs: number, signal: AbortSignal | undefined): Promise<void> {
  const leftMs = askedAtMs + QUESTION_MS_MIN - Date.now()
  if (leftMs > 0) await pause(leftMs, signal)
}

const FIRST_MS = 100
const LONGEST_MS = 5_000

/** Before try n + 1, from 1: doubled each time, and spread so that many callers do not come back together. */
export function backoffMs(tries: number): number {
  const full = Math.min(FIRST_MS * 2 ** (tries - 1), LONGEST_MS)
  return full / 2 + (full / 2) * Math.random()
}
