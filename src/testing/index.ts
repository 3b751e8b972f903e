// What a test of somebody's own workflows gets: a run in memory, with time, steps and crashes in the test's hands.

export { TestRun, type Settled, type UpdateState } from "./test-run.ts"
export type { TestRunOptions } from "./test-process.ts"
export type { StepCall } from "./step-doubles.ts"
