// Search: cases out of an arbitrary, counted, until one of them is wrong; and how that becomes a finding.
// Owns: the shapes of tally and finding, and the bound of the shrinking. Pure: it knows no process.

import * as fc from "fast-check"

export interface Finding {
  readonly fuzzer: string
  readonly seed: number
  /** What was wrong, and how to see it again. */
  readonly text: string
}

export interface Tally {
  cases: number
  /** Time spent, in ms. */
  tookMs: number
  /** How often each answer came: a status, or a word for what was no answer. */
  readonly answers: Map<string, number>
}

export function newTally(): Tally {
  return { cases: 0, tookMs: 0, answers: new Map() }
}

export function count(tally: Tally, answer: string | number): void {
  tally.cases++
  const name = String(answer)
  tally.answers.set(name, (tally.answers.get(name) ?? 0) + 1)
}

/** Time for the shrinking of one finding, in ms. */
const SHRINK_MS = 30_000

/**
 * Runs a property over `cases` cases.
 * @param check what is wrong with a case; `undefined` when nothing is
 * @param show how a person sees it again
 */
export async function search<Case>(
  fuzzer: string,
  arbitrary: fc.Arbitrary<Case>,
  { seed, cases }: { readonly seed: number; readonly cases: number },
  check: (one: Case) => Promise<string | undefined> | string | undefined,
  show: (one: Case) => string,
): Promise<Finding | undefined> {
  let wrong = ""
  let found = 0
  const property = fc.asyncProperty(arbitrary, async (one) => {
    // A shrinking that takes too long ends with the smallest case so far.
    if (found > 0 && Date.now() - found > SHRINK_MS) return
    const problem = await check(one)
    if (problem === undefined) return
    if (found === 0) found = Date.now()
    wrong = problem
    throw new Error(problem)
  })
  const details = await fc.check(property, { seed, numRuns: cases })
  if (!details.failed) return undefined
  const smallest = details.counterexample?.[0]
  const shown = smallest === undefined ? "no case" : show(smallest)
  return {
    fuzzer,
    seed,
    text: `${details.errorInstance instanceof Error ? details.errorInstance.message : wrong}\n${shown}`,
  }
}
