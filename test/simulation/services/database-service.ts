// Database service: the systems' SQL database (D1 when deployed), behind the simulated network.
// Owns: the tables of the migrations, in memory. A request is a batch of statements: all of them are done, or none.

import { readdirSync, readFileSync } from "node:fs"
import { DatabaseSync, type SQLInputValue } from "node:sqlite"

const MIGRATIONS = "migrations"

interface Statement {
  readonly sql: string
  readonly values: readonly SQLInputValue[]
}

interface StatementResult {
  readonly results: readonly Record<string, unknown>[]
  readonly changes: number
}

let migrations: readonly string[] | undefined

export class DatabaseService {
  readonly #database = new DatabaseSync(":memory:")

  constructor() {
    migrations ??= readdirSync(MIGRATIONS)
      .sort()
      .map((name) => readFileSync(`${MIGRATIONS}/${name}`, "utf8"))
    for (const migration of migrations) this.#database.exec(migration)
  }

  call(request: unknown): StatementResult[] {
    const { statements } = request as { readonly statements: readonly Statement[] }
    this.#database.exec("BEGIN")
    try {
      const results = statements.map((statement) => this.#run(statement))
      this.#database.exec("COMMIT")
      return results
    } catch (error) {
      this.#database.exec("ROLLBACK")
      throw error
    }
  }

  /** What stands in it, for whoever looks at the end. */
  rows(sql: string): Record<string, unknown>[] {
    return this.#database.prepare(sql).all()
  }

  close(): void {
    this.#database.close()
  }

  #run({ sql, values }: Statement): StatementResult {
    const statement = this.#database.prepare(sql)
    if (statement.columns().length > 0) {
      return { results: statement.all(...values), changes: 0 }
    }
    return { results: [], changes: Number(statement.run(...values).changes) }
  }
}
