// Schedule: a schedule as the server answers it.

import * as v from "valibot"
import { RUN_STATUS } from "../answers.ts"

export const SCHEDULE = v.looseObject({
  name: v.string(),
  workflow: v.string(),
  version: v.optional(v.number()),
  input: v.optional(v.unknown()),
  cron: v.string(),
  timeZone: v.string(),
  overlap: v.string(),
  missed: v.string(),
  tags: v.optional(v.record(v.string(), v.string()), {}),
  paused: v.boolean(),
  pausedAt: v.optional(v.string()),
  pausedBy: v.optional(v.string()),
  pausedReason: v.optional(v.string()),
  nextAt: v.optional(v.string()),
  nextTimes: v.optional(v.array(v.string()), []),
  lastAt: v.optional(v.string()),
  lastRun: v.optional(v.looseObject({ id: v.string(), status: v.optional(RUN_STATUS) })),
  lastError: v.optional(v.looseObject({ code: v.string(), message: v.string(), at: v.string() })),
  backfilling: v.number(),
  counters: v.looseObject({
    started: v.number(),
    skipped: v.number(),
    missed: v.number(),
    failed: v.number(),
  }),
})

export type Schedule = v.InferOutput<typeof SCHEDULE>

export const SCHEDULES_PAGE = v.looseObject({
  schedules: v.array(SCHEDULE),
  cursor: v.optional(v.string()),
})

export const OVERLAPS = [
  ["skip", "skip: then none is started"],
  ["buffer", "buffer: one waits for its end"],
  ["allow", "allow: beside it"],
] as const

export const MISSED = [
  ["one", "one: the newest of them"],
  ["skip", "skip: none of them"],
  ["all", "all: each of them"],
] as const
