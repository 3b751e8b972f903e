// Watch: what a test plans for one run, and what it learns of it. It outlives the objects that hold the run.
// Owns: the counters, and when a planned crash is due. Must not touch: how the object is made to die (watched.ts).
//   W1. A planned crash happens once, and once again where the plan says so.

/** Right before it, or right after it and before anything else is recorded. */
export type Moment = "before" | "after"

/** Crash at the n-th journal record, write or call out, counted over all lives of the run from 1. */
export interface CrashPlan {
  readonly at: "record" | "write" | "call"
  readonly number: number
  readonly moment: Moment
  /** So many of the same later, in another life, it dies again. */
  readonly againAfter?: number
}

export class Watch {
  /** Records appended to the journal. */
  records = 0
  /** Statements that write, records among them. */
  writes = 0
  /** Calls of a step to the outside. */
  calls = 0
  /** Rows written by every statement, and alarms set: both are billed as rows. */
  rowsWritten = 0
  alarmsSet = 0
  /** Every statement is kept, to see what is read of it. */
  countsReads = false
  /** What the statements of this life have read so far. */
  readByLife: () => number = () => 0
  /** How often an object was made for this run. */
  lives = 0
  /** Variables of the Worker as this run's objects see them, beside those of all. */
  variables: Readonly<Partial<Cloudflare.Env>> | undefined
  #plan: CrashPlan | undefined
  crashes = 0
  /** Called with each statement before it runs; what it throws is thrown by the store. */
  onStatement: ((statement: string) => void) | undefined
  /** Called before each alarm is set; what it throws is the store's refusal. */
  onSetAlarm: (() => void) | undefined
  /** Called before each call out, which waits for it; what it throws is thrown by the call. */
  onCall: (() => void | Promise<void>) | undefined

  /** Which statements find no room in the store: then the stretch is undone and the object reset, as the platform does. */
  isFullFor: ((statement: string) => boolean) | undefined
  /** The store refuses alarms, too, in the same way. */
  isFullForAlarms = false
  /** How often there was no room. */
  refusals = 0
  /** What the store says of its size, in the place of the truth. */
  databaseBytes: number | undefined

  /** Rows read in this life of the object. */
  get rowsRead(): number {
    return this.readByLife()
  }

  get hasCrashed(): boolean {
    return this.crashes > 0
  }

  /** Plans anew; what was counted stays counted. */
  planCrash(plan: CrashPlan | undefined): void {
    this.#plan = plan
    this.crashes = 0
  }

  /** True when the object has to die now. */
  isDue(at: CrashPlan["at"], number: number, moment: Moment): boolean {
    const plan = this.#plan
    if (plan?.at !== at || plan.moment !== moment) return false
    const { againAfter = Infinity } = plan
    const isFirst = this.crashes === 0 && number === plan.number
    const isSecond = this.crashes === 1 && number === plan.number + againAfter
    if (!isFirst && !isSecond) return false
    this.crashes++
    return true
  }
}

const watches = new Map<string, Watch>()

export function watchOf(runId: string): Watch {
  let watch = watches.get(runId)
  if (watch === undefined) {
    watch = new Watch()
    watches.set(runId, watch)
  }
  return watch
}
