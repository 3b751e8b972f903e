// Sweep: the same run again and again, each time with its object killed at another place.
// Owns: finding all the places, waking the run by its alarm alone, and saying where it went wrong.
// Must not touch: what a run has to show at its end (the caller compares).

import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test"
import { vi } from "vitest"
import { isFinal, type RunStatus } from "../../../src/engine/ports/runs.ts"
import { someOf } from "../../setup/thorough.ts"
import { pause } from "./runs.ts"
import { watchOf, type CrashPlan } from "./watch.ts"

/** Longest that one run may take to its end. */
const PATIENCE_MS = 25_000

/** Looking costs as much as the run itself, so it is done seldom. */
const LOOK_AGAIN_MS = 40

/** Places a case is killed at in a run of the tests that is not thorough. */
const QUICK_PLACES_MAX = 16

/** Runs under way at once. */
const CONCURRENCY = 16

export interface SweepCase {
  /** Prefix of the ids of this case's runs. */
  readonly name: string
  /** The id of the run that these acts make, from what names one pass of the case. */
  readonly runIdOf: (pass: string) => string
  readonly stubOf: (runId: string) => DurableObjectStub
  /** What is asked from outside, in order; each is asked again until it says true, so it has to be idempotent. */
  readonly acts: readonly ((pass: string) => Promise<boolean>)[]
  /** The records to die at, of so many; all of them unless it is given. */
  readonly recordsOf?: ((count: number) => number[]) | undefined
  /** Dies a second time so many records or calls later. */
  readonly againAfter?: number | undefined
  /** What the pass shows at its end: result and effects, without what differs from pass to pass. */
  readonly shows: (pass: string) => Promise<unknown>
}

/** What ends in the same turn by chance shares a row of the journal: a pass may have so many fewer than another. */
const RECORDS_APART = 3

export interface SweepReport {
  /** Places at which the object was killed. */
  readonly crashes: number
  /** Places that were planned and never reached. */
  readonly missed: readonly string[]
  /** Passes that ended differently, and how. */
  readonly different: Readonly<Record<string, unknown>>
  readonly undisturbed: unknown
}

/** What an object logs just before it dies is never sent, and the end of the test file would wait for it for ever. */
function silence(): void {
  vi.spyOn(console, "log").mockImplementation(() => undefined)
  vi.spyOn(console, "warn").mockImplementation(() => undefined)
}

export async function sweep(sweepCase: SweepCase): Promise<SweepReport> {
  silence()
  const { name, runIdOf } = sweepCase
  const undisturbed = await passOf(sweepCase, `${name}-undisturbed`, undefined)
  const { records, calls } = watchOf(runIdOf(`${name}-undisturbed`))
  const places = [
    ...plansFor("record", sweepCase.recordsOf?.(records) ?? upTo(records), sweepCase.againAfter),
    ...plansFor("call", upTo(calls), sweepCase.againAfter),
  ]
  const plans = someOf(places, QUICK_PLACES_MAX)
  const missed: string[] = []
  const different: Record<string, unknown> = {}
  const work = async () => {
    for (let plan = plans.shift(); plan !== undefined; plan = plans.shift()) {
      const pass = `${name}-${plan.moment}-${plan.at}-${plan.number}`
      const shown = await passOf(sweepCase, pass, plan)
      const mayBeMissed = plan.at === "record" && plan.number > records - RECORDS_APART
      if (!watchOf(runIdOf(pass)).hasCrashed && !mayBeMissed) missed.push(pass)
      if (JSON.stringify(shown) !== JSON.stringify(undisturbed)) different[pass] = shown
    }
  }
  const crashes = plans.length
  await Promise.all(Array.from({ length: CONCURRENCY }, work))
  return { crashes: crashes - missed.length, missed, different, undisturbed }
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1)
}

function plansFor(at: CrashPlan["at"], numbers: number[], againAfter = Infinity): CrashPlan[] {
  return numbers.flatMap((number) => [
    { at, number, moment: "before", againAfter },
    { at, number, moment: "after", againAfter },
  ])
}

async function passOf(
  sweepCase: SweepCase,
  pass: string,
  plan: CrashPlan | undefined,
): Promise<unknown> {
  const runId = sweepCase.runIdOf(pass)
  const stub = () => sweepCase.stubOf(runId)
  watchOf(runId).planCrash(plan)
  const acts = [...sweepCase.acts]
  const untilMs = performance.now() + PATIENCE_MS
  let crashesSeen = 0
  while (performance.now() < untilMs) {
    if (watchOf(runId).crashes > crashesSeen) {
      crashesSeen++
      await expectAlarm(stub())
      // The alarm would come by itself, within a second.
      await survived(runDurableObjectAlarm(stub()))
    }
    const [act] = acts
    if (act !== undefined && (await survived(act(pass))) === true) acts.shift()
    const state = await survived(stateOf(stub()))
    if (state?.status === "halted") return { halted: state.halt }
    if (acts.length === 0 && state !== undefined && isFinal(state.status)) {
      return sweepCase.shows(pass)
    }
    await pause(LOOK_AGAIN_MS)
  }
  return { stuck: await stateOf(stub()), acts: acts.length }
}

/** `undefined` when the object died under the call. */
async function survived<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked
  } catch (error) {
    const { durableObjectReset, code } = error as { durableObjectReset?: unknown; code?: unknown }
    if (durableObjectReset === true || code === "overloaded") return undefined
    throw error
  }
}

interface State {
  readonly status: RunStatus
  readonly halt: unknown
  readonly dueMs: unknown
  readonly alarmMs: number | null
}

/** What stands on disk; `undefined` while there is no run. Passes no door. */
async function stateOf(stub: DurableObjectStub): Promise<State | undefined> {
  return runInDurableObject(stub, async (_, { storage }) => {
    const alarmMs = await storage.getAlarm()
    const names = storage.sql.exec("SELECT name FROM sqlite_master").toArray()
    const has = (table: string) => names.some(({ name }) => name === table)
    if (!has("run")) return undefined
    const [run] = storage.sql.exec("SELECT status, halt FROM run").toArray()
    if (run === undefined) return undefined
    const dueMs = has("waits")
      ? storage.sql.exec("SELECT MIN(due) AS due FROM waits").one()["due"]
      : null
    return { status: run["status"] as RunStatus, halt: run["halt"], dueMs, alarmMs }
  })
}

/** Promise 12: what the crash left on disk owes work only with an alarm. */
async function expectAlarm(stub: DurableObjectStub): Promise<void> {
  // While an alarm is being delivered, none is set.
  for (let looks = 0; looks < 20; looks++) {
    const state = await survived(stateOf(stub))
    const hasDue = (state?.dueMs ?? null) !== null && state?.status !== "paused"
    const owesWork = state?.status === "running" || hasDue
    if (state === undefined || !owesWork || state.alarmMs !== null) return
    await pause(LOOK_AGAIN_MS)
  }
  throw new Error(`A crash left work and no alarm: ${JSON.stringify(await stateOf(stub))}`)
}
