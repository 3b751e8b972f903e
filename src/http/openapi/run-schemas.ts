// Run schemas: the shapes that answers share: a run, an error, an entry of the journal, the events.
// Owns: the document's components. Must not touch: how they are made (the views beside this folder).

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

const status = oneOf(
  "running",
  "suspended",
  "paused",
  "halted",
  "completed",
  "failed",
  "cancelled",
  "timed_out",
)

const thrown = object(
  { name: text(), message: text(), code: text() },
  {
    number: { type: "number" },
    details: anything,
    cause: named("Thrown"),
    stack: text("for role operate only"),
  },
)

const waiting = object(
  {
    kind: oneOf("timer", "retry", "signal", "update", "promise", "child", "start"),
    path: text(),
  },
  {
    name: text("of a start: the key of the limits it waits for"),
    until: instant,
    id: text("of a child: its run"),
    status: named("Status"),
    token: text("of a promise, for role operate only"),
  },
)

/** In an event. */
const omitted = {
  const: true,
  description: "Of an event: its values are too long to be told; they stand in the journal.",
}

const runRequired = {
  id: text(),
  workflow: text(),
  version: wholeNumber,
  status: named("Status"),
  input: anything,
  createdAt: instant,
  tags: mapOf(text()),
  rows: {
    ...object({ written: wholeNumber, read: wholeNumber }),
    description:
      "What its object has written and read for it, each alarm a row written: what the platform bills. After a kill or an eviction a lower bound.",
  },
}

const runOptional = {
  result: anything,
  error: { anyOf: [named("Thrown"), text("with values=encoded")] },
  startedAt: instant,
  endedAt: instant,
  parent: object({ id: text(), path: text() }),
  waitingFor: listOf(waiting),
  unconsumedSignals: wholeNumber,
  generation: { ...wholeNumber, description: "of a run that has continued as new: how often" },
  replays: {
    ...object({ count: wholeNumber, last: listOf(object({ at: instant, entries: wholeNumber })) }),
    description:
      "How often it was taken up from its journal, after a kill, a deploy or an eviction; of the last 20 when, and how many entries were replayed.",
  },
}

const { input: _, ...endedRequired } = runRequired

/** What a start may have brought along. */
const update = { anyOf: [object({ reply: anything }), object({ statusUrl: text() })] }

const entryRequired = {
  path: text(),
  kind: oneOf(
    "step",
    "timer",
    "signal",
    "update",
    "promise",
    "child",
    "race",
    "all",
    "any",
    "publish",
    "operator",
  ),
  state: oneOf("started", "waiting", "completed", "failed", "cancelled", "timed_out"),
  attempts: wholeNumber,
  createdAt: instant,
}

const entryOptional = {
  name: text(),
  runId: text("of a child: its run"),
  value: anything,
  error: { anyOf: [named("Thrown"), text("with values=encoded")] },
  startedAt: instant,
  settledAt: instant,
}

/** What changed the entry: of all events of an entry, the history of its attempts. */
const change = object(
  {
    type: oneOf(
      "open",
      "start",
      "fail",
      "completed",
      "failed",
      "cancelled",
      "timed_out",
      "cancel",
      "stop",
      "expire",
      "operator",
    ),
    at: instant,
  },
  { dueAt: instant },
)

const error = object({
  error: object({ code: text(), message: text() }, { details: anything }),
})

export const RUN_SCHEMAS: Readonly<Record<string, Schema>> = {
  Status: status,
  Thrown: thrown,
  Run: object(runRequired, runOptional),
  StartedRun: object(runRequired, { ...runOptional, update }),
  Entry: object(entryRequired, entryOptional),
  EntryEvent: object({ ...entryRequired, change }, { ...entryOptional, omitted }),
  Error: error,
  StatusEvent: object(
    { status: named("Status"), generation: wholeNumber },
    { error: { anyOf: [named("Thrown"), text("with values=encoded")] }, omitted },
  ),
  ResetEvent: object({
    reason: oneOf("continued", "rewound", "recreated"),
    generation: wholeNumber,
  }),
  /** The form of a socket's message; of server-sent events the same three parts are lines of their own. */
  Event: object({
    event: oneOf("entry", "status", "reset", "end"),
    id: text(),
    data: {
      anyOf: [named("EntryEvent"), named("StatusEvent"), named("ResetEvent"), named("EndedRun")],
    },
  }),
  /** The run as its watchers are told it. */
  EndedRun: object(endedRequired, { input: anything, ...runOptional, omitted }),
}
