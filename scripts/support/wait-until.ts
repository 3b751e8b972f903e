// Wait until: asks again and again until the answer is there.

const PAUSE_MS = 25

/**
 * The first answer that is not `undefined`. An answer that fails (a server that is still down) is no answer.
 * @param what what is waited for, for the message
 * @throws Error after `timeoutMs`, with the last failure as its cause
 */
export async function waitUntil<T>(
  what: string,
  timeoutMs: number,
  ask: () => T | undefined | Promise<T | undefined>,
): Promise<T> {
  const deadlineMs = Date.now() + timeoutMs
  let failure: unknown
  while (Date.now() < deadlineMs) {
    try {
      const answer = await ask()
      if (answer !== undefined) return answer
      failure = undefined
    } catch (error) {
      failure = error
    }
    await pause(PAUSE_MS)
  }
  throw new Error(`Waited ${timeoutMs} ms in vain for ${what}.`, { cause: failure })
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
