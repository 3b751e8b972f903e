// Migrations: brings a local D1 database up to date without the command line's tool, in the table that tool uses.
// Owns: which files count and in which order. Must not touch: what stands in them.

import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"

/** The part of D1's interface that is needed. */
interface Database {
  prepare(query: string): Statement
  batch(statements: Statement[]): Promise<unknown>
}

interface Statement {
  bind(...values: unknown[]): Statement
  all(): Promise<{ readonly results: readonly unknown[] }>
}

const TABLE = `CREATE TABLE IF NOT EXISTS d1_migrations (
  id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL)`

/** Applies, each in one transaction, the files of the folder that were not applied yet. */
export async function applyMigrations(database: unknown, folder: string): Promise<void> {
  const db = database as Database
  await db.batch([db.prepare(TABLE)])
  const { results } = await db.prepare("SELECT name FROM d1_migrations").all()
  const applied = new Set(results.map((row) => (row as { name: string }).name))
  const names = readdirSync(folder).filter((name) => name.endsWith(".sql") && !applied.has(name))
  if (names.length === 0) return
  // Slow to load, and needed once in the life of a database.
  const { unstable_splitSqlQuery: splitQueries } = await import("wrangler")
  for (const name of names.sort()) {
    const queries = splitQueries(readFileSync(join(folder, name), "utf8"))
    await db.batch([
      ...queries.map((query) => db.prepare(query)),
      db.prepare("INSERT INTO d1_migrations (name) VALUES (?1)").bind(name),
    ])
  }
}
