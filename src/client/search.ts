// Search: runs found by what they are and counted; the index behind it repaired.
// Owns: the shapes of a card, a page and the counts, and how a query is asked. Must not touch: a run's own routes.

import type { RunStatus } from "./run.ts"
import { RUN_PAGE } from "./shapes.ts"
import type { Transport } from "./transport.ts"

/** Filters; all of them must hold. */
export interface RunQuery {
  readonly workflow?: string | undefined
  readonly version?: number | undefined
  /** Any of these. */
  readonly status?: RunStatus | readonly RunStatus[] | undefined
  /** All of these. */
  readonly tags?: Readonly<Record<string, string>> | undefined
  /** The id of the run that started it. */
  readonly parent?: string | undefined
  readonly idPrefix?: string | undefined
  readonly createdAfter?: string | Date | undefined
  readonly createdBefore?: string | Date | undefined
  /** By creation; newest first unless given. */
  readonly order?: "newest" | "oldest" | undefined
  /** Runs in one page; the server says how many unless given. */
  readonly limit?: number | undefined
  /** Of an earlier page with the same filters: go on behind it. */
  readonly cursor?: string | undefined
  readonly signal?: AbortSignal | undefined
}

/** A run as the index knows it: without its input and result. */
export interface RunCard {
  readonly id: string
  readonly workflow: string
  readonly version: number
  readonly status: RunStatus
  readonly createdAt: string
  readonly startedAt?: string
  readonly endedAt?: string
  readonly changedAt: string
  readonly parent?: { readonly id: string; readonly path: string }
  readonly tags: Readonly<Record<string, string>>
  /** Why it did not complete, or is halted. */
  readonly problem?: { readonly code: string; readonly message: string }
}

export interface RunPage {
  readonly runs: readonly RunCard[]
  /** There is more. */
  readonly cursor?: string
}

export type StatusCounts = Readonly<Partial<Record<RunStatus, number>>>

export interface RunStats {
  readonly total: number
  readonly statuses: StatusCounts
  readonly workflows: readonly {
    readonly workflow: string
    readonly version: number
    readonly total: number
    readonly statuses: StatusCounts
  }[]
  /** The last hour, oldest first. */
  readonly minutes: readonly {
    readonly at: string
    readonly started: number
    readonly ended: number
  }[]
  /** `unread`: runs that have said something which the index has not read yet. */
  readonly index: { readonly shards: number; readonly unread: number }
}

export interface RegisteredWorkflow {
  readonly name: string
  readonly versions: readonly number[]
  /** Input to try it with. */
  readonly example?: readonly unknown[]
}

export async function findRuns(transport: Transport, query: RunQuery): Promise<RunPage> {
  const { status, tags, createdAfter, createdBefore, signal, ...plain } = query
  const { body } = await transport.json<RunPage>({
    path: ["v1", "runs"],
    query: {
      ...plain,
      status: typeof status === "string" ? [status] : status,
      tag: Object.entries(tags ?? {}).map(([key, value]) => `${key}:${value}`),
      createdAfter: instant(createdAfter),
      createdBefore: instant(createdBefore),
    },
    shape: RUN_PAGE,
    isRepeatable: true,
    signal,
  })
  return body
}

function instant(at: string | Date | undefined): string | undefined {
  return at instanceof Date ? at.toISOString() : at
}
