// Naps: how the steps of the fan-out take their time.
// Owns: the two ways. The runtime takes about a ms for each timer that fires in an object, whatever is done then: a hundred
// timers of 10 ms take 120 ms before anything is written. So those who begin together may share one.

export type Timers = "shared" | "own"

const shared = new Map<number, Promise<void>>()

export function napped(napMs: number, timers: Timers): Promise<void> {
  if (napMs <= 0) return Promise.resolve()
  return timers === "own" ? timer(napMs) : sharedTimer(napMs)
}

/** One for all who ask in the same turn. */
function sharedTimer(napMs: number): Promise<void> {
  const known = shared.get(napMs)
  if (known !== undefined) return known
  const made = timer(napMs)
  shared.set(napMs, made)
  // Whoever asks in a later turn gets another one.
  queueMicrotask(() => setTimeout(() => shared.delete(napMs), 0))
  return made
}

function timer(napMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, napMs))
}
