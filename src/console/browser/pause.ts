// Pause: waits, and the work that is done again and again while somebody looks.
// Owns: timers of the page. Must not touch: what the work is.
//   P1. Nothing is asked while the tab is hidden; when it is shown again the work is done at once.
//   P2. Work that fails is tried more and more seldom.

/** Resolves after the time, if one is given, or at once when the signal is aborted. */
export function pause(ms: number | undefined, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer)
      signal.removeEventListener("abort", end)
      resolve()
    }
    const timer = ms === undefined ? undefined : setTimeout(end, ms)
    signal.addEventListener("abort", end)
    if (signal.aborted) end()
  })
}

const FAILED_MS_MAX = 30_000

/** How long to wait before it is tried again, after so many failures in a row. */
export function pauseMsAfter(failures: number, everyMs: number): number {
  return Math.min(everyMs * 2 ** failures, FAILED_MS_MAX)
}

/** @param work resolves with whether it went well. */
export async function repeatWhileVisible(
  everyMs: number,
  signal: AbortSignal,
  work: () => Promise<boolean>,
): Promise<void> {
  let failures = 0
  while (!signal.aborted) {
    await shown(signal)
    if (signal.aborted) return
    failures = (await work()) ? 0 : failures + 1
    await pause(pauseMsAfter(failures, everyMs), signal)
  }
}

/** Resolves when the tab can be seen, or the signal is aborted. */
export function shown(signal: AbortSignal): Promise<void> {
  if (!document.hidden) return Promise.resolve()
  return new Promise((resolve) => {
    const look = () => {
      if (document.hidden && !signal.aborted) return
      document.removeEventListener("visibilitychange", look)
      signal.removeEventListener("abort", look)
      resolve()
    }
    document.addEventListener("visibilitychange", look)
    signal.addEventListener("abort", look)
  })
}
