// Schema: the tables of a run object and how an older object's tables are brought forward.
// Owns: every DDL text. Must not touch: rows (stores).
//   D1. Only `run` is made at creation; every other table when it is first needed: each costs two rows and its part of
//       the start. A run that ends in its first stretch has its records in its own row, and no journal beside it.
//   D2. No secondary index and no text key on the journal: each would be a further row written per step. Records that are
//       written together share a row (journal-pack.ts).
//   D3. Migrations only go forward; the version stands in the run's row, since PRAGMA user_version is refused.
//   D4. Tables that newer code has made are refused before anything of them is read or written.

import { BelayError } from "../../engine/errors.ts"
import type { Sql } from "./counted-sql.ts"

export const SCHEMA_VERSION = 7

export const TABLES = {
  run: `CREATE TABLE run (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    schema_version INTEGER NOT NULL,
    id TEXT NOT NULL,
    incarnation TEXT NOT NULL,
    workflow TEXT NOT NULL,
    version INTEGER NOT NULL,
    status TEXT NOT NULL,
    input TEXT NOT NULL,
    generation INTEGER NOT NULL,
    generation_input TEXT,
    epoch INTEGER NOT NULL,
    tags TEXT,
    faults TEXT,
    created_at INTEGER NOT NULL,
    deadline_at INTEGER,
    ended_at INTEGER,
    result TEXT,
    error TEXT,
    halt TEXT,
    cancel TEXT,
    unconsumed_signals INTEGER,
    parent TEXT,
    start_at INTEGER,
    started_at INTEGER,
    delete_at INTEGER,
    limits TEXT,
    forked_from TEXT,
    changes INTEGER NOT NULL DEFAULT 0,
    changed_at INTEGER,
    trace TEXT,
    journal TEXT,
    rows_written INTEGER NOT NULL DEFAULT 0,
    rows_read INTEGER NOT NULL DEFAULT 0,
    replays TEXT
  )`,
  journal: `CREATE TABLE journal (
    seq INTEGER PRIMARY KEY,
    type TEXT NOT NULL,
    path TEXT NOT NULL,
    at INTEGER NOT NULL,
    inline INTEGER NOT NULL,
    kind TEXT,
    name TEXT,
    digest INTEGER,
    attempt INTEGER,
    text TEXT,
    due INTEGER,
    ref INTEGER
  )`,
  folds: `CREATE TABLE folds (
    id INTEGER PRIMARY KEY, count INTEGER NOT NULL, last_seq INTEGER NOT NULL, text TEXT NOT NULL
  )`,
  waits: `CREATE TABLE waits (id INTEGER PRIMARY KEY, kind TEXT NOT NULL, path TEXT NOT NULL, name TEXT, due INTEGER)`,
  inbox: `CREATE TABLE inbox (id INTEGER PRIMARY KEY, name TEXT NOT NULL, text TEXT NOT NULL)`,
  updates: `CREATE TABLE updates (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, text TEXT NOT NULL, status TEXT NOT NULL, answer TEXT
  )`,
  keys: `CREATE TABLE keys (key TEXT PRIMARY KEY, ref INTEGER NOT NULL) WITHOUT ROWID`,
  promises: `CREATE TABLE promises (
    token TEXT PRIMARY KEY, generation INTEGER NOT NULL, path TEXT NOT NULL, state TEXT, text TEXT
  ) WITHOUT ROWID`,
  state: `CREATE TABLE state (name TEXT PRIMARY KEY, text TEXT NOT NULL) WITHOUT ROWID`,
  outbox: `CREATE TABLE outbox (
    target TEXT NOT NULL, id INTEGER NOT NULL, kind TEXT NOT NULL, payload TEXT NOT NULL,
    tries INTEGER NOT NULL, due INTEGER NOT NULL, PRIMARY KEY (target, id)
  ) WITHOUT ROWID`,
  children: `CREATE TABLE children (
    generation INTEGER NOT NULL, path TEXT NOT NULL, attempt INTEGER NOT NULL, id TEXT NOT NULL,
    incarnation TEXT NOT NULL, workflow TEXT NOT NULL, close TEXT NOT NULL, status TEXT, state TEXT, text TEXT,
    PRIMARY KEY (generation, path)
  ) WITHOUT ROWID`,
  listeners: `CREATE TABLE listeners (
    id TEXT NOT NULL, incarnation TEXT NOT NULL, generation INTEGER NOT NULL, path TEXT NOT NULL,
    attempt INTEGER NOT NULL, PRIMARY KEY (id, incarnation, generation, path)
  ) WITHOUT ROWID`,
  gone: `CREATE TABLE gone (
    id TEXT NOT NULL, incarnation TEXT NOT NULL, generation INTEGER NOT NULL, path TEXT NOT NULL,
    attempt INTEGER NOT NULL, until INTEGER NOT NULL, PRIMARY KEY (id, incarnation, generation, path, attempt)
  ) WITHOUT ROWID`,
  staged: `CREATE TABLE staged (
    fork TEXT NOT NULL, line INTEGER NOT NULL, text TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (fork, line)
  ) WITHOUT ROWID`,
  chunks: `CREATE TABLE chunks (
    id INTEGER NOT NULL, part INTEGER NOT NULL, text TEXT NOT NULL, PRIMARY KEY (id, part)
  ) WITHOUT ROWID`,
} as const

