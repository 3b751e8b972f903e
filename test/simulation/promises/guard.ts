// Guard: tells every check what happens, and throws at the first promise that is broken.
// Owns: the views of all runs, and the order in which the parts of a commit are told. Must not touch: what is right.
//   G1. A check is only asked what it can answer: the lists are made once.

import { BrokenPromise } from "./broken-promise.ts"
import type { Answered } from "./answers.ts"
import type { Check, Effect, Finding, Quiet } from "./check.ts"
import type { Change, Rows, RunFields } from "./rows.ts"
import { RunView, type AttemptNote, type Sight } from "./run-view.ts"

type Hook = Exclude<keyof Check, "promise" | "says">
type Hooked<H extends Hook> = Check & Required<Pick<Check, H>>

export class Guard {
  readonly runs = new Map<string, RunView>()
  /** Every life that each run has had, in their order. */
  readonly #lives = new Map<string, RunFields[]>()
  readonly #record: Hooked<"record">[]
  readonly #commit: Hooked<"commit">[]
  readonly #stretch: Hooked<"stretch">[]
  readonly #reset: Hooked<"reset">[]
  readonly #gone: Hooked<"gone">[]
  readonly #called: Hooked<"called">[]
  readonly #arrived: Hooked<"arrived">[]
  readonly #answered: Hooked<"answered">[]
  readonly #escaped: Hooked<"escaped">[]
  readonly #quiet: Hooked<"quiet">[]

  constructor(checks: readonly Check[]) {
    const having = <H extends Hook>(hook: H) =>
      checks.filter((check): check is Hooked<H> => check[hook] !== undefined)
    this.#record = having("record")
    this.#commit = having("commit")
    this.#stretch = having("stretch")
    this.#reset = having("reset")
    this.#gone = having("gone")
    this.#called = having("called")
    this.#arrived = having("arrived")
    this.#answered = having("answered")
    this.#escaped = having("escaped")
    this.#quiet = having("quiet")
  }

  committed(id: string, change: Change): void {
    let run = this.view(id)
    const { incarnation } = run
    if (incarnation !== "" && isOther(run.rows, change.rows)) {
      for (const check of this.#gone)
        this.#judge(check, run.id, check.gone(run, change.rows, change.atMs))
      run = new RunView(id)
      this.runs.set(id, run)
    }
    for (const check of this.#stretch) this.#judge(check, id, check.stretch(run, change))
    run.begin(change)
    for (const record of change.appended) {
      for (const check of this.#record) this.#judge(check, id, check.record(run, record, change))
      run.add(record)
    }
    run.end(change)
    this.#noteLife(id, change.rows)
    for (const check of this.#commit) this.#judge(check, id, check.commit(run, change))
  }

  /** The object lost its memory, and whatever was not committed. */
  reset(id: string): void {
    const run = this.view(id)
    for (const check of this.#reset) this.#judge(check, id, check.reset(run))
    run.calls = []
    run.sights = []
  }

  /**
   * The disk refused what the stretch would have recorded: the workflow that saw it is thrown away, and the effects of
   * what it did by it are judged as all others are.
   */
  refused(id: string): void {
    this.view(id).sights = []
  }

  called(note: AttemptNote): void {
    const run = this.view(note.run)
    for (const check of this.#called) this.#judge(check, note.run, check.called(run, note))
    run.calls.push(note)
  }

  arrived(effect: Effect): void {
    const run = this.view(effect.run)
    for (const check of this.#arrived) this.#judge(check, effect.run, check.arrived(run, effect))
  }

  saw(sight: Sight): void {
    this.view(sight.run).sights.push(sight)
  }

  /** A person's verb is on its way to the run, or was refused. */
  operated(id: string, isUnderWay: boolean): void {
    this.view(id).operated = isUnderWay
  }

  /** The life that the run has, if it has one. */
  lives(id: string): RunFields[] {
    const run = this.view(id).rows.run
    return run === undefined ? [] : [run]
  }

  /** Every life that the run has had, in their order; the last one may be over as well. */
  allLives(id: string): readonly RunFields[] {
    return this.#lives.get(id) ?? []
  }

  answered(id: string, answer: Answered): void {
    const run = this.view(id)
    for (const check of this.#answered) this.#judge(check, id, check.answered(run, answer))
  }

  escaped(id: string, what: string): void {
    const run = this.view(id)
    for (const check of this.#escaped) this.#judge(check, id, check.escaped(run, what))
  }

  quiet(atMs: number): void {
    const quiet: Quiet = { atMs, runs: this.runs }
    for (const check of this.#quiet) {
      const broken = check.quiet(quiet)
      if (broken !== undefined)
        throw new BrokenPromise(check, this.view(broken.run), broken.finding)
    }
  }

  view(id: string): RunView {
    let run = this.runs.get(id)
    if (run === undefined) {
      run = new RunView(id)
      this.runs.set(id, run)
    }
    return run
  }

  #noteLife(id: string, { run }: Rows): void {
    if (run === undefined) return
    const lives = this.#lives.get(id) ?? []
    this.#lives.set(id, lives)
    const last = lives.at(-1)
    if (last?.incarnation !== run.incarnation || last.createdAtMs !== run.createdAtMs)
      lives.push(run)
  }

  #judge(check: Check, run: string, finding: Finding | undefined): void {
    if (finding !== undefined) throw new BrokenPromise(check, this.view(run), finding)
  }
}

/** Another life of the run. A start that was on its way when its run was deleted makes one of the same incarnation. */
function isOther({ run: before }: Rows, { run }: Rows): boolean {
  return before?.incarnation !== run?.incarnation || before?.createdAtMs !== run?.createdAtMs
}
