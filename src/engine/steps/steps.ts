// Steps: attempts of step functions: start, call, retry, give up.
// Owns: which attempts are in flight, the slots, and what follows a failure. Must not touch: fibers, other entries.
//   S1. Before a function that may touch the outside is called, a write is pending in the same stretch: its start
//       record, or for a plain function whatever was written before it (promise 2, design section 4).
//   S2. An outcome is recorded only for the attempt that is current; a later result is refused (promise 13).
//   S3. A lost attempt is no failure and uses up no retry (promise 11).

import { Attempt, type AttemptEnd } from "./attempt.ts"
import { encode, encodeThrown } from "../values/codec.ts"
import { attemptsLostHalt, exhaustedHalt } from "./step-halts.ts"
import type { Core } from "../machine/core.ts"
import { TimeoutError } from "../errors.ts"
import { faultOf } from "./fault-of.ts"
import { kindOfFunction, returnsPromise, noteReturnsPromise } from "../workflow/function-kind.ts"
import { InFlight } from "./in-flight.ts"
import type { JournalRecord } from "../ports/journal.ts"
import type { Wait } from "../ports/ports.ts"
import { isPlatformReset } from "./platform-reset.ts"
import { DEFAULT_STEP_POLICY, retryDelayMs } from "./retry.ts"
import { afterFailure } from "./retry-due.ts"
import { askRetryIf, type Verdict } from "./retry-question.ts"
import { attemptTimeoutMs, callStep, launch } from "./step-call.ts"
import { follow, isGenerator, isThenable, refuseGenerator } from "./step-result.ts"
import { warnOf, warnOfEnd, warnOfLost } from "./step-warning.ts"
import type { StepEntry } from "../machine/tree.ts"

export class Steps {
  readonly #core: Core
  readonly inFlight: InFlight
  readonly #queue = new Set<StepEntry>()

  constructor(core: Core) {
    this.#core = core
    this.inFlight = new InFlight(core.limits.attemptsInFlight)
  }

  /** Performs the next attempt now, or queues it for a slot. */
  perform(entry: StepEntry): void {
    if (!this.#needsStartRecord(entry)) return this.#callPlain(entry)
    if (this.inFlight.hasSlot) return this.#start(entry)
    // An async function waits unrecorded, since a replay can tell that it must have waited; for any other function
    // only a record can say so.
    if (!entry.recorded && kindOfFunction(entry.body.fn) !== "async") {
      this.#core.record(entry, { type: "open" })
    }
    this.#queue.add(entry)
  }

  /** Starts one queued attempt if there is a slot. */
  performQueued(): boolean {
    if (!this.inFlight.hasSlot) return false
    for (const entry of this.#queue) {
      this.#queue.delete(entry)
      if (entry.outcome !== undefined) continue
      this.#start(entry)
      return true
    }
    return false
  }

  #needsStartRecord(entry: StepEntry): boolean {
    const { fn } = entry.body
    return (
      kindOfFunction(fn) === "async" ||
      returnsPromise(fn) ||
      entry.timeoutMs !== undefined ||
      faultOf(this.#core, entry, entry.body.attempts + 1) !== undefined ||
      !this.#core.ports.store.secure()
    )
  }

  #newAttempt({ name = "", path }: StepEntry, number: number): Attempt {
    const { run, ports } = this.#core
    return new Attempt({ run, name, path, number, host: ports.host })
  }

