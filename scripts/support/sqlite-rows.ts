// SQLite rows: what stands in a database file that another process has open.

import { DatabaseSync } from "node:sqlite"

/** Reads only: whoever owns the file is not disturbed. */
export function sqliteRows(
  file: string,
  query: string,
  ...values: string[]
): Record<string, unknown>[] {
  const database = new DatabaseSync(file, { readOnly: true })
  try {
    return database.prepare(query).all(...values)
  } finally {
    database.close()
  }
}
