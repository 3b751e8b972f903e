// Promise 2: a stable idempotency key, a truthful attempt number, the start on record before the outside is touched.
// The number of a call must pass every number on record; what arrives outside must be on record.

import type { AttemptNote } from "./run-view.ts"
import type { Check, Finding } from "./check.ts"

const KEY = /^[ -~]{1,255}$/

export const risingAttempts: Check = {
  promise: "promise 2",
  says: "attempt numbers rise, whatever was lost",
  called(run, note) {
    const { path, attempt, generation } = note
    const known = run.attempts.get(run.placeOf(path, generation)) ?? 0
    if (attempt > known) return undefined
    // The row of a newer generation or life is not committed yet; its places are other ones then.
    return { path, expected: `an attempt above ${known}`, found: `attempt ${attempt}` }
  },
}

export const recordedStarts: Check = {
  promise: "promise 2",
  says: "an attempt is on record before it touches the outside",
  arrived(run, { key, path, attempt, generation, isAsync }) {
    // Of any other function nobody knows before it is called that it touches the outside: it is called with a write
    // pending, and its record follows in the same stretch, unless the disk is full just there.
    if (!isAsync) return undefined
    // A call that was long on its way may come from a life that is over.
    if (lifeOf(key) !== run.incarnation) return undefined
    const known = run.attempts.get(run.placeOf(path, generation)) ?? 0
    if (known >= attempt || run.rows.run === undefined || run.isFolded(path)) return undefined
    if (generation < run.rows.run.generation) return undefined
    return {
      path,
      expected: `a committed record of attempt ${attempt}`,
      found: known === 0 ? "none" : `the last is of attempt ${known}`,
    }
  },
}

/** One for each seed: it remembers every key. */
export function stableKeys(): Check {
  const places = new Map<string, string>()
  const keys = new Map<string, string>()
  return {
    promise: "promise 2",
    says: "a step has one idempotency key, and no other step has it",
    called(_run, note) {
      const { key, path } = note
      if (!KEY.test(key)) {
        return { path, expected: "1 to 255 printable ASCII characters", found: JSON.stringify(key) }
      }
      const incarnation = lifeOf(key)
      const place = `${note.run} ${incarnation} ${note.generation} ${path}`
      return (
        other(places, key, place, note, "one place") ??
        other(keys, place, key, note, "the key of the attempts before")
      )
    },
  }
}

/** The incarnation stands behind the run's id. */
function lifeOf(key: string): string | undefined {
  return key.split("/").at(1)
}

function other(
  known: Map<string, string>,
  from: string,
  to: string,
  { path }: AttemptNote,
  what: string,
): Finding | undefined {
  const before = known.get(from)
  known.set(from, to)
  if (before === undefined || before === to) return undefined
  return { path, expected: `${what} for ${from}: ${before}`, found: to }
}
