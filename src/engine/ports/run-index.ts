// Run index: what can be asked of many runs at once, whoever answers: the port between the doors and the index.
// Owns: the shapes that cross it. A card carries no value of the run, but for the message of what went wrong: an index is
// no second store.
//   U1. It lags behind the runs by about a second; what one run is doing now, its own record tells.

import type { RunStatus } from "./run-status.ts"

/** A run as the index knows it. */
export interface RunCard {
  readonly id: string
  readonly incarnation: string
  /** How often this life has changed its status: the higher one is the newer card. */
  readonly changes: number
  readonly workflow: string
  readonly version: number
  readonly status: RunStatus
  readonly createdAtMs: number
  readonly startedAtMs?: number
  readonly endedAtMs?: number
  /** When it came to this status. */
  readonly changedAtMs: number
  /** When an ended run is deleted; absent for never. */
  readonly deleteAtMs?: number
  readonly parent?: { readonly id: string; readonly path: string }
  readonly tags: Readonly<Record<string, string>>
  /** Why it has halted, or did not complete; the message is cut. */
  readonly problem?: { readonly code: string; readonly message: string }
}

export type RunOrder = "newest" | "oldest"

/** Which runs, whatever their status; every condition given must hold. */
export interface RunFilter {
  readonly workflow?: string | undefined
  readonly version?: number | undefined
  /** All of them, each as `key:value`. */
  readonly tags?: readonly string[] | undefined
  /** Id of the run that started it as its child. */
  readonly parent?: string | undefined
  readonly idPrefix?: string | undefined
  /** This instant is in. */
  readonly createdFromMs?: number | undefined
  /** This instant is out. */
  readonly createdBeforeMs?: number | undefined
}

/** A page of runs. */
export interface RunQuery extends RunFilter {
  /** Any of them; all when empty. */
  readonly statuses: readonly RunStatus[]
  /** By the instant of creation; `newest` first unless given. */
  readonly order: RunOrder
  /** The last run of the page before. */
  readonly after?: RunPlace | undefined
  readonly limit: number
}

/** Where a run stands in a list. */
export interface RunPlace {
  readonly createdAtMs: number
  readonly id: string
}

export interface RunPage {
  readonly runs: readonly RunCard[]
  /** Whether there are more behind the last one. */
  readonly hasMore: boolean
}

export interface StatusCount {
  readonly workflow: string
  readonly version: number
  readonly status: RunStatus
  readonly count: number
}

export interface MinuteCount {
  /** Its first instant. */
  readonly atMs: number
  /** Runs created in it. */
  readonly started: number
  readonly ended: number
}

export interface RunStats {
  readonly counts: readonly StatusCount[]
  /** There are more than were counted. */
  readonly isCut: boolean
  /** The last sixty, oldest first; also those in which nothing happened. */
  readonly minutes: readonly MinuteCount[]
  readonly shards: number
  /** Runs that are known by their id and have not been read yet. */
  readonly unread: number
}

export interface RunIndex {
  /** @throws not_configured, overloaded */
  list(query: RunQuery): Promise<RunPage>
  /** @throws not_configured, overloaded */
  stats(filter?: RunFilter): Promise<RunStats>
  /**
   * Brings back what a shard has lost, and reads every known run again.
   * @param ids runs that no shard may know any more
   * @returns how many runs will be read
   * @throws not_configured, overloaded
   */
  rebuild(ids: readonly string[]): Promise<{ readonly asked: number }>
}

/** Negative when `left` stands before `right` in a list of this order. */
export function comparePlaces(order: RunOrder, left: RunPlace, right: RunPlace): number {
  const sign = order === "newest" ? -1 : 1
  if (left.createdAtMs !== right.createdAtMs) return sign * (left.createdAtMs - right.createdAtMs)
  return sign * compareIds(left.id, right.id)
}

/** In the order of their UTF-8, which SQLite compares by: that of code points, which differs from that of code units. */
export function compareIds(left: string, right: string): number {
  if (left === right) return 0
  let at = 0
  while (at < left.length && left.charCodeAt(at) === right.charCodeAt(at)) at++
  // Halves of surrogate pairs stand behind all other characters, as code points, but not as code units.
  return rankAt(left, at) - rankAt(right, at)
}

function rankAt(text: string, at: number): number {
  if (at >= text.length) return -1
  const unit = text.charCodeAt(at)
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit
}
