// Ports: what the engine needs from the world, and who owes what.
// The engine calls them synchronously; nothing here may be awaited, because everything between two waits is one
// atomic stretch. Implementations: object/ (SQLite, alarm), test/support (memory).

import type { JournalRecord, Outcome } from "./journal.ts"

/** Something a run waits for, as it is shown in `waitingFor`. A `due` wait is also a timer. */
export interface Wait {
  /** `seq` of the record that created it. */
  readonly id: number
  readonly kind: "timer" | "retry" | "signal" | "update" | "promise" | "timeout"
  readonly path: string
  readonly name?: string | undefined
  /** Absolute, fixed when first created. */
  readonly dueMs?: number | undefined
}

/** A message accepted from outside and not consumed yet. */
export interface InboxMessage {
  readonly id: number
  readonly name: string
  readonly text: string
}

/** A child to be started, together with the record that says so. */
export interface ChildStart {
  readonly path: string
  readonly attempt: number
  readonly id: string
  /** By it a repeated start knows its own run again. */
  readonly incarnation: string
  readonly workflow: string
  readonly version: number | undefined
  readonly inputText: string
  /** Absolute: not begun before. */
  readonly startAtMs: number | undefined
  /** Absolute. */
  readonly deadlineMs: number | undefined
  readonly tags: Readonly<Record<string, string>> | undefined
  /** What becomes of it when the parent is killed: all but `cancel` and `wait` live on. */
  readonly close: "cancel" | "abandon" | "wait" | "detached"
}

/** What is kept of a fold: its accumulator after so many items. */
export interface KeptFold {
  readonly count: number
  readonly text: string
  /** The last record before it was kept; the records of its items up to there are forgotten. */
  readonly lastSeq: number
}

export interface Snapshot extends KeptFold {
  /** `seq` of the record that opened the fold. */
  readonly id: number
  readonly path: string
  /** The last record before the snapshot before this one. */
  readonly afterSeq: number
}

/** Rows of one run. Whatever is written in one stretch is committed together or not at all. */
export interface RunStore {
  /**
   * Writes that stand together or not at all, also when one of them throws. Whoever sees it throw throws the machine
   * away. No code of a user's may run in there.
   */
  atomically<T>(work: () => T): T
  /** Nothing is ever written, so nothing that may touch the outside is ever called. */
  readonly isReadOnly?: boolean
  /**
   * Adds records that follow one another; each `seq` is greater than every earlier one of this generation. A record with
   * a `ref` consumes that message with the same write: a signal is gone then, an update stays until it is answered.
   * @param areLast the run ends with them
   */
  append(records: readonly JournalRecord[], areLast?: boolean): void
  /** Records after `afterSeq` in order: about `limit` of them, none only at the end. */
  read(afterSeq: number, limit: number): JournalRecord[]
  /**
   * Keeps the accumulator of a fold in the place of the one before, and with the same write forgets the records of its
   * items, at paths directly under its own, that came after `afterSeq` and up to `lastSeq`.
   * @returns how many records are forgotten
   */
  saveFold(snapshot: Snapshot): number
  fold(id: number): KeptFold | undefined
  /** The same without the accumulator. */
  foldPlace(id: number): Omit<KeptFold, "text"> | undefined
  saveWait(wait: Wait): void
  dropWait(id: number): void
  waits(): Wait[]
  /** The oldest unconsumed message of that name; `undefined` when there is none. */
  nextMessage(kind: "signal" | "update", name: string): InboxMessage | undefined
  /**
   * First answer wins; later ones are ignored, so that a replay may answer again. An update that is refused before it
   * is accepted is answered without ever being consumed; it is not offered again.
   */
  answerUpdate(
    id: number,
    answer: Outcome | { readonly state: "rejected"; readonly text: string },
  ): void
  publish(name: string, text: string): void
  createPromise(path: string, token: string): void
  /** How the promise at this path was settled from outside, if it was. */
  promiseOutcome(path: string): Outcome | undefined
  /** Records an outcome the run itself decided (timeout, cancel), for later askers. */
  settlePromise(path: string, outcome: Outcome): void
  /** Notes the child and sends it its start, in the place of an earlier one at this path. */
  startChild(child: ChildStart): void
  /** Whether a child of this path is noted, under way or ended. */
  hasChild(path: string): boolean
  /** How the child of this path has ended, if it has told so. */
  childOutcome(path: string): { readonly attempt: number; readonly outcome: Outcome } | undefined
  /** Sends the child a request to end, after its start. */
  stopChild(path: string, reason: string): void
  /** Its outcome stands in the journal, or nobody asks for it any more. */
  dropChild(path: string): void
}

export interface Clock {
  nowMs(): number
}

interface Entropy {
  /** In [0, 1). */
  random(): number
  uuid(): string
  /** A printable token for a promise of this run that nobody can guess. */
  promiseToken(): string
}

/** Who runs the machine. */
export interface Host {
  /**
   * An attempt ended: drive again soon, in this event. Must not throw: there is nobody to catch it.
   * @param areOthersAtWork attempts are in flight that have not ended
   */
  wake(areOthersAtWork: boolean): void
  dependency(name: string): unknown
  /** The name under which a workflow function is registered; `undefined` when it is not. */
  workflowName(fn: unknown): string | undefined
  /** Lets the object die as if its process were killed (development only); rows already written are kept. */
  crash(): void
  /**
   * What functions were told that cannot be recorded: the object is reset at once, and with it goes all that was written
   * in this stretch and all that waits for it to be durable.
   */
  undoStretch(error: unknown): void
  log(level: "warn" | "error", message: string, fields: Readonly<Record<string, unknown>>): void
}

export interface Ports {
  readonly store: RunStore
  readonly clock: Clock
  readonly entropy: Entropy
  readonly host: Host
}

/** A fault on purpose, from the `x-belay-fault` header (development only). */
export interface Fault {
  readonly step: string
  /** The n-th call of the step function of that name, from 1. */
  readonly call: number
  readonly attempt: number | "*"
  readonly action: "throw" | "hang" | "crash"
}
