// Database service: the systems' SQL database (D1 when deployed), behind the simulated network.
// Owns: the tables of the migrations, in memory. A request is a batch of statements: all of them are done, or none.
// One that is closed is emptied and used again: to make its tables costs more than all that a world does with them.

import { readdirSync, readFileSync } from "node:fs"
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite"

const MIGRATIONS = "migrations"

interface Statement {
  readonly sql: string
  readonly values: readonly SQLInputValue[]
}

interface StatementResult {
  readonly results: readonly Record<string, unknown>[]
  readonly changes: number
}

/** What is in a new one is what the migrations have put there. */
const WHOLE = "SAVEPOINT empty"
const EMPTIED = "ROLLBACK TO empty"

interface Prepared {
  readonly statement: StatementSync
  readonly hasRows: boolean
}

class MigratedDatabase {
  readonly database = new DatabaseSync(":memory:")
  readonly #prepared = new Map<string, Prepared>()

  constructor() {
    const names = readdirSync(MIGRATIONS).sort()
    for (const name of names) this.database.exec(readFileSync(`${MIGRATIONS}/${name}`, "utf8"))
    this.database.exec(WHOLE)
  }

  prepare(sql: string): Prepared {
    let prepared = this.#prepared.get(sql)
    if (prepared === undefined) {
      const statement = this.database.prepare(sql)
      prepared = { statement, hasRows: statement.columns().length > 0 }
      this.#prepared.set(sql, prepared)
    }
    return prepared
  }
}

const closed: MigratedDatabase[] = []

export class DatabaseService {
  readonly #migrated = closed.pop() ?? new MigratedDatabase()

  call(request: unknown): StatementResult[] {
    const { statements } = request as { readonly statements: readonly Statement[] }
    this.#plain("SAVEPOINT batch")
    try {
      return statements.map((statement) => this.#run(statement))
    } catch (error) {
      this.#plain("ROLLBACK TO batch")
      throw error
    } finally {
      this.#plain("RELEASE batch")
    }
  }

  /** What stands in it, for whoever looks at the end. */
  rows(sql: string): Record<string, unknown>[] {
    return this.#migrated.prepare(sql).statement.all()
  }

  close(): void {
    this.#plain(EMPTIED)
    closed.push(this.#migrated)
  }

  #plain(sql: string): void {
    this.#migrated.prepare(sql).statement.run()
  }

  #run({ sql, values }: Statement): StatementResult {
    const { statement, hasRows } = this.#migrated.prepare(sql)
    if (hasRows) return { results: statement.all(...values), changes: 0 }
    return { results: [], changes: Number(statement.run(...values).changes) }
  }
}
