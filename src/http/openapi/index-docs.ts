// Index docs: many runs at once: the list, the counts, the repair.

import { RUNS_PAGE_MAX } from "../../engine/limits.ts"
import type { ParameterDoc, RouteDoc } from "./route-doc.ts"
import { instant, listOf, mapOf, named, object, oneOf, text, wholeNumber } from "./schema.ts"
import type { Schema } from "./schema.ts"

const statuses = mapOf(wholeNumber)

const card = object(
  {
    id: text(),
    workflow: text(),
    version: wholeNumber,
    status: named("Status"),
    createdAt: instant,
    changedAt: instant,
    tags: mapOf(text()),
  },
  {
    startedAt: instant,
    endedAt: instant,
    parent: object({ id: text(), path: text() }),
    problem: object({ code: text(), message: text("the beginning of it") }),
  },
)

const stats = object(
  {
    total: wholeNumber,
    statuses,
    workflows: listOf(
      object({ workflow: text(), version: wholeNumber, total: wholeNumber, statuses }),
    ),
    minutes: {
      ...listOf(object({ at: instant, started: wholeNumber, ended: wholeNumber })),
      description: "of all workflows, whatever the filters",
    },
    index: object({
      shards: wholeNumber,
      unread: { ...wholeNumber, description: "runs known by their id that were not read yet" },
    }),
  },
  { atLeast: { const: true, description: "there are more than were counted" } },
)

export const INDEX_SCHEMAS: Readonly<Record<string, Schema>> = { RunCard: card, Stats: stats }

function filter(name: string, schema: Schema, description: string): ParameterDoc {
  return { name, in: "query", description, schema }
}

/** Of a list and of the counts. */
const FILTERS: readonly ParameterDoc[] = [
  filter("workflow", text(), "Runs of this workflow."),
  filter("version", wholeNumber, "Runs of this version."),
  filter("tag", text(), "Runs with this label, `key:value`; several times for all of them."),
  filter("parent", text(), "Children of the run with this id."),
  filter("idPrefix", text(), "Runs whose id begins so."),
  filter("createdAfter", instant, "Runs created later than this instant."),
  filter("createdBefore", instant, "Runs created earlier than this instant."),
]

const LIST_PARAMETERS: readonly ParameterDoc[] = [
  ...FILTERS,
  filter("status", text(), "Runs of this status; several times for any of several."),
  filter("order", oneOf("newest", "oldest"), "By the instant of creation; newest first."),
  filter("cursor", text(), "The page before had it; with the same filters."),
  filter("limit", wholeNumber, `Runs in the page, 50 unless given, ${RUNS_PAGE_MAX} at the most.`),
]

export const INDEX_DOCS: readonly RouteDoc[] = [
  {
    method: "get",
    path: "/v1/runs",
    operationId: "listRuns",
    summary: "Runs, newest first, page by page; about a second behind the runs themselves",
    role: "read",
    parameters: LIST_PARAMETERS,
    answers: {
      200: {
        description: "A page; with a cursor when there are more.",
        schema: object({ runs: listOf(named("RunCard")) }, { cursor: text() }),
      },
    },
    errors: ["invalid_request"],
  },
  {
    method: "get",
    path: "/v1/stats",
    operationId: "countRuns",
    summary: "How many runs there are: by status, by workflow and version, by minute",
    role: "read",
    description:
      "With no more filters than `workflow` and `version` all are counted; with others at most 10,000 in each shard of the index.",
    parameters: FILTERS,
    answers: { 200: { description: "The counts.", schema: named("Stats") } },
    errors: ["invalid_request"],
  },
  {
    method: "post",
    path: "/v1/index/rebuild",
    operationId: "rebuildIndex",
    summary: "Repairs the index: from its second copies, then by reading every known run again",
    role: "operate",
    body: {
      schema: object({}, { ids: listOf(text("of a run that no shard may know any more")) }),
      required: false,
    },
    answers: {
      202: {
        description: "What was lost is back; so many runs are read again.",
        schema: object({ asked: wholeNumber }),
      },
    },
    errors: ["invalid_request", "body_too_large"],
  },
]
