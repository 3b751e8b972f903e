// Tree: the live part of a run: fibers (generators being advanced) and the entries they performed.
// Owns: what is known of each and who waits for it. Must not touch: recording, performing, time.
//   T1. Paths are handed out in program order by the fiber that yields, so they are the same on every replay.
//   T2. A fiber does not end before everything it began has ended.
//   T3. An entry has at most one outcome, set once.
//   T4. An entry that is not `recorded` has had no effect anywhere.

import type { Attempt } from "../steps/attempt.ts"
import type { Fold } from "../folds/fold.ts"
import type { EntryKind, Outcome } from "../ports/journal.ts"
import type {
  AnyFunction,
  Compensation,
  CallOptions,
  CompositeKind,
  Members,
  ParentClose,
  Pending,
  StepOptions,
  Validate,
} from "../workflow/operation.ts"

export type WorkflowGenerator = Generator<unknown, unknown, unknown>

/** Why a fiber is being unwound, and the state its entry will end in. */
export interface CancelReason {
  readonly state: "cancelled" | "timed_out"
  readonly message: string
  /** Whoever cancels goes on once a child's stop is on its way, without waiting for the child's end. */
  readonly leavesChildren?: true
}

/**
 * What a cancellation led to.
 * - `told`: it ends, now or once what it is made of has been unwound
 * - `ending`: it ends in its own way (a child that was told to, a shielded section); its own outcome will say how
 * - `untouched`: it goes on
 */
export type Cancelled = "told" | "ending" | "untouched"

/** How a generator ended. */
export type FiberResult =
  | { readonly type: "returned"; readonly value: unknown }
  | { readonly type: "threw"; readonly error: unknown }

/** What the generator is sent next. */
export type Resume =
  | { readonly type: "next"; readonly value: unknown }
  | { readonly type: "throw"; readonly error: unknown }
  | { readonly type: "return" }
  /** The future of an entry that is recorded now. */
  | { readonly type: "begun"; readonly entry: Entry }

export class Fiber {
  /** The user's, then the one that undoes what was registered (compensations.ts). */
  generator: WorkflowGenerator
  readonly pathPrefix: string
  /** The entry it settles; none for the workflow itself. */
  readonly entry: Entry | undefined
  #nextIndex = 0
  /** Entries it performed that have no outcome yet. */
  readonly open = new Set<Entry>()
  /** Entries it began that failed and that nobody has waited for. */
  readonly unobservedFailures = new Set<Entry>()
  waitingFor: Entry | undefined
  /** Set once the fiber is being unwound; its end is then this, whatever it returns. */
  cancelled: CancelReason | undefined
  /** The cancellation still has to be thrown, because the fiber was not waiting when it came. */
  cancelPending = false
  /** Its generator has been advanced, so it can catch what is thrown into it. */
  hasBegun = false
  /** The generator has ended and waits for what it began. */
  result: FiberResult | undefined
  /** What undoes what it has done, in the order it was registered. */
  readonly compensations: Compensation[] = []
  /** How it ends, decided before it began to undo; from then on no cancellation reaches it. */
  undoing: Outcome | undefined
  /** Which of its compensations is being called, in the order they were registered. */
  undoIndex = 0
  ended = false

  constructor(generator: WorkflowGenerator, pathPrefix: string, entry: Entry | undefined) {
    this.generator = generator
    this.pathPrefix = pathPrefix
    this.entry = entry
  }

  /** A compensation's is its own, whatever was done before: a run that is taken back may come to other steps. */
  nextPath(): string {
    if (this.undoing !== undefined) return `${this.pathPrefix}undo.${this.undoIndex}`
    return this.pathPrefix + this.#nextIndex++
  }
}

interface StepBody {
  readonly type: "step"
  readonly fn: AnyFunction
  readonly input: readonly unknown[]
  /** Gives the arguments of each call instead: copies, where they must be. */
  readonly supply?: () => readonly unknown[]
  readonly options: StepOptions
  /** The n-th call of a function of this name in the run; counted only when the run has faults. */
  readonly call: number
  /** Attempts begun so far. */
  attempts: number
  /** Failures since the start, or since a person asked for a retry. */
  failures: number
  /** The error after which the retries were used up, and a person has to say what follows. */
  exhausted?: string | undefined
  /** Attempts in a row that began and left no outcome. */
  lost: number
  /** `seq` of the start record that has no outcome yet. */
  openStartSeq: number | undefined
  /** The attempt in flight in this process. */
  running: Attempt | undefined
}

