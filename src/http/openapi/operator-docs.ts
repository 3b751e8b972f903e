// Operator docs: a person intervenes in a run. Every action is recorded in its journal, with who and why.

import { runId, values, type RouteDoc } from "./route-doc.ts"
import { anything, instant, named, object, text, type Schema } from "./schema.ts"

const reason = { reason: { type: "string", maxLength: 1_000 } }

interface VerbDoc {
  readonly summary: string
  readonly body: Schema
  readonly required?: boolean
  readonly errors?: RouteDoc["errors"]
}

const VERBS: Readonly<Record<string, VerbDoc>> = {
  cancel: { summary: "Unwinds the run: its cleanup runs, then it ends", body: object({}, reason) },
  kill: { summary: "Ends the run where it stands, with no cleanup", body: object({}, reason) },
  pause: { summary: "Lets nothing new begin until it is resumed", body: object({}, reason) },
  resume: {
    summary: "Goes on with a paused run, or begins one that waits for its start",
    body: object({}, { startAt: instant, ...reason }),
  },
  crash: {
    summary:
      "On a development server: takes the run out of memory in mid-step; it goes on by itself",
    body: object({}, reason),
    errors: ["route_unknown"],
  },
  retry: {
    summary: "Goes on from an entry of a run that has halted or failed",
    body: object({}, { from: text("the path of an entry"), ...reason }),
    errors: ["path_unknown"],
  },
  skip: {
    summary: "Takes a value as a step's outcome, and goes on",
    body: object({ path: text() }, { value: anything, ...reason }),
    required: true,
    errors: ["path_unknown"],
  },
}

const fork: RouteDoc = {
  method: "post",
  path: "/v1/runs/{id}/fork",
  operationId: "forkRun",
  summary: "A new run with this one's journal up to an entry, perhaps on another version",
  role: "operate",
  parameters: [runId, values],
  body: {
    schema: object(
      { id: text("the new run's id"), from: text("the path of an entry") },
      { version: { type: "integer", minimum: 1 }, ...reason },
    ),
    required: true,
  },
  answers: {
    200: { description: "This fork was there.", schema: named("Run") },
    201: { description: "This request created the run.", schema: named("Run") },
  },
  errors: [
    "invalid_request",
    "invalid_id",
    "run_unknown",
    "path_unknown",
    "version_unknown",
    "workflow_unknown",
    "run_conflict",
    "body_too_large",
  ],
}

const deletion: RouteDoc = {
  method: "delete",
  path: "/v1/runs/{id}",
  operationId: "deleteRun",
  summary: "Deletes an ended run with every trace; its id is free at once",
  role: "operate",
  parameters: [runId],
  answers: { 204: { description: "It is gone." } },
  errors: ["invalid_id", "run_unknown", "wrong_status"],
}

const verbs = Object.entries(VERBS).map(
  ([verb, { summary, body, required = false, errors = [] }]): RouteDoc => ({
    method: "post",
    path: `/v1/runs/{id}/${verb}`,
    operationId: `${verb}Run`,
    summary,
    role: "operate",
    parameters: [runId, values],
    body: { schema: body, required },
    answers: { 202: { description: "The run as it is now.", schema: named("Run") } },
    errors: [
      "invalid_request",
      "invalid_id",
      "run_unknown",
      "wrong_status",
      "body_too_large",
      ...errors,
    ],
  }),
)

export const OPERATOR_DOCS: readonly RouteDoc[] = [...verbs, fork, deletion]
