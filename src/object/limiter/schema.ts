// Limiter schema: the tables of one limiter.
// Owns: their texts. Each is made when first needed.
//   D1. A run and its life name a line: a late message of a life that is over never takes another's place.

import { TABLES } from "../store/schema.ts"

export const LIMITER_TABLES = {
  /** The numbers that count, and how old the run is that brought them. */
  numbers: `CREATE TABLE numbers (
    one INTEGER PRIMARY KEY CHECK (one = 1), concurrency INTEGER, starts INTEGER, per INTEGER, brought_at INTEGER NOT NULL
  )`,
  /** In the order of arrival. */
  queue: `CREATE TABLE queue (
    id INTEGER PRIMARY KEY, run TEXT NOT NULL, incarnation TEXT NOT NULL, ask INTEGER NOT NULL,
    UNIQUE (run, incarnation)
  )`,
  /** \`heard\`: when the run last said that it goes on, NULL while it is being asked. \`start\`: its line among the starts. */
  holders: `CREATE TABLE holders (
    run TEXT NOT NULL, incarnation TEXT NOT NULL, ask INTEGER NOT NULL, heard INTEGER, start INTEGER,
    PRIMARY KEY (run, incarnation)
  ) WITHOUT ROWID`,
  /** \`at\` is NULL until the run has said when it began. */
  starts: `CREATE TABLE starts (id INTEGER PRIMARY KEY, at INTEGER)`,
  outbox: TABLES.outbox,
  chunks: TABLES.chunks,
} as const

export type LimiterTable = keyof typeof LIMITER_TABLES