interface WorkflowBody {
  readonly type: "workflow"
  readonly fn: AnyFunction
  readonly input: readonly unknown[]
  /** A cancellation from around it does not reach it. */
  readonly isShielded: boolean
  fiber: Fiber | undefined
}

interface ChildBody {
  readonly type: "child"
  readonly workflow: string
  readonly inputText: string
  readonly options: CallOptions
  readonly close: ParentClose
  /** On its own: not waited for, not cancelled, without inherited deadline. */
  readonly isDetached: boolean
  /** Id of the last child started. */
  id: string
  /** Children started so far. */
  attempts: number
  failures: number
  /** The child was told to end. */
  isStopped: boolean
}

export interface CompositeBody {
  readonly type: "composite"
  readonly composite: CompositeKind
  readonly members: Members
  /** So many members may be open at a time. */
  readonly concurrency: number
  /** Started members; of one that has ended only its outcome is kept, where that says everything. */
  readonly entries: (Entry | undefined)[]
  readonly outcomes: (Outcome | undefined)[]
  /** Members are just being started. */
  starting: boolean
  /** Members started so far, in their order. */
  started: number
  /** Started members without outcome. */
  open: number
  /** The member that decided, once one has. */
  decided: number | undefined
  cancelled: CancelReason | undefined
}

interface ValueBody {
  readonly type: "value"
  /** Makes the encoded value when it is first recorded; it may have an effect on the store. */
  readonly make: () => string
}

interface FoldBody {
  readonly type: "fold"
  readonly fold: Fold
  /** The item that is at work, if it has an entry. */
  item: Entry | undefined
  /** The outcome of that item is in the accumulator already. */
  isTaken: boolean
  /** It is being advanced, so that an item that settles at once does not advance it again. */
  isAtWork: boolean
  cancelled: CancelReason | undefined
}

export type EntryBody =
  | StepBody
  | FoldBody
  | WorkflowBody
  | ChildBody
  | CompositeBody
  | ValueBody
  | { readonly type: "timer"; readonly forMs: number; readonly untilMs: number | undefined }
  | { readonly type: "signal" }
  | { readonly type: "receive"; readonly validate: Validate | undefined }
  | { readonly type: "promise"; token: string }

/** Who is told when an entry settles. */
export type Waiter =
  | { readonly type: "fiber"; readonly fiber: Fiber }
  | { readonly type: "member"; readonly of: Entry; readonly index: number }
  | { readonly type: "fold"; readonly of: FoldEntry }

export interface EntryFields {
  readonly path: string
  readonly kind: EntryKind
  readonly name: string | undefined
  readonly digest: number
  readonly owner: Fiber
  readonly body: EntryBody
  readonly timeoutMs?: number | undefined
}

export class Entry implements Pending {
  readonly path: string
  readonly kind: EntryKind
  readonly name: string | undefined
  readonly digest: number
  readonly owner: Fiber
  readonly body: EntryBody
  /** Of a wait, or of all attempts together. */
  readonly timeoutMs: number | undefined
  /** The absolute deadline that `timeoutMs` became when the entry was first recorded. */
  deadlineMs: number | undefined
  recorded = false
  outcome: Outcome | undefined
  /** Somebody waits or has waited, so a failure is not lost. */
  observed = false
  readonly waiters: Waiter[] = []
  /** The fold that it is an item of. */
  itemOf: FoldEntry | undefined
  /** The fiber that began it and cannot go on before it is recorded. */
  recordWaiter: Fiber | undefined
  /** Ids of its waits: its timers and its place in `waitingFor`. */
  readonly waitIds: number[] = []

  constructor(fields: EntryFields) {
    this.path = fields.path
    this.kind = fields.kind
    this.name = fields.name
    this.digest = fields.digest
    this.owner = fields.owner
    this.body = fields.body
    this.timeoutMs = fields.timeoutMs
  }
}

export type StepEntry = Entry & { readonly body: StepBody }

export function isStep(entry: Entry): entry is StepEntry {
  return entry.body.type === "step"
}

export type ChildEntry = Entry & { readonly body: ChildBody }

export function isChild(entry: Entry): entry is ChildEntry {
  return entry.body.type === "child"
}

export type FoldEntry = Entry & { readonly body: FoldBody }

export function isFold(entry: Entry): entry is FoldEntry {
  return entry.body.type === "fold"
}
