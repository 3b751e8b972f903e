// Event projection: the rules the projections are audited by. Pure.
//   P1. A projection is the fold of its events, each applied once, in order; one with an illegal event stands as it did
//       before it and names the reason.

import { isDeepStrictEqual } from "node:util"
import { member } from "../../support/json-client.ts"
import { expectedProjection, type StreamEvent } from "./expected-projection.ts"
import { endFindings, type RunsSeen } from "./run-seen.ts"

export interface WantedProjection {
  readonly userId: string
  readonly events: readonly StreamEvent[]
}

export interface ProjectionBooks {
  readonly wanted: readonly WantedProjection[]
  readonly runs: RunsSeen
  /** What is shown of each, by its user. */
  readonly shown: ReadonlyMap<string, unknown>
}

export function auditProjections({ wanted, runs, shown }: ProjectionBooks): string[] {
  return wanted.flatMap(({ userId, events }) => {
    const { projection, refusal } = expectedProjection(userId, events)
    const run = runs.get(userId)
    const findings = endFindings(userId, run, ({ errorCode }) => errorCode === refusal)
    const status = refusal === undefined ? "done" : "failed"
    const found = shown.get(userId)
    if (member(found, "status") !== status) {
      findings.push(`${userId}: is shown as ${String(member(found, "status"))}, not ${status}`)
    }
    if (!isDeepStrictEqual(member(found, "projection"), projection)) {
      const [told, expected] = [member(found, "projection"), projection].map((value) =>
        JSON.stringify(value),
      )
      findings.push(`${userId}: is projected as ${told}, its events say ${expected}`)
    }
    return findings
  })
}
