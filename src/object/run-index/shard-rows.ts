// Shard rows: the cards that one shard keeps, and the ids it has to read.
// Owns: writing and reading single cards. Must not touch: lists (shard-query.ts), which cards belong here (shard.ts).
//   W1. A card takes the place of an older one of the same life; an older one that comes late changes nothing, whoever
//       brings it: what a run has said may have been on its way for longer than what it told since.
//   W2. What was told of a life before it was deleted may arrive after that, and changes nothing.
//   W3. Whoever is told of another life than the one that stands here does not choose between them: the run is asked.

import type { RunCard, RunPlace } from "../../engine/ports/run-index.ts"
import type { Gone } from "./messages.ts"
import { cardFromRow, columnsOf, type StoredCard } from "./stored-card.ts"

/** What became of a card. */
type Kept = "kept" | "old" | "contested"

/** How long a message may be on its way behind the news that its run is deleted. */
const GONE_MS = 15 * 60_000

/** A card that was there, and the one that stands there now. */
export type Seen = (before: RunCard | undefined, now: RunCard | undefined) => void

export class ShardRows {
  readonly #sql: SqlStorage
  readonly #seen: Seen

  /** @param seen is told of each change of what this shard answers for. */
  constructor(sql: SqlStorage, seen: Seen) {
    this.#sql = sql
    this.#seen = seen
  }

  /** What this shard answers for. */
  get(id: string): RunCard | undefined {
    const [row] = this.#sql.exec<StoredCard>("SELECT * FROM runs WHERE id = ?", id).toArray()
    return row && cardFromRow(row)
  }

  copy(id: string): RunCard | undefined {
    const [row] = this.#sql
      .exec<{ card: string }>("SELECT card FROM copies WHERE id = ?", id)
      .toArray()
    return row && (JSON.parse(row.card) as RunCard)
  }

  /** @param isCertain the run itself has just said so: it takes the place of a card of any other life. */
  put(card: RunCard, isHome: boolean, isCertain: boolean): Kept {
    if (this.#isGone(card)) return "old"
    const before = isHome ? this.get(card.id) : this.copy(card.id)
    if (before !== undefined && before.incarnation === card.incarnation) {
      const isOld = before.changes > card.changes
      if (isOld || (before.changes === card.changes && !isCertain)) return "old"
    } else if (before !== undefined && !isCertain) return "contested"
    if (isHome) this.#putRun(card, before)
    else {
      this.#sql.exec(
        "INSERT OR REPLACE INTO copies VALUES (?, ?, ?, ?)",
        card.id,
        card.incarnation,
        card.changes,
        JSON.stringify(card),
      )
    }
    return "kept"
  }

  /** This life is deleted. Another one of the run stays. */
  remove({ id, incarnation }: Gone, nowMs: number): void {
    this.#sql.exec("INSERT OR REPLACE INTO gone VALUES (?, ?, ?)", id, incarnation, nowMs + GONE_MS)
    if (this.get(id)?.incarnation === incarnation) this.drop(id, "runs")
    if (this.copy(id)?.incarnation === incarnation) this.drop(id, "copies")
  }

  /** Messages of runs that went before this are not on their way any more. */
  forgetGone(nowMs: number): void {
    this.#sql.exec("DELETE FROM gone WHERE until <= ?", nowMs)
  }

  #isGone({ id, incarnation }: RunCard): boolean {
    const found = this.#sql.exec(
      "SELECT 1 FROM gone WHERE id = ? AND incarnation = ?",
      id,
      incarnation,
    )
    return found.toArray().length > 0
  }

  /** It is kept as the other kind, or elsewhere, from now on. */
  drop(id: string, kind: "runs" | "copies"): void {
    if (kind === "copies") return void this.#sql.exec("DELETE FROM copies WHERE id = ?", id)
    const before = this.get(id)
    if (before === undefined) return
    this.#sql.exec("DELETE FROM runs WHERE id = ?", id)
    this.#removeTags(before)
    this.#seen(before, undefined)
  }

  /** Cards behind this id, in the order of ids. */
  page(kind: "runs" | "copies", after: string, limit: number): RunCard[] {
    if (kind === "runs") {
      return this.#sql
        .exec<StoredCard>("SELECT * FROM runs WHERE id > ? ORDER BY id LIMIT ?", after, limit)
        .toArray()
        .map(cardFromRow)
    }
    return this.#sql
      .exec<{ card: string }>(
        "SELECT card FROM copies WHERE id > ? ORDER BY id LIMIT ?",
        after,
        limit,
      )
      .toArray()
      .map(({ card }) => JSON.parse(card) as RunCard)
  }

  /** Runs that have been kept as long as they had to be. */
  expired(nowMs: number, limit: number): string[] {
    return this.#sql
      .exec<{ id: string }>(
        "SELECT id FROM runs WHERE delete_at <= ? ORDER BY delete_at LIMIT ?",
        nowMs,
        limit,
      )
      .toArray()
      .map(({ id }) => id)
  }

  nextExpiryMs(): number | undefined {
    const { at } = this.#sql
      .exec<{ at: number | null }>(
        "SELECT MIN(delete_at) AS at FROM runs WHERE delete_at IS NOT NULL",
      )
      .one()
    return at ?? undefined
  }

  /** Runs whose time has come, and that could not be deleted yet, are asked again at this instant. */
  postponeExpiry(id: string, untilMs: number): void {
    this.#sql.exec(
      "UPDATE runs SET delete_at = ? WHERE id = ? AND delete_at < ?",
      untilMs,
      id,
      untilMs,
    )
  }

  get hasRunning(): boolean {
    return (
      this.#sql.exec("SELECT 1 FROM runs WHERE status = 'running' LIMIT 1").toArray().length > 0
    )
  }

  /** Runs that were at work when they were last heard of, and that have not come to it since this instant. */
  running(sinceMs: number, nowMs: number, after: RunPlace, limit: number): RunPlace[] {
    return this.#sql
      .exec<{ id: string; created_at: number }>(
        // One that came to it in the future did so before the clock was set back.
        `SELECT id, created_at FROM runs WHERE status = 'running' AND (created_at, id) > (?, ?)
           AND changed_at NOT BETWEEN ? AND ? ORDER BY created_at, id LIMIT ?`,
        after.createdAtMs,
        after.id,
        sinceMs,
        nowMs,
        limit,
      )
      .toArray()
      .map(({ id, created_at }) => ({ id, createdAtMs: created_at }))
  }

  #putRun(card: RunCard, before: RunCard | undefined): void {
    const columns = columnsOf(card)
    const names = Object.keys(columns)
    this.#sql.exec(
      `INSERT OR REPLACE INTO runs (${names.join(", ")}) VALUES (${names.map(() => "?").join(", ")})`,
      ...Object.values(columns),
    )
    // Tags never change in a life, nor does its instant.
    if (before?.incarnation !== card.incarnation) {
      if (before !== undefined) this.#removeTags(before)
      for (const [key, value] of Object.entries(card.tags)) {
        this.#sql.exec(
          "INSERT OR REPLACE INTO tags VALUES (?, ?, ?)",
          `${key}:${value}`,
          card.createdAtMs,
          card.id,
        )
      }
    }
    this.#seen(before, card)
  }

  #removeTags({ id, tags, createdAtMs }: RunCard): void {
    for (const [key, value] of Object.entries(tags)) {
      this.#sql.exec(
        "DELETE FROM tags WHERE tag = ? AND created_at = ? AND id = ?",
        `${key}:${value}`,
        createdAtMs,
        id,
      )
    }
  }
}
