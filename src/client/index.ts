// The client's public face: runs from outside, over HTTP. It has no dependency and needs `fetch` alone, so that it
// stands in browsers, in Node and in Workers; where there is a WebSocket, a run that sleeps is not kept awake by watching it.
// Values are plain JSON, as the routes show it: a Date comes back as its text, a bigint as its digits, a Map as a list
// of pairs, `undefined` as null; the types say so.

export { createClient, type Client, type ClientOptions, type JournalPage } from "./client.ts"
export { BelayClientError, BelayRunError } from "./error.ts"
export type { Entry, Run, RunStatus, Thrown, WaitingFor } from "./run.ts"
export type { RunEvent } from "./run-event.ts"
export type {
  RegisteredWorkflow,
  RunCard,
  RunPage,
  RunQuery,
  RunStats,
  StatusCounts,
} from "./search.ts"
export type { Schedule, ScheduleRequest, Schedules } from "./schedules.ts"
export type { SettledPromise } from "./promises.ts"
export type { AnyWorkflow, AsJson, Sendable, Workflows } from "./types.ts"
