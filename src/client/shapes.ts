// Shapes: of what the routes answer, as far as it is read here or by the command line.
// Owns: which fields an answer cannot be without. The types stand in run.ts, search.ts, schedules.ts and promises.ts.

import { RUN_STATUSES } from "./run.ts"
import {
  amount,
  anything,
  flag,
  instant,
  listOf,
  mapOf,
  object,
  oneOf,
  optional,
  text,
} from "./shape.ts"

const STATUS = oneOf(RUN_STATUSES)
const THROWN = object({ name: text, message: text, code: text })
const PARENT = object({ id: text, path: text })

/** What makes a run a run, in a list or by itself. */
const IDENTITY = {
  id: text,
  workflow: text,
  version: amount,
  status: STATUS,
  createdAt: instant,
  startedAt: optional(instant),
  endedAt: optional(instant),
  parent: optional(PARENT),
  tags: mapOf(text),
}

export const RUN = object({
  ...IDENTITY,
  input: listOf(anything),
  error: optional(THROWN),
  waitingFor: optional(
    listOf(object({ kind: text, path: text, name: optional(text), until: optional(instant) })),
  ),
  rows: optional(object({ written: amount, read: amount })),
  replays: optional(
    object({ count: amount, last: listOf(object({ at: instant, entries: amount })) }),
  ),
})

const ENTRY = object({
  path: text,
  kind: text,
  name: optional(text),
  state: text,
  attempts: amount,
  error: optional(THROWN),
  createdAt: instant,
  startedAt: optional(instant),
  settledAt: optional(instant),
})

export const JOURNAL_PAGE = object({ entries: listOf(ENTRY), next: optional(text) })

/** Of an event, by its name. */
export const EVENTS = {
  entry: ENTRY,
  status: object({ status: STATUS, error: optional(THROWN) }),
  reset: object({ reason: text }),
  end: RUN,
} as const

const CARD = object({
  ...IDENTITY,
  changedAt: instant,
  problem: optional(object({ code: text, message: text })),
})

export const RUN_PAGE = object({ runs: listOf(CARD), cursor: optional(text) })

const COUNTS = mapOf(amount)

export const STATS = object({
  total: amount,
  statuses: COUNTS,
  workflows: listOf(object({ workflow: text, version: amount, total: amount, statuses: COUNTS })),
  minutes: listOf(object({ at: instant, started: amount, ended: amount })),
  index: object({ shards: amount, unread: amount }),
})

export const WORKFLOWS = object({
  workflows: listOf(
    object({ name: text, versions: listOf(amount), example: optional(listOf(anything)) }),
  ),
})

export const REBUILD = object({ asked: amount })

export const SETTLED_PROMISE = object({
  status: oneOf(["resolved", "rejected", "timed_out", "cancelled"]),
  error: optional(THROWN),
})

export const SCHEDULE = object({
  name: text,
  workflow: text,
  cron: text,
  timeZone: text,
  paused: flag,
  createdAt: instant,
})

export const SCHEDULE_PAGE = object({ schedules: listOf(SCHEDULE), cursor: optional(text) })

export const TRIGGERED = object({ id: text })

/** Something, and an object. */
export const SAID = object({})
