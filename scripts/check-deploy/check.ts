// Check: live runs of a deployment, each dry-run against the code at hand, a few at a time.
// Owns: what is found of each run. Must not touch: how it is shown (report.ts).

import type { DryReplayer } from "../../src/engine/recorded/dry-replay.ts"
import { isFinal } from "../../src/engine/ports/run-status.ts"
import { inWords } from "../../src/engine/recorded/replay-words.ts"
import { exportOf, type Deployment } from "./run-export.ts"

/** Exports at the same time: a check must not be what slows the deployment down. */
const AT_ONCE = 4

export type Verdict = "fits" | "diverges" | "missing" | "skipped" | "unchecked"

export interface Finding {
  readonly id: string
  readonly verdict: Verdict
  readonly message: string
  readonly workflow?: string
  readonly version?: number
  readonly status?: string
  /** Of a divergence: path, seq, difference, expected and found. */
  readonly details?: unknown
}

/** @param onFound called after each run, in whatever order they come */
export async function checkRuns(
  deployment: Deployment,
  ids: readonly string[],
  replay: DryReplayer,
  options: { readonly all: boolean; readonly onFound: (finding: Finding) => void },
): Promise<Finding[]> {
  const findings: Finding[] = []
  const pending = ids.entries()
  const work = async () => {
    for (const [index, id] of pending) {
      const finding = await check(deployment, id, replay, options.all)
      findings[index] = finding
      options.onFound(finding)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  return findings
}

async function check(
  deployment: Deployment,
  id: string,
  replay: DryReplayer,
  all: boolean,
): Promise<Finding> {
  try {
    const recorded = await exportOf(deployment, id, ({ status }) => all || !isFinal(status))
    const { workflow, version, status } = "run" in recorded ? recorded.run : recorded
    const run = { id, workflow, version, status }
    if (!("run" in recorded)) return { ...run, verdict: "skipped", message: `It has ended.` }
    const replayed = replay(recorded)
    const message = inWords(replayed)
    if (replayed.type === "unclear") return { ...run, verdict: "unchecked", message }
    const details = replayed.type === "diverges" ? { details: replayed.halt.details } : {}
    return { ...run, verdict: replayed.type, message, ...details }
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : undefined
    const message = `${error instanceof Error ? error.message : String(error)}${cause ? `: ${cause.message}` : ""}`
    return { id, verdict: "unchecked", message }
  }
}
