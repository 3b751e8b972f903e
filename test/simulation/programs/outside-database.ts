// Outside database: D1 as the systems' steps see it, over the simulated network.
// Owns: the part of its interface that the steps use. Must not touch: SQL (services/database-service.ts).

import type { Outside } from "../words.ts"

type Value = string | number | null

interface StatementResult {
  readonly results: unknown[]
  readonly changes: number
}

class Statement {
  readonly sql: string
  readonly values: readonly Value[]
  readonly #database: OutsideDatabase

  constructor(database: OutsideDatabase, sql: string, values: readonly Value[]) {
    this.#database = database
    this.sql = sql
    this.values = values
  }

  bind(...values: Value[]): Statement {
    return new Statement(this.#database, this.sql, values)
  }

  async run(): Promise<{ results: unknown[]; meta: { changes: number } }> {
    const [result] = await this.#database.batch([this])
    if (result === undefined) throw new Error("The database gave no answer.")
    return result
  }

  async first(): Promise<unknown> {
    return (await this.run()).results[0] ?? null
  }

  all(): ReturnType<Statement["run"]> {
    return this.run()
  }
}

export class OutsideDatabase {
  readonly #outside: Outside

  constructor(outside: Outside) {
    this.#outside = outside
  }

  prepare(sql: string): Statement {
    return new Statement(this, sql, [])
  }

  async batch(
    statements: readonly Statement[],
  ): Promise<{ results: unknown[]; meta: { changes: number } }[]> {
    const request = { statements: statements.map(({ sql, values }) => ({ sql, values })) }
    const answers = (await this.#outside.call(request)) as StatementResult[]
    return answers.map(({ results, changes }) => ({ results, meta: { changes } }))
  }
}
