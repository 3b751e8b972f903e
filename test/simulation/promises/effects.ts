// Effects (promise 5): no result is on record before the outside has heard of what it stands for.

import type { Check } from "./check.ts"

/** One for each seed. @param isDone whether the outside has carried out what came with this key */
export function effectsBeforeResults(isDone: (key: string) => boolean): Check {
  const keys = new Map<string, string>()
  return {
    promise: "promise 5",
    says: "a step's result stands for an effect that has happened",
    called(_run, { run, generation, path, key, isAnswered }) {
      if (isAnswered === true) keys.set(placeOf(run, lifeOf(key), generation, path), key)
      return undefined
    },
    reset({ calls }) {
      // What the workflow comes to next may be something else.
      for (const { run, generation, path, key } of calls) {
        keys.delete(placeOf(run, lifeOf(key), generation, path))
      }
      return undefined
    },
    record(run, { type, path, attempt }, { rows, appended }) {
      if (type !== "completed" || attempt === undefined || rows.run === undefined) return undefined
      // A person's value stands for nothing outside.
      if (appended.some((record) => record.type === "operator")) return undefined
      const key = keys.get(placeOf(run.id, rows.run.incarnation, rows.run.generation, path))
      if (key === undefined || isDone(key)) return undefined
      return { path, expected: `the effect ${key} to have happened`, found: "it has not" }
    },
  }
}

function placeOf(run: string, life: string, generation: number, path: string): string {
  return `${run} ${life} ${generation} ${path}`
}

/** The incarnation stands behind the run's id. */
function lifeOf(key: string): string {
  return key.split("/").at(1) ?? ""
}
