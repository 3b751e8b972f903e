// Pause: waits, and the work that is done again and again while somebody looks.
// Owns: timers of the page. Must not touch: what the work is.
//   P1. Nothing is asked while the tab is hidden; when it is shown again the work is done at once.
//   P2. Work that fails is tried more and more seldom.

/** Resolves after the time, or at once when the signal is aborted. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer)
      signal.removeEventListener("abort", end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    signal.addEventListener("abort", end)
    if (signal.aborted) end()
  })
}

const FAILED_MS_MAX = 30_000

/** @param work resolves with whether it went well. */
export async function repeatWhileVisible(
  everyMs: number,
  signal: AbortSignal,
  work: () => Promise<boolean>,
): Promise<void> {
  let failures = 0
  while (!signal.aborted) {
    if (document.hidden) await shown(signal)
    if (signal.aborted) return
    failures = (await work()) ? 0 : failures + 1
    await pause(Math.min(everyMs * 2 ** failures, FAILED_MS_MAX), signal)
  }
}

function shown(signal: AbortSignal): Promise<void> {
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
