// Schedule docs: runs that begin by the clock.

import { SCHEDULE_NAME_BYTES_MAX } from "../../engine/limits.ts"
import { MISSED_POLICIES, OVERLAP_POLICIES } from "../../engine/ports/schedules.ts"
import { values, type ParameterDoc, type RouteDoc } from "./route-doc.ts"
import {
  anything,
  instant,
  listOf,
  mapOf,
  named,
  object,
  oneOf,
  text,
  wholeNumber,
  type Schema,
} from "./schema.ts"

const overlap = oneOf(...OVERLAP_POLICIES)
const missed = oneOf(...MISSED_POLICIES)
const positive: Schema = { type: "integer", minimum: 1 }
const reason = { reason: { type: "string", maxLength: 1_000 } }

const schedule = object(
  {
    name: text(),
    workflow: text(),
    input: anything,
    cron: text(),
    timeZone: text(),
    overlap,
    missed,
    catchUpMs: wholeNumber,
    tags: mapOf(text()),
    paused: { type: "boolean" },
    createdAt: instant,
    backfilling: wholeNumber,
    counters: object({
      started: wholeNumber,
      skipped: wholeNumber,
      missed: wholeNumber,
      failed: wholeNumber,
    }),
  },
  {
    version: positive,
    timeoutMs: positive,
    pausedAt: instant,
    pausedBy: text(),
    pausedReason: text(),
    nextAt: instant,
    nextTimes: listOf(instant),
    lastAt: instant,
    lastRun: object({ id: text() }, { status: named("Status") }),
    lastError: object({ code: text(), message: text(), run: text(), at: instant }),
    bufferedAt: instant,
  },
)

export const SCHEDULE_SCHEMAS: Readonly<Record<string, Schema>> = { Schedule: schedule }

const name: ParameterDoc = {
  name: "name",
  in: "path",
  description: `The schedule's name, percent-encoded: 1 to ${SCHEDULE_NAME_BYTES_MAX} bytes of UTF-8 without control characters.`,
  schema: text(),
}

const shown = { description: "The schedule as it is now.", schema: named("Schedule") }

const ONE = "/v1/schedules/{name}"

export const SCHEDULE_DOCS: readonly RouteDoc[] = [
  {
    method: "get",
    path: "/v1/schedules",
    operationId: "listSchedules",
    summary: "The schedules in the order of their names, page by page",
    role: "read",
    parameters: [
      { name: "cursor", in: "query", description: "Of the page before.", schema: text() },
      {
        name: "limit",
        in: "query",
        description: "Schedules on the page, at most 100; 50 unless given.",
        schema: wholeNumber,
      },
      values,
    ],
    answers: {
      200: {
        description: "A page; the last one has no `cursor`.",
        schema: object({ schedules: listOf(named("Schedule")) }, { cursor: text() }),
      },
    },
    errors: ["invalid_request"],
  },
  {
    method: "put",
    path: ONE,
    operationId: "putSchedule",
    summary: "Makes a schedule, or makes it this",
    description:
      "A tick begins the run `<name>/<instant>`. What is left out has its default; `paused` left out keeps the present state.",
    role: "operate",
    parameters: [name, values],
    body: {
      required: true,
      schema: object(
        { workflow: text(), cron: text("five fields, or six with the seconds first") },
        {
          input: listOf(anything),
          timeZone: text("IANA name; UTC unless given"),
          overlap,
          missed,
          catchUpMs: wholeNumber,
          version: positive,
          tags: mapOf(text()),
          timeoutMs: positive,
          paused: { type: "boolean" },
        },
      ),
    },
    answers: { 200: shown, 201: { description: "It is new.", schema: named("Schedule") } },
    errors: [
      "invalid_request",
      "invalid_id",
      "workflow_unknown",
      "version_unknown",
      "body_too_large",
    ],
  },
  {
    method: "get",
    path: ONE,
    operationId: "getSchedule",
    summary: "The schedule as it is",
    role: "read",
    parameters: [name, values],
    answers: { 200: shown },
    errors: ["invalid_request", "invalid_id", "schedule_unknown"],
  },
  {
    method: "delete",
    path: ONE,
    operationId: "deleteSchedule",
    summary: "Forgets the schedule; its runs stay",
    role: "operate",
    parameters: [name],
    answers: { 204: { description: "It is gone, and the name is free." } },
    errors: ["invalid_id", "schedule_unknown"],
  },
  verb("pause", "It begins nothing by itself until it is resumed", object({}, reason), shown),
  verb("resume", "It goes on from now", object({}, reason), shown),
  {
    ...verb("trigger", "Begins a run now, whatever else runs", object({}), {
      description: "The run's id.",
      schema: object({ id: text() }),
    }),
    errors: [
      "invalid_request",
      "invalid_id",
      "schedule_unknown",
      "workflow_unknown",
      "version_unknown",
      "run_conflict",
      "limit_reached",
      "body_too_large",
    ],
  },
  {
    ...verb(
      "backfill",
      "Begins the runs of a range's ticks that are not there, oldest first",
      object({ from: instant, to: instant }, { overlap }),
      { description: "How many ticks it has to see to.", schema: object({ ticks: wholeNumber }) },
    ),
    errors: [
      "invalid_request",
      "invalid_id",
      "schedule_unknown",
      "limit_reached",
      "body_too_large",
    ],
  },
]

function verb(
  verbName: string,
  summary: string,
  schema: Schema,
  answer: { readonly description: string; readonly schema: Schema },
): RouteDoc {
  const isDone = answer === shown
  return {
    method: "post",
    path: `${ONE}/${verbName}`,
    operationId: `${verbName}Schedule`,
    summary,
    role: "operate",
    parameters: isDone ? [name, values] : [name],
    body: { schema, required: verbName === "backfill" },
    answers: { [isDone ? 200 : 202]: answer },
    errors: ["invalid_request", "invalid_id", "schedule_unknown", "body_too_large"],
  }
}
