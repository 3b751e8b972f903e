// Unread rows: runs that are known by their id alone: somebody has announced them, or two lives of one are told of.
// Owns: the table `unread`, and which of them were announced once more while they were being read.
//   N1. An id stays until the run was read after its last announcement, and what was read is kept in both places.

export interface Unread {
  readonly id: string
  /** Readings that have failed so far. */
  readonly tries: number
}

export class UnreadRows {
  readonly #sql: SqlStorage
  /** Announced since their reading began. In memory: a reading does not outlive it either. */
  readonly #again = new Set<string>()
  #count: number | undefined

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  add(id: string, dueMs: number): void {
    this.#again.add(id)
    this.#sql.exec(
      `INSERT INTO unread VALUES (?, ?, 0)
       ON CONFLICT (id) DO UPDATE SET due = MIN(due, excluded.due), tries = 0`,
      id,
      dueMs,
    )
    this.#count = undefined
  }

  /** It has to be read again, unless that is known. */
  keep(id: string, dueMs: number): void {
    this.#sql.exec("INSERT OR IGNORE INTO unread VALUES (?, ?, 0)", id, dueMs)
    this.#count = undefined
  }

  has(id: string): boolean {
    return this.#sql.exec("SELECT 1 FROM unread WHERE id = ?", id).toArray().length > 0
  }

  /** Some that are due by then. */
  due(nowMs: number, limit: number): Unread[] {
    return this.#sql
      .exec<{ id: string; tries: number }>(
        "SELECT id, tries FROM unread WHERE due <= ? LIMIT ?",
        nowMs,
        limit,
      )
      .toArray()
  }

  reading(id: string): void {
    this.#again.delete(id)
  }

  /** It was read, and what was read is kept. */
  done(id: string): void {
    if (!this.#again.has(id)) this.settled(id)
  }

  /** Another shard has read it, and goes on reading it if it is announced again. */
  settled(id: string): void {
    this.#again.delete(id)
    this.#sql.exec("DELETE FROM unread WHERE id = ?", id)
    this.#count = undefined
  }

  /** All of them are due by then. */
  hasten(nowMs: number): void {
    this.#sql.exec("UPDATE unread SET due = ? WHERE due > ?", nowMs, nowMs)
  }

  postpone(id: string, dueMs: number): void {
    this.#sql.exec("UPDATE unread SET tries = tries + 1, due = ? WHERE id = ?", dueMs, id)
  }

  earliestDueMs(): number | undefined {
    const { due } = this.#sql
      .exec<{ due: number | null }>("SELECT MIN(due) AS due FROM unread")
      .one()
    return due ?? undefined
  }

  /** Those whose reading is due by then, or has failed: the others are read elsewhere. */
  countDue(byMs: number): number {
    return this.#sql
      .exec<{ n: number }>("SELECT COUNT(*) AS n FROM unread WHERE due <= ? OR tries > 0", byMs)
      .one().n
  }

  count(): number {
    this.#count ??= this.#sql.exec<{ n: number }>("SELECT COUNT(*) AS n FROM unread").one().n
    return this.#count
  }
}
