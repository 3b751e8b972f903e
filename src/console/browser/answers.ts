// Answers: the shapes of what the server answers, as far as the console reads them.
// Owns: one schema a shape. A member the console does not know is no fault: the server may be newer.

import * as v from "valibot"

export const RUN_STATUSES = [
  "running",
  "suspended",
  "paused",
  "halted",
  "completed",
  "failed",
  "cancelled",
  "timed_out",
] as const

export const RUN_STATUS = v.picklist(RUN_STATUSES)

export type RunStatus = v.InferOutput<typeof RUN_STATUS>

/** From these nothing happens any more. */
const FINAL: ReadonlySet<RunStatus> = new Set(["completed", "failed", "cancelled", "timed_out"])

export function isFinal(status: RunStatus): boolean {
  return FINAL.has(status)
}

const TAGS = v.record(v.string(), v.string())

const PARENT = v.looseObject({ id: v.string(), path: v.string() })

/** An error, a halt. */
export interface Problem {
  readonly name?: string | undefined
  readonly message: string
  readonly code: string
  readonly number?: number | undefined
  readonly details?: unknown
  readonly cause?: Problem | undefined
  readonly stack?: string | undefined
}

const PROBLEM: v.GenericSchema<unknown, Problem> = v.looseObject({
  name: v.optional(v.string()),
  message: v.string(),
  code: v.string(),
  number: v.optional(v.number()),
  details: v.optional(v.unknown()),
  cause: v.optional(v.lazy(() => PROBLEM)),
  stack: v.optional(v.string()),
})

/** A run in a list. */
const CARD = v.looseObject({
  id: v.string(),
  workflow: v.string(),
  version: v.number(),
  status: RUN_STATUS,
  createdAt: v.string(),
  startedAt: v.optional(v.string()),
  endedAt: v.optional(v.string()),
  changedAt: v.optional(v.string()),
  parent: v.optional(PARENT),
  tags: v.optional(TAGS, {}),
  problem: v.optional(v.looseObject({ code: v.string(), message: v.string() })),
})

export type Card = v.InferOutput<typeof CARD>

export const RUNS_PAGE = v.looseObject({ runs: v.array(CARD), cursor: v.optional(v.string()) })

const COUNTS = v.record(v.string(), v.number())

export const STATS = v.looseObject({
  total: v.number(),
  statuses: COUNTS,
  /** There are more than were counted. */
  atLeast: v.optional(v.boolean(), false),
  workflows: v.array(
    v.looseObject({
      workflow: v.string(),
      version: v.number(),
      total: v.number(),
      statuses: COUNTS,
    }),
  ),
  minutes: v.optional(
    v.array(v.looseObject({ at: v.string(), started: v.number(), ended: v.number() })),
    [],
  ),
  index: v.optional(v.looseObject({ shards: v.number(), unread: v.number() })),
})

export type Stats = v.InferOutput<typeof STATS>

const WAITING = v.looseObject({
  kind: v.string(),
  path: v.string(),
  name: v.optional(v.string()),
  until: v.optional(v.string()),
  id: v.optional(v.string()),
  status: v.optional(v.string()),
  token: v.optional(v.string()),
})

export type Waiting = v.InferOutput<typeof WAITING>

export const RUN = v.looseObject({
  id: v.string(),
  workflow: v.string(),
  version: v.number(),
  status: RUN_STATUS,
  input: v.optional(v.unknown()),
  result: v.optional(v.unknown()),
  error: v.optional(PROBLEM),
  createdAt: v.string(),
  startedAt: v.optional(v.string()),
  endedAt: v.optional(v.string()),
  parent: v.optional(PARENT),
  tags: v.optional(TAGS, {}),
  waitingFor: v.optional(v.array(WAITING), []),
  unconsumedSignals: v.optional(v.number()),
  generation: v.optional(v.number()),
  rows: v.optional(v.object({ written: v.number(), read: v.number() })),
  replays: v.optional(
    v.object({
      count: v.number(),
      last: v.array(v.object({ at: v.string(), entries: v.number() })),
    }),
  ),
})

export type Run = v.InferOutput<typeof RUN>

export const ENTRY = v.looseObject({
  path: v.string(),
  kind: v.string(),
  name: v.optional(v.string()),
  /** Of a child: its run. */
  runId: v.optional(v.string()),
  state: v.string(),
  attempts: v.number(),
  value: v.optional(v.unknown()),
  error: v.optional(PROBLEM),
  createdAt: v.string(),
  startedAt: v.optional(v.string()),
  settledAt: v.optional(v.string()),
})

export type Entry = v.InferOutput<typeof ENTRY>

export const JOURNAL = v.looseObject({ entries: v.array(ENTRY), next: v.optional(v.string()) })
