// Fake index: the port without shards behind it, so that a test of http sees http alone.
// Owns: an index of one run, and the list of what was asked.

import type { RunCard, RunIndex } from "../../../src/engine/ports/run-index.ts"
import { CREATED_AT_MS } from "./fake-runs.ts"

export function runCard(fields: Partial<RunCard> = {}): RunCard {
  return {
    id: "r1",
    incarnation: "i1",
    changes: 1,
    workflow: "greet",
    version: 1,
    status: "completed",
    createdAtMs: CREATED_AT_MS,
    startedAtMs: CREATED_AT_MS,
    endedAtMs: CREATED_AT_MS + 5,
    changedAtMs: CREATED_AT_MS + 5,
    tags: { team: "blue" },
    ...fields,
  }
}

export interface IndexCall {
  readonly method: keyof RunIndex
  readonly args: readonly unknown[]
}

/** A port that answers with the happy case unless `overrides` says otherwise, and lists its calls. */
export function fakeIndex(overrides: Partial<RunIndex> = {}, calls: IndexCall[] = []): RunIndex {
  const index: RunIndex = {
    list: async () => ({ runs: [runCard()], hasMore: false }),
    stats: async () => ({
      isCut: false,
      counts: [{ workflow: "greet", version: 1, status: "completed", count: 1 }],
      minutes: [{ atMs: CREATED_AT_MS, started: 1, ended: 1 }],
      shards: 4,
      unread: 0,
    }),
    rebuild: async (ids) => ({ asked: ids.length }),
    ...overrides,
  }
  return {
    list: (query) => (calls.push({ method: "list", args: [query] }), index.list(query)),
    stats: (filter) => (calls.push({ method: "stats", args: [filter] }), index.stats(filter)),
    rebuild: (ids) => (calls.push({ method: "rebuild", args: [ids] }), index.rebuild(ids)),
  }
}
