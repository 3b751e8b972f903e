// Promises: which checks guard which promise of the design, number by number; what the model we started from adds stands
// below. Read a number's file to see what is looked at.

import type { Check } from "./check.ts"
import { reverseOrder } from "./compensations.ts"
import { effectsBeforeResults } from "./effects.ts"
import {
  firstRecords,
  nothingAfterOutcome,
  oneOutcome,
  startsInTurn,
  totalOrder,
} from "./journals.ts"
import { keptLimits, keptRates, slotsGoBack } from "./limits.ts"
import { birthFields, frozenEnds, risingEpochs, wakeObligation, wholeRows } from "./lives.ts"
import {
  firstAnswerStands,
  outboxInOrder,
  promisesEnd,
  promisesSettleOnce,
  sameAnswers,
  updatesAnsweredOnce,
} from "./mailboxes.ts"
import { recordedOnce } from "./promise-01-recorded-once.ts"
import { recordedStarts, risingAttempts, stableKeys } from "./promise-02-attempts.ts"
import { storedValues } from "./promise-03-stored-values.ts"
import { sameRun } from "./promise-04-same-run.ts"
import { durableStarts } from "./promise-05-durable-starts.ts"
import { fixedDeadlines, neverEarly } from "./promise-06-deadlines.ts"
import {
  acceptedSignals,
  consumedOnce,
  countedAtTheEnd,
  firstWaiterFirst,
  keptSignals,
  noGhosts,
  nothingPassedOver,
  nothingTooLate,
} from "./promise-07-signals.ts"
import { allMeansAll, firstRecordedWins } from "./promise-08-races.ts"
import { halted, onlyChangedCode, ownKinds, ownValues, panics } from "./promise-09-halts.ts"
import { noNeedlessUndoing, resetsAreNoFailures } from "./promise-11-resets.ts"
import { owedWorkHasAlarm } from "./promise-12-alarms.ts"
import { lateResults } from "./promise-13-late-results.ts"
import {
  cancelIsAsked,
  cancelIsHeard,
  cancelStands,
  childrenEndFirst,
  killTakesChildren,
  killUnwindsNothing,
  stopsAreSent,
} from "./promise-14-cancels.ts"
import { childDelays, keptDelays, noVainRetries, policyDelays } from "./promise-15-retries.ts"
import { nothingEscapes } from "./promise-16-hostile.ts"
import { familiesAgree, nobodyIsStuck, nothingLiesReady, stopsArrive } from "./quiet-end.ts"

/** What the checks must be told of a world. */
export interface Surroundings {
  /** Whether a deploy changes this workflow's code on purpose without a patch. */
  readonly isChanged: (workflow: string) => boolean
  /** Whether the outside has carried out what came with this key. */
  readonly isDone: (key: string) => boolean
  /** The pause before every child that is tried again; `undefined` where they differ. */
  readonly childDelayMs?: number
  /** Whether an index hears of the runs, and deletes them when their time has come. */
  readonly isIndexed?: boolean
}

export function allPromises({
  isChanged,
  isDone,
  childDelayMs,
  isIndexed = false,
}: Surroundings): Check[] {
  return [
    recordedOnce, // 1
    risingAttempts, // 2
    recordedStarts,
    stableKeys(),
    storedValues, // 3
    sameRun, // 4
    durableStarts(), // 5
    effectsBeforeResults(isDone),
    fixedDeadlines, // 6
    neverEarly,
    keptSignals, // 7
    consumedOnce,
    firstWaiterFirst,
    noGhosts,
    nothingPassedOver,
    nothingTooLate,
    countedAtTheEnd,
    acceptedSignals(),
    nothingLiesReady,
    firstRecordedWins, // 8
    allMeansAll,
    halted, // 9
    panics,
    onlyChangedCode(isChanged), // 10
    ownValues,
    ownKinds,
    resetsAreNoFailures, // 11
    noNeedlessUndoing,
    owedWorkHasAlarm(isIndexed), // 12
    nobodyIsStuck,
    lateResults, // 13
    cancelIsAsked, // 14
    childrenEndFirst,
    killUnwindsNothing,
    killTakesChildren,
    cancelStands,
    cancelIsHeard,
    stopsAreSent,
    familiesAgree,
    stopsArrive,
    reverseOrder,
    policyDelays(), // 15
    childDelays(childDelayMs),
    keptDelays,
    noVainRetries,
    nothingEscapes, // 16
    keptLimits(),
    keptRates(),
    slotsGoBack,
    birthFields, // resonate C6
    wholeRows,
    frozenEnds,
    risingEpochs,
    wakeObligation,
    totalOrder,
    oneOutcome,
    nothingAfterOutcome,
    firstRecords,
    startsInTurn,
    promisesSettleOnce,
    updatesAnsweredOnce,
    firstAnswerStands,
    promisesEnd,
    sameAnswers(),
    outboxInOrder,
  ]
}
