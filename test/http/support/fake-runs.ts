// Fake runs: the port without objects behind it, so that a test of http sees http alone.
// Owns: a run that exists whatever its id, and the list of what was asked.

import { encode } from "../../../src/engine/values/codec.ts"
import type { JournalEntryRecord, RunRecord, Runs } from "../../../src/engine/ports/runs.ts"
import type { Watch } from "../../../src/http/event-routes.ts"

export const CREATED_AT_MS = Date.UTC(2026, 0, 2, 3, 4, 5, 6)

export function runRecord(fields: Partial<RunRecord> = {}): RunRecord {
  return {
    id: "r1",
    workflow: "greet",
    version: 1,
    status: "completed",
    inputText: encode(["Ada"]),
    createdAtMs: CREATED_AT_MS,
    tags: {},
    generation: 0,
    incarnation: "i1",
    waitingFor: [],
    rows: { written: 12, read: 34 },
    ...fields,
  }
}

export function journalEntry(fields: Partial<JournalEntryRecord> = {}): JournalEntryRecord {
  return {
    path: "0",
    kind: "step",
    state: "completed",
    attempts: 1,
    createdAtMs: CREATED_AT_MS,
    ...fields,
  }
}

/** Nothing to watch unless `overrides` says otherwise. */
export function fakeWatch(overrides: Partial<Watch> = {}): Watch {
  return {
    events: async () => ({ events: [], status: "completed", hasMore: false }),
    socket: async () => new Response(null, { status: 101, webSocket: new WebSocketPair()[0] }),
    ...overrides,
  }
}

export interface Call {
  readonly method: keyof Runs
  readonly args: readonly unknown[]
}

/** A port that answers with the happy case unless `overrides` says otherwise, and lists its calls. */
export function fakeRuns(overrides: Partial<Runs>, calls: Call[]): Runs {
  const runs: Runs = {
    start: async (id) => ({ created: true, run: runRecord({ id }) }),
    get: async (id) => runRecord({ id }),
    result: async (id) => runRecord({ id }),
    journal: async () => ({ entries: [] }),
    exportPage: async () => ({ lines: [] }),
    signal: async () => undefined,
    update: async () => ({ state: "replied", replyText: encode("hello") }),
    updateAnswer: async () => ({ state: "replied", replyText: encode("hello") }),
    state: async () => encode("published"),
    settlePromise: async () => ({ status: "resolved", valueText: encode(1) }),
    cancel: async (id) => runRecord({ id, status: "running" }),
    kill: async (id) => runRecord({ id, status: "cancelled" }),
    pause: async (id) => runRecord({ id, status: "paused" }),
    resume: async (id) => runRecord({ id, status: "running" }),
    crash: async (id) => runRecord({ id, status: "running" }),
    fork: async (_, { to }) => ({ created: true, run: runRecord({ id: to, status: "running" }) }),
    delete: async () => undefined,
    retry: async (id) => runRecord({ id, status: "running" }),
    skip: async (id) => runRecord({ id, status: "running" }),
    ...overrides,
  }
  return new Proxy(runs, {
    get(target, method: keyof Runs) {
      const answer = target[method] as (...args: unknown[]) => unknown
      return (...args: unknown[]) => {
        calls.push({ method, args })
        return answer(...args)
      }
    },
  })
}
