// Owns the count of what a test run did, for `scripts/test.ts`: a Vitest reporter that writes one
// JSON file at the end of the run, to the path in BELAY_TEST_SUMMARY_FILE. It prints nothing.
// Invariant: whatever makes a run untrustworthy counts as failed. That is a failed test, but also a
// file that could not be loaded, a hook that threw, and an error that nobody caught.
import { writeFileSync } from "node:fs"
import type { SerializedError } from "vitest"
import type { Reporter, TestModule } from "vitest/node"

/** The environment variable that names the file to write; without it nothing is written. */
export const SUMMARY_FILE_VARIABLE = "BELAY_TEST_SUMMARY_FILE"

/** Tests that could not be run on this machine, and are missed. */
export interface NotRun {
  /** What was to be tried. */
  readonly title: string
  /** What nobody knows after this run. */
  readonly unproven: string
  /** How to have it run. */
  readonly how: string
}

declare module "vitest" {
  interface TaskMeta {
    notRun?: NotRun
  }
}

/** What a run did, in tests. `failed` includes broken files, broken hooks and uncaught errors. */
export interface TestSummary {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  /** Errors nobody caught, thrown in a test file's life but by no test; part of `failed`. */
  readonly uncaught: number
  /** What was skipped because something is missing here; see `test/support/not-run.ts`. */
  readonly notRun: readonly NotRun[]
}

export default class TestSummaryReporter implements Reporter {
  onTestRunEnd(
    testModules: readonly TestModule[],
    unhandledErrors: readonly SerializedError[],
  ): void {
    const file = process.env[SUMMARY_FILE_VARIABLE]
    if (file === undefined) return
    writeFileSync(file, JSON.stringify(countTests(testModules, unhandledErrors.length)))
  }
}

function countTests(testModules: readonly TestModule[], uncaught: number): TestSummary {
  let passed = 0
  let failed = uncaught
  let skipped = 0
  const notRun: NotRun[] = []
  for (const testModule of testModules) {
    let failedHere = 0
    for (const testCase of testModule.children.allTests()) {
      const { state } = testCase.result()
      if (state === "passed") passed += 1
      else if (state === "failed") failedHere += 1
      else skipped += 1
      const missed = testCase.meta().notRun
      if (missed !== undefined) notRun.push(missed)
    }
    // A file that cannot be loaded, or whose hook throws, fails without a single failed test.
    if (failedHere === 0 && !testModule.ok()) failedHere = 1
    failed += failedHere
  }
  return { passed, failed, skipped, uncaught, notRun }
}
