// Not run: tests that need something this machine does not have, and that are missed when they are left out.
// Owns: how a file says so; `npm test` shows it in a frame at the end of the run, see `scripts/test.ts`.
import { expect, test } from "vitest"
import type { NotRun } from "../../scripts/test-summary.ts"

/** Stands in the file in place of the tests that cannot be run. */
export function reportNotRun(notRun: NotRun): void {
  test(`NOT RUN: ${notRun.title}`, { skip: true, meta: { notRun } }, () =>
    expect.unreachable(notRun.unproven),
  )
}
