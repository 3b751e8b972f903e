// Overflow: a run that has more than a replay should have to read or hold fails, since a workflow could catch a mere error.
// Owns: the rule and its words. Pure.

import { encodeThrown } from "../values/codec.ts"
import { LimitError } from "../errors.ts"
import type { Outcome } from "../ports/journal.ts"
import type { MachineLimits } from "./machine-limits.ts"

/** How the run ends when it begins one operation more; `undefined` while there is room. */
export function overflowOf(
  limits: MachineLimits,
  records: number,
  openEntries: number,
  path: string,
): Outcome | undefined {
  const { entriesMax, openEntriesMax, pathLengthMax } = limits
  if (records >= entriesMax) {
    return failure(
      `more than ${entriesMax} records in one generation; use continueAsNew to start a new one.`,
    )
  }
  if (openEntries >= openEntriesMax) {
    return failure(
      `begun more than ${openEntriesMax} operations that have not ended; wait for some before beginning more.`,
    )
  }
  if (path.length > pathLengthMax) {
    return failure(
      "sub-workflows or composites nested too deeply; use a loop, or continueAsNew, instead of recursion.",
    )
  }
  return undefined
}

function failure(what: string): Outcome {
  return { state: "failed", text: encodeThrown(new LimitError(`The run has ${what}`)) }
}
