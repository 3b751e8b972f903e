// Messages: what shards of the index are told and asked, and what they ask of runs.
// Owns: the shapes, and how much one may carry.

import type { RunCard, RunFilter, RunQuery, StatusCount } from "../../engine/ports/run-index.ts"
import type { Answer } from "../answer.ts"

/** Whom a message is for. */
export interface Addressed {
  /** The receiver's own number; it has no other way to learn it. */
  readonly shard: number
  /** How many there are, as the sender knows it. The highest number ever heard of holds: they only grow. */
  readonly shards: number
}

/** Ids that one message carries. */
export const ANNOUNCED_MAX = 1_000

/** A run is being started: whoever hears of it reads the run a little later, whatever became of the start. */
export interface Announcement extends Addressed {
  readonly ids: readonly string[]
}

/** A life of a run that is over and deleted. The run may have another one by now. */
export interface Gone {
  readonly id: string
  readonly incarnation: string
}

/** What the sender knows of runs that the receiver keeps. */
export interface News extends Addressed {
  readonly cards: readonly RunCard[]
  readonly gone: readonly Gone[]
  /** The runs themselves were asked just now; otherwise it may be older than what the receiver has. */
  readonly isCertain: boolean
}

/** Which cards of the receiver's another shard asks for: those that it should keep, too. */
export interface Wanted extends Addressed {
  readonly keeper: number
  /** The last id of the page before. */
  readonly after: string
}

export interface HeldPage {
  readonly cards: readonly RunCard[]
  /** Give it as `after` for the next page; absent on the last one. */
  readonly next?: string
}

export interface CountedMinute {
  /** Since the epoch. */
  readonly minute: number
  readonly count: number
}

export interface ShardStats {
  readonly counts: readonly StatusCount[]
  /** There are more than were counted. */
  readonly isCut: boolean
  readonly started: readonly CountedMinute[]
  readonly ended: readonly CountedMinute[]
  readonly unread: number
  readonly shards: number
}

export interface ShardPage {
  readonly cards: readonly RunCard[]
  /** How many shards there are, as this one knows it. */
  readonly shards: number
}

export interface RestoredShard {
  /** How many it answers for. */
  readonly runs: number
  /** How many shards there are, as this one knows it. */
  readonly shards: number
}

/** The methods of a shard. */
export interface ShardDoor {
  /** Gives how many shards there are, as this one knows it. */
  announce(announcement: Announcement): Promise<Answer<number>>
  /** Gives how many shards there are, as this one knows it. */
  hear(news: News): Promise<Answer<number>>
  list(query: RunQuery, to: Addressed): Promise<Answer<ShardPage>>
  stats(filter: RunFilter, to: Addressed): Promise<Answer<ShardStats>>
  held(wanted: Wanted): Promise<Answer<HeldPage>>
  /** Takes back from the others what it has lost, and reads its runs again. */
  restore(to: Addressed): Promise<Answer<RestoredShard>>
}

/** How a run stands, when a shard asks. `undefined` when there is none. */
export type CardAnswer = RunCard | undefined

/** The methods of a run object that a shard calls. */
export interface IndexedRun {
  card(): Promise<Answer<CardAnswer>>
  /** Deletes itself when its time has come. Gives how it stands, `undefined` when it is gone. */
  expire(): Promise<Answer<CardAnswer>>
}
