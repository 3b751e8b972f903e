// Crash run: one run of a sweep, in a world of its own, and what is left of it to be compared.
// Owns: the options of a sweep, and the order world, run, look. Must not touch: what is made of it (crash-findings.ts).

import type { WorkflowFunction } from "../engine/workflow/context.ts"
import { decode } from "../engine/values/codec.ts"
import type { Halt } from "../engine/errors.ts"
import { arrivalsOf, type Arrivals } from "./arrivals.ts"
import { SHIFTS_MS, type Sighting } from "./body-watch.ts"
import { copyOf, growth } from "./comparison.ts"
import type { CrashPlan } from "./crash-plan.ts"
import type { Patience } from "./family.ts"
import { checkSweep } from "./given.ts"
import type { MemberRun } from "./member-run.ts"
import { rehearse, viewOf, type WorkflowRun, type WorkflowTestOptions } from "./run-workflow.ts"

/** What stands around one run: options of its own, and what it has done to the outside. */
export interface World extends WorkflowTestOptions {
  /** The outside as it stands, or a promise of it; compared with that of undisturbed runs. */
  readonly effects?: (() => unknown) | undefined
  /** The arguments of this very run, in the place of those that stand in the call. */
  readonly input?: readonly unknown[] | undefined
}

export interface SweepOptions extends World {
  /** Makes a new world for each run; what it gives stands in front of the other options. */
  readonly world?: (() => World | Promise<World>) | undefined
  /** Called before each run, to put the outside back to where it began. */
  readonly reset?: (() => unknown) | undefined
  /** Steps that only compute or read, by name: it does no harm when they are called again. */
  readonly pure?: readonly string[] | undefined
  /** Steps that are safe by a key of their own, by name. */
  readonly idempotent?: readonly string[] | undefined
  /** What is compared of a run; status, result, error, halt and published state unless given. */
  readonly compare?: ((run: WorkflowRun) => unknown) | undefined
  /** Kills each run a second time, at the next write or call after it has come back. */
  readonly twice?: boolean | undefined
  /** Moments that are tried at most; 1,000 unless given. */
  readonly maxCrashes?: number | undefined
}

export interface Divergence {
  readonly message: string
  /** Where, what was recorded and what was found, as far as there is one place. */
  readonly details?: unknown
}

export interface Played {
  readonly plan: CrashPlan
  view(): WorkflowRun
  readonly sightings: readonly Sighting[]
  /** Why the journal does not lead to where the run is. */
  readonly divergence: Divergence | undefined
  readonly arrivals: Arrivals
  /** What the run came to, for comparison. */
  readonly end: unknown
  /** The outside as the run left it; `undefined` when nobody shows it, or it is not made anew for each run. */
  readonly effects: unknown
  /** How much there is more of everything outside than before the run. */
  readonly grown: ReadonlyMap<string, number> | undefined
}

/** A step that always fails is tried less often than in a single run: each attempt is a moment to be killed at. */
const ATTEMPTS_MAX = 20

export interface Round {
  /** How many runs of the sweep there were before: each is shown another time, and another after its crash. */
  readonly number: number
  readonly patience: Patience
}

export async function playOnce(
  workflow: WorkflowFunction,
  input: readonly unknown[],
  options: SweepOptions,
  plan: CrashPlan,
  { number, patience }: Round,
): Promise<Played> {
  const world: World = { ...options, ...(await options.world?.()) }
  checkSweep({ ...world })
  await options.reset?.()
  const isNew = options.world !== undefined || options.reset !== undefined
  const before = copyOf(await world.effects?.())
  const fields = { instruments: plan, isShifting: true, firstLife: number }
  const list = world.input ?? input
  const given = { attemptsMax: ATTEMPTS_MAX, ...world }
  const rehearsal = await rehearse(workflow, list, given, fields, patience)
  const view = () => viewOf(rehearsal, list, world)
  const effects = copyOf(await world.effects?.())
  const { members } = rehearsal.family
  // What nothing has disturbed is replayed at any time, anything else at one.
  const lives = plan.isUndisturbed ? SHIFTS_MS.map((_, life) => life) : [number]
  const divergence = members
    .flatMap((member) => lives.map((life) => divergenceOf(member, life)))
    .find((each) => each !== undefined)
  return {
    plan,
    view,
    sightings: members.flatMap(({ sightings }) => sightings),
    divergence,
    arrivals: arrivalsOf(members),
    end: options.compare === undefined ? endOf(rehearsal.family.root) : options.compare(view()),
    effects: isNew ? effects : undefined,
    grown: world.effects === undefined ? undefined : growth(before, effects),
  }
}

function divergenceOf(member: MemberRun, life: number): Divergence | undefined {
  const { halt } = member
  if (halt?.code === "divergence") return halt
  try {
    member.replayIn(life)
    return undefined
  } catch (error) {
    if (!(error instanceof Error)) throw error
    const { message, cause } = error
    return { message, details: (cause as Halt | undefined)?.details }
  }
}

function endOf({ status, end, error, halt, memory }: MemberRun): unknown {
  return {
    status,
    result: end?.state === "completed" ? decode(end.text) : undefined,
    error,
    halt: halt && { code: halt.code, message: halt.message },
    published: new Map([...memory.published].map(([name, text]) => [name, decode(text)])),
  }
}
