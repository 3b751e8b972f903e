// What a test of somebody's own workflows gets: runs in memory, with time, steps, messages and crashes in the test's hands.

export {
  runWorkflow,
  type WaitingFor,
  type WorkflowRun,
  type WorkflowTestOptions,
} from "./run-workflow.ts"
export type { JournalEntry } from "./journal-view.ts"
export type { GivenMessage, Moment } from "./moments.ts"
export { failsTimes, hangs, inTurn, returns, throws, type StepMock } from "./mocks.ts"
export { crashEverywhere, type CrashReport } from "./crash-everywhere.ts"
export type { SweepOptions, World } from "./crash-run.ts"
export { checkDeterminism, type DeterminismReport } from "./check-determinism.ts"
export { FindingsError, type Finding, type FindingKind } from "./findings.ts"
export { replayJournal, ReplayError, type ReplayReport } from "./replay-journal.ts"
export { TestRun, type Settled, type UpdateState } from "./test-run.ts"
export type { TestRunOptions } from "./test-process.ts"
export type { StepCall } from "./instruments.ts"
