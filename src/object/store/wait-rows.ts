// Wait rows: what the run waits for, with absolute deadlines: its timers, and its `waitingFor`.
// Owns: the table waits. Must not touch: the alarm (run-alarm.ts), what a due wait causes (engine).

import type { Wait } from "../../engine/ports/ports.ts"
import type { TableName } from "./schema.ts"
import type { Tables } from "./tables.ts"

export class WaitRows {
  readonly #tables: Tables

  constructor(tables: Tables) {
    this.#tables = tables
  }

  save(wait: Wait): void {
    this.#tables.ensure("waits")
    this.#tables.sql.exec(
      "INSERT OR REPLACE INTO waits VALUES (?, ?, ?, ?, ?)",
      wait.id,
      wait.kind,
      wait.path,
      wait.name ?? null,
      wait.dueMs ?? null,
    )
  }

  drop(id: number): void {
    if (this.#tables.has("waits")) this.#tables.sql.exec("DELETE FROM waits WHERE id = ?", id)
  }

  clear(): void {
    if (this.#tables.has("waits")) this.#tables.sql.exec("DELETE FROM waits")
  }

  all(): Wait[] {
    if (!this.#tables.has("waits")) return []
    return this.#tables.sql
      .exec<{ id: number; kind: string; path: string; name: string | null; due: number | null }>(
        "SELECT id, kind, path, name, due FROM waits ORDER BY id",
      )
      .toArray()
      .map((row) => ({
        id: row.id,
        kind: row.kind as Wait["kind"],
        path: row.path,
        name: row.name ?? undefined,
        dueMs: row.due ?? undefined,
      }))
  }

  earliestDueMs(): number | undefined {
    if (!this.#tables.has("waits")) return undefined
    const { due } = this.#tables.sql
      .exec<{ due: number | null }>("SELECT MIN(due) AS due FROM waits")
      .one()
    return due ?? undefined
  }

  hasWaiterFor(kind: "signal" | "update", name: string): boolean {
    if (!this.#tables.has("waits")) return false
    return (
      this.#tables.sql
        .exec("SELECT 1 FROM waits WHERE kind = ? AND name = ? LIMIT 1", kind, name)
        .toArray().length > 0
    )
  }

  /** Whether a message or a settled promise lies ready for something that waits for it. */
  hasArrival(generation: number): boolean {
    return (
      this.#exists(
        "inbox",
        "SELECT 1 FROM waits w JOIN inbox m ON m.name = w.name WHERE w.kind = 'signal' LIMIT 1",
      ) ||
      this.#exists(
        "updates",
        "SELECT 1 FROM waits w JOIN updates m ON m.name = w.name AND m.status = 'waiting' WHERE w.kind = 'update' LIMIT 1",
      ) ||
      this.#exists(
        "promises",
        "SELECT 1 FROM waits w JOIN promises p ON p.path = w.path AND p.state IS NOT NULL WHERE w.kind = 'promise' AND p.generation = ? LIMIT 1",
        generation,
      )
    )
  }

  #exists(table: TableName, query: string, ...bindings: number[]): boolean {
    if (!this.#tables.has("waits") || !this.#tables.has(table)) return false
    return this.#tables.sql.exec(query, ...bindings).toArray().length > 0
  }
}
