// Platform errors: what callers see when an object, or the way to it, breaks: texts and marks as workerd has them.

/** The way broke: nobody knows whether the call was carried out. */
export function connectionLost(): Error {
  return Object.assign(new Error("Network connection lost."), { retryable: true })
}

/** The object was reset under the call. */
export function objectReset(reason: string): Error {
  return Object.assign(new Error(reason), {
    durableObjectReset: true,
    retryable: true,
    remote: true,
  })
}

export function objectOverloaded(): Error {
  return Object.assign(new Error("Durable Object is overloaded. Too many requests queued."), {
    overloaded: true,
  })
}

/** What the object's own code threw, as it crosses: name and message, marked as the other side's. */
export function remoteError(thrown: unknown): Error {
  if (!(thrown instanceof Error)) return Object.assign(new Error(String(thrown)), { remote: true })
  const error = Object.assign(new Error(thrown.message), { remote: true })
  error.name = thrown.name
  return error
}

/** What the store says to a write when the disk is full. */
export function diskFull(): Error {
  return new Error("database or disk is full: SQLITE_FULL")
}

/** What the store says to an alarm that it cannot write. */
export function alarmRefused(): Error {
  return new Error("Failed to write the alarm.")
}

export const RESET_REASONS = {
  deploy: "Durable Object reset because its code was updated.",
  crash: "Durable Object was reset: the machine it ran on is gone.",
  commitFails: "Durable Object storage operation failed: the object was reset.",
} as const