export type TableName = keyof typeof TABLES

/** What brings an object from version n to n + 1, at index n - 1. */
const MIGRATIONS: readonly ((sql: Sql) => void)[] = [
  addLifeColumns,
  addChangeColumns,
  addTraceColumn,
  addJournalColumn,
  addRowCounts,
  addReplays,
]

/** A parent, a delayed start, the end of its keeping, its limits: every run that stands has begun at its creation. */
function addLifeColumns(sql: Sql): void {
  for (const column of [
    "parent TEXT",
    "start_at INTEGER",
    "started_at INTEGER",
    "delete_at INTEGER",
    "limits TEXT",
    "forked_from TEXT",
  ]) {
    sql.exec(`ALTER TABLE run ADD COLUMN ${column}`)
  }
  sql.exec("UPDATE run SET started_at = created_at")
}

/** How often the status has changed, and when it last did. */
function addChangeColumns(sql: Sql): void {
  sql.exec("ALTER TABLE run ADD COLUMN changes INTEGER NOT NULL DEFAULT 0")
  sql.exec("ALTER TABLE run ADD COLUMN changed_at INTEGER")
  sql.exec("UPDATE run SET changed_at = COALESCE(ended_at, started_at, created_at)")
}

function addTraceColumn(sql: Sql): void {
  sql.exec("ALTER TABLE run ADD COLUMN trace TEXT")
}

/** And rows of several records, which older code would take for one. */
function addJournalColumn(sql: Sql): void {
  sql.exec("ALTER TABLE run ADD COLUMN journal TEXT")
}

/** What the run's object has read and written; of an older run, from here on. */
function addRowCounts(sql: Sql): void {
  sql.exec("ALTER TABLE run ADD COLUMN rows_written INTEGER NOT NULL DEFAULT 0")
  sql.exec("ALTER TABLE run ADD COLUMN rows_read INTEGER NOT NULL DEFAULT 0")
}

function addReplays(sql: Sql): void {
  sql.exec("ALTER TABLE run ADD COLUMN replays TEXT")
}

/** The code was rolled back behind the tables it has made. A deploy mends it, as with a binding that is missing. */
export class NewerTablesError extends BelayError {
  constructor(version: number, known: number) {
    super(
      "not_configured",
      `The tables of this object have version ${version}, and the code that is deployed knows ${known}; deploy the newer code again. Nothing of it is touched until then.`,
    )
  }
}

/** How often an object looks whether code is there that knows its tables. */
export const NEWER_TABLES_PROBE_MS = 60_000

/** Brings the tables of an older object forward. Runs inside the caller's stretch. @throws NewerTablesError */
export function migrate(sql: Sql, fromVersion: number): void {
  if (fromVersion > SCHEMA_VERSION) throw new NewerTablesError(fromVersion, SCHEMA_VERSION)
  if (fromVersion === SCHEMA_VERSION) return
  for (const step of MIGRATIONS.slice(fromVersion - 1)) step(sql)
  sql.exec("UPDATE run SET schema_version = ?", SCHEMA_VERSION)
}