  #recordStart(entry: StepEntry, attempt: Attempt): void {
    const record = this.#core.record(entry, { type: "start", attempt: attempt.attempt })
    entry.body.attempts = attempt.attempt
    entry.body.openStartSeq = record.seq
    attempt.deadlineMs = record.atMs + attemptTimeoutMs(entry, attempt.attempt)
    entry.body.running = attempt
    this.inFlight.add(entry)
  }

  #start(entry: StepEntry): void {
    const attempt = this.#newAttempt(entry, entry.body.attempts + 1)
    this.#recordStart(entry, attempt)
    this.#core.ports.store.secure()
    launch(this.#core, entry, attempt, (ok, value) =>
      this.#core.post({ type: "attempt", entry, attempt, ok, value }),
    )
  }

  #callPlain(entry: StepEntry): void {
    const attempt = this.#newAttempt(entry, entry.body.attempts + 1)
    let returned: unknown
    try {
      returned = callStep(entry, attempt)
    } catch (error) {
      return this.takeThrown(entry, attempt, error)
    }
    this.takeReturned(entry, attempt, returned)
  }

  /** A plain function has thrown. */
  takeThrown(entry: StepEntry, attempt: Attempt, error: unknown): void {
    const asked = askRetryIf(error, entry.body.options)
    if (asked !== undefined && "later" in asked) {
      this.#recordStart(entry, attempt)
      return this.#await(entry, attempt, error, asked.later)
    }
    entry.body.attempts = attempt.attempt
    this.#failed(entry, attempt.attempt, error, asked)
  }

  /** A plain function has returned: with a value it is done, with a promise it turns out to be asynchronous. */
  takeReturned(entry: StepEntry, attempt: Attempt, returned: unknown): void {
    if (isThenable(returned)) {
      noteReturnsPromise(entry.body.fn)
      this.#recordStart(entry, attempt)
      follow(returned, (ok, value) =>
        this.#core.post({ type: "attempt", entry, attempt, ok, value }),
      )
      return
    }
    entry.body.attempts = attempt.attempt
    this.#completed(entry, attempt.attempt, returned)
  }

  /** An attempt that was in flight has ended; refused unless it is still the current one. */
  ended(entry: StepEntry, attempt: Attempt, { ok, value, verdict }: AttemptEnd): void {
    if (entry.outcome !== undefined || entry.body.running !== attempt) return
    if (!ok && isPlatformReset(value)) return this.#lose(entry, value)
    const asked = ok ? undefined : (verdict ?? askRetryIf(value, entry.body.options))
    if (asked !== undefined && "later" in asked) {
      return this.#await(entry, attempt, value, asked.later)
    }
    this.#release(entry)
    if (ok) this.#completed(entry, attempt.attempt, value)
    else this.#failed(entry, attempt.attempt, value, asked)
  }

  /** The attempt is over once `retryIf` has answered, which may take as long as an attempt. */
  #await(entry: StepEntry, attempt: Attempt, error: unknown, answer: PromiseLike<unknown>): void {
    attempt.isAsking = true
    attempt.deadlineMs = this.#core.ports.clock.nowMs() + attemptTimeoutMs(entry, attempt.attempt)
    follow(answer, (ok, value) => {
      const verdict = ok ? { value } : { thrown: value }
      this.#core.post({ type: "attempt", entry, attempt, ok: false, value: error, verdict })
    })
  }

  timedOut(entry: StepEntry, attempt: Attempt): void {
    const { attempt: number } = attempt
    const error = new TimeoutError(
      `Attempt ${number} of ${entry.name} took longer than ${attemptTimeoutMs(entry, number)} ms.`,
    )
    attempt.abort(error)
    const tooLong = { verdict: { thrown: new TimeoutError("retryIf took too long") } }
    this.ended(entry, attempt, { ok: false, value: error, ...(attempt.isAsking && tooLong) })
  }

  /** The step is given up from outside (cancel, its deadline): whatever it still returns is refused. */
  abandon(entry: StepEntry, reason: Error): void {
    entry.body.running?.abort(reason)
    this.#release(entry)
  }

  replayStart(entry: StepEntry, record: JournalRecord): void {
    const { body } = entry
    this.#core.waits.drop(entry, "retry")
    if (body.openStartSeq !== undefined) body.lost++
    body.openStartSeq = record.seq
    body.attempts = record.attempt ?? body.attempts + 1
  }

  replayFailure(entry: StepEntry, record: JournalRecord): void {
    const { body } = entry
    body.attempts = record.attempt ?? body.attempts
    body.failures++
    body.lost = 0
    body.openStartSeq = undefined
    this.#core.waits.drop(entry, "retry")
    if (record.dueMs === undefined) body.exhausted = record.text
    else this.#awaitRetry(entry, record.seq, record.dueMs, true)
  }

  /** A person asked for another go: what went wrong before no longer counts. */
  pardon(entry: StepEntry, attempts: number): void {
    entry.body.failures = 0
    entry.body.exhausted = undefined
    // The attempt that is still open is about to be counted as lost once more.
    entry.body.lost = entry.body.openStartSeq === undefined ? 0 : -1
    entry.body.attempts = Math.max(entry.body.attempts, attempts)
  }

  /** The retry's timer has fired. */
  retryDue(entry: StepEntry): void {
    this.#core.waits.drop(entry, "retry")
    this.perform(entry)
  }

  #awaitRetry(entry: StepEntry, id: number, dueMs: number | undefined, isReplayed: boolean): void {
    const { path, name } = entry
    this.#core.waits.add(entry, { id, kind: "retry", path, name, dueMs }, isReplayed)
  }

  /**
   * After a replay: an attempt that began and left no outcome was lost, and the next one follows. It takes its turn
   * in the queue, so that each is a fact of its own.
   */
  recover(entry: StepEntry, stored: ReadonlyMap<number, Wait>): void {
    const { body } = entry
    // It began in this life, after the journal had come to its end.
    if (body.running !== undefined) return
    if (body.exhausted !== undefined) return this.#core.halt(exhaustedHalt(entry))
    if (body.openStartSeq === undefined) {
      if (!this.#core.waits.has(entry, "retry")) this.#queue.add(entry)
      return
    }
    this.#lost(entry, stored.get(body.openStartSeq), "the object was reset under it")
  }

  /** The platform took away what the attempt had called: it is lost although this process lives. */
  #lose(entry: StepEntry, error: unknown): void {
    entry.body.running = undefined
    this.inFlight.delete(entry)
    this.#lost(entry, undefined, error)
  }

  /** At once the first time, then with the delays of the default policy, whatever the step's own (promise 11). */
  #lost(entry: StepEntry, known: Wait | undefined, error: unknown): void {
    const { body } = entry
    body.lost++
    // Told of once; what a person took back is not lost.
    if (known === undefined && body.lost > 0) warnOfLost(this.#core, entry, error)
    if (body.lost >= this.#core.limits.attemptsLost) {
      return this.#core.halt(attemptsLostHalt(entry))
    }
    const delayMs = body.lost <= 1 ? null : retryDelayMs(DEFAULT_STEP_POLICY, body.lost - 1)
    if (body.openStartSeq === undefined || delayMs === null) {
      this.#queue.add(entry)
      return
    }
    const dueMs = known?.dueMs ?? this.#core.ports.clock.nowMs() + delayMs
    this.#awaitRetry(entry, body.openStartSeq, dueMs, known !== undefined)
  }

  #release(entry: StepEntry): void {
    entry.body.running = undefined
    entry.body.openStartSeq = undefined
    entry.body.lost = 0
    this.inFlight.delete(entry)
  }

  #completed(entry: StepEntry, number: number, value: unknown): void {
    let text: string
    try {
      text = encode(isGenerator(value) ? refuseGenerator(entry.name) : value)
    } catch (error) {
      return this.#failed(entry, number, error)
    }
    this.#core.settle(entry, { state: "completed", text }, number)
  }

  #failed(entry: StepEntry, number: number, error: unknown, verdict?: Verdict): void {
    const { body } = entry
    const text = encodeThrown(error)
    const next = afterFailure(this.#core, entry, error, verdict)
    if (next.type === "final") {
      warnOfEnd(this.#core, entry, number, next.error)
      const final = next.error === error ? text : encodeThrown(next.error)
      return this.#core.settle(entry, { state: "failed", text: final }, number)
    }
    body.failures++
    if (next.type === "pause") {
      this.#core.record(entry, { type: "fail", attempt: number, text })
      body.exhausted = text
      return this.#core.halt(exhaustedHalt(entry))
    }
    const { dueMs } = next
    // A machine that is busy may come to say so only when the pause is over.
    const retryInMs = Math.max(dueMs - this.#core.ports.clock.nowMs(), 0)
    warnOf(
      this.#core,
      entry,
      `Step ${entry.name} failed and is tried again.`,
      number,
      error,
      retryInMs,
    )
    const record = this.#core.record(entry, { type: "fail", attempt: number, text, dueMs })
    this.#awaitRetry(entry, record.seq, dueMs, false)
  }
}
