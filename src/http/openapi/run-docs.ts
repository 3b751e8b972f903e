// Run docs: start a run, look at it, wait for it, read its journal, watch it, take it along as a file.

import {
  idempotencyKey,
  runId,
  traceContext,
  values,
  wait,
  type ParameterDoc,
  type RouteDoc,
} from "./route-doc.ts"
import { anything, instant, listOf, mapOf, named, object, text, wholeNumber } from "./schema.ts"

const run = named("Run")
const started = named("StartedRun")

const message = object({ name: text() }, { value: anything })

const startBody = object(
  { workflow: text() },
  {
    input: listOf(anything),
    version: { type: "integer", minimum: 1 },
    timeoutMs: { type: "integer", minimum: 1 },
    tags: mapOf(text()),
    startAt: instant,
    signal: message,
    update: message,
  },
)

const EVENTS = `Server-sent events, or with \`Upgrade: websocket\` the same as JSON text messages \`{event, id, data}\`.

- \`entry\`: an entry of the journal as it is after a change of its state or attempts
- \`status\`: the run's status where the journal ends; what it passes through in between is not told
- \`reset\`: what is known of the journal counts no more, and what follows begins at its first entry: the run
  \`continued\` as a new generation, a person has \`rewound\` it, or the id was \`recreated\` for another run
- \`end\`: the run itself, ended; then the stream or socket is closed

An id goes on with exactly what follows it. The stream closes after 30 s of silence over a run that is at rest; connect
again with the last id. A browser's socket offers the protocols \`belay.events\` and \`belay.bearer.<token>\`, the
token percent-encoded. A socket answers \`ping\` with \`pong\`.

Data longer than 262,144 characters comes without its values and with \`omitted\`; they stand in the journal. The \`end\` of a
stream alone is always whole.

Over a socket say \`read <count>\`, the number of messages that have come over it, after every 50 messages or 64 KiB. One
that is more than 262,144 characters behind is told no more until it says so; after 10 s of silence it is closed with 1013,
and goes on with its last id over another. It is closed with 1008 on anything else that is sent. A stream is written as
fast as it is read, and breaks off when what it was sent stays unread for 30 s.`

const lastEventId: readonly ParameterDoc[] = [
  {
    name: "Last-Event-ID",
    in: "header",
    description: "The id of the last event that came; goes before the parameter.",
    schema: text(),
  },
  {
    name: "lastEventId",
    in: "query",
    description: "The same, for those who cannot set headers.",
    schema: text(),
  },
]

export const RUN_DOCS: readonly RouteDoc[] = [
  {
    method: "post",
    path: "/v1/runs/{id}",
    operationId: "startRun",
    summary: "Starts a run, or joins the one that stands under this id",
    role: "start",
    parameters: [runId, wait("none unless given"), values, idempotencyKey, ...traceContext],
    body: { schema: startBody, required: true },
    answers: {
      200: { description: "The run was there.", schema: started },
      201: { description: "This request created the run.", schema: started },
    },
    errors: [
      "invalid_request",
      "invalid_id",
      "workflow_unknown",
      "version_unknown",
      "run_conflict",
      "run_ended",
      "body_too_large",
      "rejected",
      "limit_reached",
    ],
  },
  {
    method: "get",
    path: "/v1/runs/{id}",
    operationId: "getRun",
    summary: "The run as it is",
    role: "read",
    parameters: [runId, values],
    answers: { 200: { description: "The run.", schema: run } },
    errors: ["invalid_request", "invalid_id", "run_unknown"],
  },
  {
    method: "get",
    path: "/v1/runs/{id}/result",
    operationId: "getResult",
    summary: "Waits for the run's end",
    role: "read",
    parameters: [runId, wait("none unless given"), values],
    answers: {
      200: { description: "The run, ended.", schema: run },
      202: { description: "The run, which goes on.", schema: run },
    },
    errors: ["invalid_request", "invalid_id", "run_unknown", "halted"],
  },
  {
    method: "get",
    path: "/v1/runs/{id}/journal",
    operationId: "getJournal",
    summary: "The journal's entries in order, page by page",
    role: "read",
    parameters: [
      runId,
      { name: "after", in: "query", description: "`next` of the page before.", schema: text() },
      {
        name: "limit",
        in: "query",
        description: "Entries on the page, at most 1,000; 100 unless given.",
        schema: wholeNumber,
      },
      values,
    ],
    answers: {
      200: {
        description: "A page; the last one has no `next`.",
        schema: object({ entries: listOf(named("Entry")) }, { next: text() }),
      },
    },
    errors: ["invalid_request", "invalid_id", "run_unknown"],
  },
  {
    method: "get",
    path: "/v1/runs/{id}/events",
    operationId: "watchRun",
    summary: "The journal so far, then each change as it comes",
    description: EVENTS,
    role: "read",
    parameters: [runId, ...lastEventId, values],
    answers: {
      101: { description: "A socket whose messages have the schema `Event`." },
      200: { description: "The events.", contentType: "text/event-stream", schema: text() },
      204: { description: "Behind the run's end nothing follows; an EventSource stops here." },
    },
    errors: ["invalid_request", "invalid_id", "run_unknown", "limit_reached"],
  },
  {
    method: "get",
    path: "/v1/runs/{id}/export",
    operationId: "exportRun",
    summary: "The run as one file of JSON lines",
    description: "The last line is of type `end`; a file without it was cut off on its way.",
    role: "read",
    parameters: [runId],
    answers: {
      200: { description: "The file.", contentType: "application/jsonl", schema: text() },
    },
    errors: ["invalid_id", "run_unknown"],
  },
]
