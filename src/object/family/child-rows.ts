// Child rows: the runs this one has started that are under way, or have told their end and were not taken up yet.
// Owns: the table children. Must not touch: messages (family.ts), what an end leads to (engine).
//   C1. A path of a generation has at most one child; a later attempt takes the place of an earlier one.
//   C2. The first end that is told stands (the row goes when the journal has it).

import type { Outcome, OutcomeState } from "../../engine/ports/journal.ts"
import type { ChildStart } from "../../engine/ports/ports.ts"
import type { Tables } from "../store/tables.ts"

type Row = {
  generation: number
  path: string
  attempt: number
  id: string
  incarnation: string
  workflow: string
  close: string
  status: string | null
  state: OutcomeState | null
  text: string | null
}

type NewChild = Pick<ChildStart, "path" | "attempt" | "id" | "incarnation" | "workflow" | "close">

interface KnownChild {
  readonly path: string
  readonly attempt: number
  readonly id: string
  readonly incarnation: string
  readonly workflow: string
  readonly close: ChildStart["close"]
  /** As it has told: `halted` while a person must look. */
  readonly status: string | undefined
}

export class ChildRows {
  readonly #tables: Tables

  constructor(tables: Tables) {
    this.#tables = tables
  }

  add(generation: number, child: NewChild): void {
    this.#tables.ensure("children")
    this.#tables.sql.exec(
      `INSERT OR REPLACE INTO children (generation, path, attempt, id, incarnation, workflow, close)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
      generation,
      child.path,
      child.attempt,
      child.id,
      child.incarnation,
      child.workflow,
      child.close,
    )
  }

  find(generation: number, path: string): KnownChild | undefined {
    const [row] = this.#select("generation = ? AND path = ?", generation, path)
    return row && known(row)
  }

  outcome(generation: number, path: string): { attempt: number; outcome: Outcome } | undefined {
    const [row] = this.#select(
      "generation = ? AND path = ? AND state IS NOT NULL",
      generation,
      path,
    )
    if (row === undefined || row.state === null) return undefined
    const text = this.#tables.load(row.text ?? "null")
    return { attempt: row.attempt, outcome: { state: row.state, text } }
  }

  /** @returns whether it is news. */
  end(generation: number, path: string, attempt: number, { state, text }: Outcome): boolean {
    const condition = "generation = ? AND path = ? AND attempt = ? AND state IS NULL"
    if (this.#select(condition, generation, path, attempt).length === 0) return false
    this.#tables.sql.exec(
      `UPDATE children SET state = ?, text = ? WHERE ${condition}`,
      state,
      this.#tables.store(text),
      generation,
      path,
      attempt,
    )
    return true
  }

  setStatus(generation: number, path: string, attempt: number, status: string | null): void {
    if (!this.#tables.has("children")) return
    this.#tables.sql.exec(
      "UPDATE children SET status = ? WHERE generation = ? AND path = ? AND attempt = ?",
      status,
      generation,
      path,
      attempt,
    )
  }

  drop(generation: number, path: string): void {
    const [row] = this.#select("generation = ? AND path = ?", generation, path)
    if (row === undefined) return
    this.#tables.free(row.text)
    this.#tables.sql.exec(
      "DELETE FROM children WHERE generation = ? AND path = ?",
      generation,
      path,
    )
  }

  /** Those that have not told their end, in the order of their paths. */
  underWay(generation: number, limit = -1): KnownChild[] {
    return this.#select("generation = ? AND state IS NULL ORDER BY path LIMIT ?", generation, limit)
      .map(known)
      .sort((left, right) => left.path.localeCompare(right.path, "en", { numeric: true }))
  }

  /** Whether one has told its end and was not taken up. */
  hasArrival(): boolean {
    return this.#select("state IS NOT NULL LIMIT 1").length > 0
  }

  clear(): void {
    if (!this.#tables.has("children")) return
    for (const { text } of this.#select("text LIKE '@%'")) this.#tables.free(text)
    this.#tables.sql.exec("DELETE FROM children")
  }

  #select(condition: string, ...bindings: (string | number)[]): Row[] {
    if (!this.#tables.has("children")) return []
    return this.#tables.sql
      .exec<Row>(`SELECT * FROM children WHERE ${condition}`, ...bindings)
      .toArray()
  }
}

function known({ path, attempt, id, incarnation, workflow, close, status }: Row): KnownChild {
  return {
    path,
    attempt,
    id,
    incarnation,
    workflow,
    close: close as ChildStart["close"],
    status: status ?? undefined,
  }
}
