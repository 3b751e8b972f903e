// Crash everywhere: a workflow run again and again, each time killed at another moment: does it come to the same?
// Owns: the sweep and what it gives. Must not touch: how one run is killed (crash-plan.ts, test-process.ts).
//   E1. What a killed run is measured by are undisturbed runs, and where these differ among themselves nothing is.
//   E2. Nothing is left out silently: the report says how many moments there were and how many were tried.

import type { ResultOf, WorkflowFunction } from "../engine/workflow/context.ts"
import { counted } from "./counted.ts"
import { CrashPlan, crashPoints, type CrashPoint } from "./crash-plan.ts"
import { Findings } from "./crash-findings.ts"
import { playOnce, type Played, type SweepOptions } from "./crash-run.ts"
import { FindingsError, type Finding } from "./findings.ts"
import { checkOptions, checkSweep, inputList, nameOf, type GivenInput } from "./given.ts"
import { patienceOf, RUN_OPTIONS, type WorkflowRun } from "./run-workflow.ts"

export interface CrashReport<Result = unknown> {
  readonly ok: boolean
  readonly workflow: string
  /** Of the undisturbed run. */
  readonly status: WorkflowRun["status"]
  /** Of the undisturbed run. */
  readonly result: Result | undefined
  /** How often a run was killed. */
  readonly crashes: number
  /** Moments at which the undisturbed run could be killed. */
  readonly points: number
  /** Of these, how many were not tried, because there were more than `maxCrashes`. */
  readonly skipped: number
  /** Journal writes of the undisturbed run, and calls of steps that take their time. */
  readonly writes: number
  readonly calls: number
  readonly findings: readonly Finding[]
  /** The undisturbed run. */
  readonly run: WorkflowRun<Result>
}

const CRASHES_MAX = 1_000

const OPTIONS = new Set([
  ...RUN_OPTIONS,
  ..."world effects reset pure idempotent compare twice maxCrashes".split(" "),
])

/**
 * Runs the workflow undisturbed, then once for each journal write and each call out, killed there.
 * @returns the report, when nothing was found
 * @throws FindingsError with everything that was found
 */
export async function crashEverywhere<F extends WorkflowFunction>(
  workflow: F,
  input?: GivenInput<F>,
  options: SweepOptions = {},
): Promise<CrashReport<ResultOf<F>>> {
  checkOptions("crashEverywhere", workflow, options, OPTIONS)
  checkSweep({ ...options })
  const list = inputList(workflow, input)
  const patience = patienceOf(options)
  let number = 0
  const play = (plan: CrashPlan) =>
    playOnce(workflow, list, options, plan, { number: number++, patience })
  const findings = new Findings(options, nameOf(workflow), () => play(new CrashPlan()))
  const reference = await findings.begin()
  const points = crashPoints(reference.plan.writes, reference.plan.callsOut)
  const tried = sample(points, options.maxCrashes ?? CRASHES_MAX)
  let crashes = 0
  for (const point of tried) {
    const kill = () => play(new CrashPlan(point, options.twice === true ? 2 : 1))
    const played = await kill()
    crashes += played.plan.crashes.length
    await findings.look(played, kill)
  }
  const report = reportOf(nameOf(workflow), reference, findings.all, {
    crashes,
    points: points.length,
    skipped: points.length - tried.length,
  })
  if (report.skipped > 0) {
    console.warn(
      `crashEverywhere tried ${tried.length} of the ${points.length} moments at which "${nameOf(workflow)}" can be killed; raise maxCrashes to try more, or give it a smaller input.`,
    )
  }
  if (report.ok) return report as CrashReport<ResultOf<F>>
  throw new FindingsError(
    `Workflow "${nameOf(workflow)}" is not crash safe: ${counted(findings.all.length, "finding")} in ${counted(crashes, "crash", "crashes")}.`,
    findings.all,
    report,
  )
}

function reportOf(
  workflow: string,
  played: Played,
  findings: readonly Finding[],
  counts: Pick<CrashReport, "crashes" | "points" | "skipped">,
): CrashReport {
  const { plan } = played
  const view = played.view()
  return {
    ok: findings.length === 0,
    workflow,
    status: view.status,
    result: view.result,
    ...counts,
    writes: plan.writes,
    calls: plan.callsOut,
    findings,
    run: view,
  }
}

/** At most so many, evenly over all of them. */
function sample(points: readonly CrashPoint[], most: number): readonly CrashPoint[] {
  if (!(Number.isInteger(most) && most > 0)) {
    throw new TypeError(`maxCrashes is ${most}; give a whole number from 1.`)
  }
  if (points.length <= most) return points
  return points.filter(
    (_, index) =>
      Math.floor((index * most) / points.length) !==
      Math.floor(((index - 1) * most) / points.length),
  )
}
