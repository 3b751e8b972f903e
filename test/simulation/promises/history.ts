// History: a run's life told to the checks by hand: what is committed, called, seen and answered.
// Owns: plain rows to begin with, and the numbers of records. Each test breaks one promise in it.

import { encode } from "../../../src/engine/values/codec.ts"
import type { JournalRecord } from "../../../src/engine/ports/journal.ts"
import type { Answered } from "./answers.ts"
import { Guard } from "./guard.ts"
import { allPromises } from "./promises.ts"
import { NO_ROWS, type Rows, type RunFields } from "./rows.ts"
import type { AttemptNote, Sight } from "./run-view.ts"

const RUN = "r"
const LIFE = "life-1"

const SUSPENDED: RunFields = {
  id: RUN,
  incarnation: LIFE,
  workflow: "program",
  version: 1,
  status: "suspended",
  input: "[1]",
  generation: 0,
  epoch: 0,
  tags: null,
  createdAtMs: 1_000,
  deadlineMs: null,
  endedAtMs: null,
  result: null,
  error: null,
  halt: null,
  cancel: null,
  unconsumedSignals: null,
  parent: null,
  startAtMs: null,
  startedAtMs: 1_000,
  deleteAtMs: null,
  slot: null,
  forkedFrom: null,
  journal: null,
}

/** What a row of each status has besides. */
const ENDS: Readonly<Record<string, Partial<RunFields>>> = {
  completed: { endedAtMs: 1_500, result: "1", unconsumedSignals: 0 },
  failed: { endedAtMs: 1_500, error: encode(new Error("no")), unconsumedSignals: 0 },
  cancelled: {
    endedAtMs: 1_500,
    error: encode(new Error("no")),
    unconsumedSignals: 0,
    cancel: "no",
  },
  timed_out: { endedAtMs: 1_500, error: encode(new Error("no")), unconsumedSignals: 0 },
  halted: { halt: JSON.stringify({ code: "panic", message: "no", details: { number: 98 } }) },
}

type Told = Partial<JournalRecord> & Pick<JournalRecord, "type" | "path">

interface Commit {
  readonly run?: Partial<RunFields>
  readonly rows?: Partial<Omit<Rows, "run">>
  readonly records?: readonly Told[]
  readonly forgotten?: readonly JournalRecord[]
  readonly atMs?: number
}

export class History {
  readonly guard = new Guard(
    allPromises({ isChanged: () => false, isDone: () => false, childDelayMs: 500 }),
  )
  readonly records: JournalRecord[] = []
  #rows: Rows = { ...NO_ROWS, run: SUSPENDED, alarmMs: 1_000 }

  /** Rows stay as they were where nothing else is said. */
  commit({ run = {}, rows = {}, records = [], forgotten = [], atMs = 2_000 }: Commit = {}): this {
    const end = run.status === undefined ? {} : ENDS[run.status]
    this.#rows = {
      ...this.#rows,
      ...rows,
      run: { ...(this.#rows.run ?? SUSPENDED), ...end, ...run },
    }
    const appended = records.map((told) => this.#record(told))
    this.guard.committed(RUN, { atMs, rows: this.#rows, appended, forgotten })
    return this
  }

  /** The rows are gone. */
  vanish(): this {
    this.#rows = NO_ROWS
    this.guard.committed(RUN, { atMs: 2_000, rows: NO_ROWS, appended: [], forgotten: this.records })
    return this
  }

  call(note: Partial<AttemptNote> = {}): this {
    this.guard.called({ ...this.#note(note) })
    return this
  }

  arrive(note: Partial<AttemptNote> = {}): this {
    this.guard.arrived({ ...this.#note(note), isAsync: true })
    return this
  }

  see(sight: Partial<Sight>): this {
    this.guard.saw({
      run: RUN,
      generation: 0,
      path: "0",
      kind: "step",
      state: "value",
      text: "1",
      ...sight,
    })
    return this
  }

  answer(answer: Answered): this {
    this.guard.answered(RUN, answer)
    return this
  }

  #note(note: Partial<AttemptNote>): AttemptNote {
    const { path = "0", generation = 0 } = note
    const key = `${RUN}/${LIFE}/${generation}/${path}`
    return { run: RUN, key, generation, path, attempt: 1, ...note }
  }

  #record(told: Told): JournalRecord {
    const record = { seq: this.records.length + 1, atMs: 1_500, inline: true, ...told }
    this.records.push(record)
    return record
  }
}
