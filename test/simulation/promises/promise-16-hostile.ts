// Promise 16: a bug or hostile input in one run harms that run alone.
// Whatever programs throw, return or yield: no door and no alarm of an object throws anything but a code.

import type { Check } from "./check.ts"

export const nothingEscapes: Check = {
  promise: "promise 16",
  says: "what a run does harms that run alone",
  escaped: (_run, what) => ({ expected: "an answer or a code", found: what }),
}
