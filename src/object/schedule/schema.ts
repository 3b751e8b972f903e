// Schema: the tables of a schedule's object, and of the directory of all schedules.
// Owns: every DDL text. Must not touch: rows.
//   D1. They are made by the first write; looking makes none.
//   D2. `schema_version` stands in the row for whoever changes a table later; PRAGMA user_version is refused.

export const SCHEDULE_SCHEMA_VERSION = 1

/**
 * `specs`: what to do, as it was when a start was decided. `starts`: decided and not yet acknowledged by the run.
 * `open`: runs not known to have ended. `backfill`: ticks of the past that are to be seen to.
 */
export const SCHEDULE_TABLES = `
  CREATE TABLE schedule (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    schema_version INTEGER NOT NULL,
    name TEXT NOT NULL,
    incarnation TEXT NOT NULL,
    spec INTEGER NOT NULL,
    paused TEXT,
    created_at INTEGER NOT NULL,
    next_at INTEGER,
    last_at INTEGER,
    last_run TEXT,
    last_error TEXT,
    buffered_at INTEGER,
    poll_at INTEGER,
    poll_ms INTEGER,
    started INTEGER NOT NULL,
    skipped INTEGER NOT NULL,
    missed INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    is_removed INTEGER NOT NULL,
    tell_at INTEGER,
    tell_tries INTEGER NOT NULL
  );
  CREATE TABLE specs (id INTEGER PRIMARY KEY, input TEXT NOT NULL, text TEXT NOT NULL);
  CREATE TABLE starts (
    id INTEGER PRIMARY KEY, run TEXT NOT NULL UNIQUE, spec INTEGER NOT NULL, origin TEXT NOT NULL,
    tries INTEGER NOT NULL, due INTEGER NOT NULL
  );
  CREATE TABLE open (id INTEGER PRIMARY KEY, run TEXT NOT NULL UNIQUE);
  CREATE TABLE backfill (at INTEGER PRIMARY KEY, overlap TEXT NOT NULL);
`

/** `declared`: the digest with which the code's own declaration of a schedule was last applied. */
export const DIRECTORY_TABLES = `
  CREATE TABLE IF NOT EXISTS schedules (name TEXT PRIMARY KEY, created_at INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS declared (name TEXT PRIMARY KEY, digest TEXT NOT NULL) WITHOUT ROWID;
`
