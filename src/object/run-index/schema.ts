// Shard schema: the tables of one shard of the index.
// Owns: their texts.
//   D1. A run that this shard answers for is a row of `runs`, with what a list sorts and filters by; one that it only
//       keeps for another shard is a row of `copies`, with no index.
//   D2. The version stands in a row of its own; newer tables are refused before anything is read or written.

import { NewerTablesError } from "../store/schema.ts"

const SHARD_VERSION = 1

const TABLES = [
  `CREATE TABLE shard (
    one INTEGER PRIMARY KEY CHECK (one = 1), version INTEGER NOT NULL, number INTEGER NOT NULL,
    shards INTEGER NOT NULL, moved TEXT, reread TEXT
  )`,
  `CREATE TABLE runs (
    id TEXT PRIMARY KEY, incarnation TEXT NOT NULL, changes INTEGER NOT NULL, workflow TEXT NOT NULL,
    version INTEGER NOT NULL, status TEXT NOT NULL, created_at INTEGER NOT NULL, started_at INTEGER,
    ended_at INTEGER, changed_at INTEGER NOT NULL, delete_at INTEGER, parent TEXT, parent_path TEXT,
    tags TEXT, problem TEXT
  ) WITHOUT ROWID`,
  "CREATE INDEX runs_created ON runs (created_at)",
  "CREATE INDEX runs_status ON runs (status, created_at)",
  "CREATE INDEX runs_workflow ON runs (workflow, created_at)",
  "CREATE INDEX runs_parent ON runs (parent, created_at) WHERE parent IS NOT NULL",
  "CREATE INDEX runs_delete ON runs (delete_at) WHERE delete_at IS NOT NULL",
  `CREATE TABLE tags (
    tag TEXT NOT NULL, created_at INTEGER NOT NULL, id TEXT NOT NULL, PRIMARY KEY (tag, created_at, id)
  ) WITHOUT ROWID`,
  `CREATE TABLE copies (
    id TEXT PRIMARY KEY, incarnation TEXT NOT NULL, changes INTEGER NOT NULL, card TEXT NOT NULL
  ) WITHOUT ROWID`,
  `CREATE TABLE gone (
    id TEXT NOT NULL, incarnation TEXT NOT NULL, until INTEGER NOT NULL, PRIMARY KEY (id, incarnation)
  ) WITHOUT ROWID`,
  `CREATE TABLE unread (
    id TEXT PRIMARY KEY, due INTEGER NOT NULL, tries INTEGER NOT NULL
  ) WITHOUT ROWID`,
]

/** Whether the tables are there. Writes nothing. @throws NewerTablesError */
export function hasShardTables(sql: SqlStorage): boolean {
  if (sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'shard'").toArray().length === 0) {
    return false
  }
  const { version } = sql.exec<{ version: number }>("SELECT version FROM shard").one()
  if (version > SHARD_VERSION) throw new NewerTablesError(version, SHARD_VERSION)
  return true
}

export function makeShardTables(sql: SqlStorage, number: number, shards: number): void {
  for (const text of TABLES) sql.exec(text)
  sql.exec(
    "INSERT INTO shard (one, version, number, shards) VALUES (1, ?, ?, ?)",
    SHARD_VERSION,
    number,
    shards,
  )
}
