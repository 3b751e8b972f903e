// Promise 5: a start is answered only when it is durable, and what is durable stays.
// A run goes only when somebody deleted it or its keeping is over; both need one that has ended.

import type { Check } from "./check.ts"
import { isFinal } from "./rows.ts"

/** One for each seed: it remembers every life that was committed. */
export function durableStarts(): Check {
  const lives = new Set<string>()
  return {
    promise: "promise 5",
    says: "a start is answered when it is durable, and stays",
    commit({ id, rows }) {
      if (rows.run !== undefined) lives.add(`${id} ${rows.run.incarnation}`)
      return undefined
    },
    answered({ id, operated, rows }, answer) {
      if (answer.verb !== "start" || answer.result.type !== "ok") return undefined
      // It may have been deleted before its beginning was durable: then it has never been there.
      if (operated) return undefined
      const { incarnation } = answer.result
      if (lives.has(`${id} ${incarnation}`)) return undefined
      // Begun, deleted and begun again within one commit: the next life is there before the answer of the first.
      if (rows.run !== undefined && rows.run.incarnation !== incarnation) return undefined
      return { expected: `life ${incarnation} committed before the answer`, found: "no such rows" }
    },
    gone({ rows, operated }) {
      const status = rows.run?.status ?? "none"
      // It may have ended in the very stretch in which somebody's DELETE came.
      if (isFinal(status) || operated) return undefined
      return { expected: `a run that is ${status} to stay`, found: "its rows are gone" }
    },
  }
}
