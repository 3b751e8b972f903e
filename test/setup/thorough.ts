// Thorough: how much of everything a run of the tests does. `npm test` takes minutes and makes each check on few of a
// thing; `npm run test:thorough` makes the same checks on as many as the promise is about, and takes its time.
// Owns: which of the two this run is. Must not touch: what is checked, which is the same in both.

import { inject } from "vitest"

declare module "vitest" {
  interface ProvidedContext {
    isThorough: boolean
  }
}

/** The first in a thorough run, the second in any other. */
export function thoroughly<T>(full: T, quick: T): T {
  return inject("isThorough") ? full : quick
}

/** In a thorough run all of them; in any other at most so many, the first and the last among them, evenly apart. */
export function someOf<T>(all: readonly T[], quickMax: number): T[] {
  if (inject("isThorough") || all.length <= quickMax) return [...all]
  const places = Array.from({ length: quickMax }, (_, index) =>
    Math.round((index * (all.length - 1)) / (quickMax - 1)),
  )
  return places.flatMap((place) => all[place] ?? [])
}
