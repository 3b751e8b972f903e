// Report: what a check of a deployment has found, for a person or for a machine, and the exit code.

import type { Finding, Verdict } from "./check.ts"

const WORDS: Readonly<Record<Verdict, string>> = {
  fits: "fit",
  diverges: "would diverge",
  missing: "lack their code",
  unchecked: "could not be checked",
  skipped: "were skipped, having ended",
}

type Counts = Readonly<Record<Verdict, number>>

function countsOf(findings: readonly Finding[]): Counts {
  const counts = { fits: 0, diverges: 0, missing: 0, unchecked: 0, skipped: 0 }
  for (const { verdict } of findings) counts[verdict]++
  return counts
}

/** 1 when a run would stand still after the deploy, 2 when that is not known of all of them, else 0. */
export function exitCodeOf(findings: readonly Finding[]): number {
  const { diverges, missing, unchecked } = countsOf(findings)
  if (diverges + missing > 0) return 1
  return unchecked > 0 ? 2 : 0
}

export function reportText(findings: readonly Finding[]): string {
  const counts = countsOf(findings)
  const parts = (Object.keys(WORDS) as Verdict[])
    .filter((verdict) => counts[verdict] > 0)
    .map((verdict) => `${counts[verdict]} ${WORDS[verdict]}`)
  const told = findings.filter(({ verdict }) => verdict !== "fits" && verdict !== "skipped")
  return [
    ...told.map(lineOf),
    `${findings.length} runs: ${parts.join(", ") || "nothing to check"}.`,
  ].join("\n")
}

export function reportJson(findings: readonly Finding[]): string {
  return JSON.stringify({ counts: countsOf(findings), runs: findings }, undefined, 2)
}

function lineOf({ id, workflow, version, message }: Finding): string {
  const what = workflow === undefined ? "" : ` (${workflow} version ${version})`
  return `${id}${what}: ${message}`
}
