// Tell failure: a failing history in words.

import { kindOfFinding } from "../../test/simulation/platform/finding-kind.ts"
import type { Failure } from "../../test/simulation/simulation-order.ts"

/** Lines at the end of a trace that are shown of a long one. */
const TRACE_LINES_MAX = 120

export function tellFailure(first: Failure, shortest: Failure): string {
  return [
    `Seed ${first.seed} fails after ${first.events} events.`,
    "",
    first.finding ?? "",
    "",
    `The shortest history that was found with it: ${shortest.events} events, faults: ${faultsOf(shortest)}.`,
    shortest.story,
    "",
    ...tail(shortest.trace),
    "",
    shortest.finding ?? "",
    "",
    `Again: npm run simulate -- --seeds 1 --from ${first.seed}`,
  ].join("\n")
}

/** One line for each kind of failure, with its first seed. */
export function tellKinds(stumbled: ReadonlyMap<number, string>): string {
  const kinds = new Map<string, number[]>()
  for (const [seed, finding] of stumbled) {
    const kind = kindOfFinding(finding)
    kinds.set(kind, [...(kinds.get(kind) ?? []), seed])
  }
  const sorted = [...kinds].sort(([, left], [, right]) => right.length - left.length)
  const lines = sorted.map(
    ([kind, seeds]) => `${seeds.length} times, first with seed ${Math.min(...seeds)}: ${kind}`,
  )
  return [`${stumbled.size} seeds fail.`, ...lines].join("\n")
}

export function faultsOf({ faults }: Pick<Failure, "faults">): string {
  const counts = Object.entries(faults).sort(([, left], [, right]) => right - left)
  return counts.map(([name, count]) => `${count} ${name}`).join(", ") || "none"
}

function tail(trace: readonly string[]): readonly string[] {
  if (trace.length <= TRACE_LINES_MAX) return trace
  const left = trace.length - TRACE_LINES_MAX
  return [`(${left} lines before)`, ...trace.slice(-TRACE_LINES_MAX)]
}
