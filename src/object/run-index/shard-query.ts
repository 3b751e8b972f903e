// Shard query: a list's question as SQL over one shard's table.
// Owns: the text and its bindings. Reads, writes nothing.
//   L1. Each status is a question of its own, walked along an index in the order of the list; the answers are merged. One
//       question for several would sort all that match.

import {
  compareIds,
  comparePlaces,
  type RunCard,
  type RunQuery,
} from "../../engine/ports/run-index.ts"
import type { RunStatus } from "../../engine/ports/run-status.ts"
import { cardFromRow, type StoredCard } from "./stored-card.ts"

/** At most `limit` runs in the order of the list. */
export function listRuns(sql: SqlStorage, query: RunQuery): RunCard[] {
  const statuses = query.statuses.length === 0 ? [undefined] : [...new Set(query.statuses)]
  const found = statuses.flatMap((status) => ofStatus(sql, query, status))
  if (statuses.length > 1) found.sort((left, right) => comparePlaces(query.order, left, right))
  return found.slice(0, query.limit)
}

function ofStatus(sql: SqlStorage, query: RunQuery, status: RunStatus | undefined): RunCard[] {
  const { workflow, version, parent, idPrefix, createdFromMs, createdBeforeMs, after, order } =
    query
  const conditions: string[] = []
  const bindings: (string | number)[] = []
  const require = (condition: string, ...values: (string | number)[]) => {
    conditions.push(condition)
    bindings.push(...values)
  }
  // A label that is rare leads the way; of several the first one does.
  const [leading, ...others] = new Set(query.tags)
  if (leading !== undefined) require("tags.tag = ?", leading)
  const place = leading === undefined ? "runs" : "tags"
  if (others.length > 0) {
    // One condition for all of them: the store takes no deeper expressions than of some dozens.
    const marks = others.map(() => "?").join(", ")
    require(`(SELECT COUNT(*) FROM tags AS more WHERE more.tag IN (${marks}) AND more.created_at = runs.created_at AND more.id = runs.id) = ${others.length}`, ...others)
  }
  if (status !== undefined) require("status = ?", status)
  if (workflow !== undefined) require("workflow = ?", workflow)
  if (version !== undefined) require("version = ?", version)
  if (parent !== undefined) require("parent = ?", parent)
  if (createdFromMs !== undefined) require(`${place}.created_at >= ?`, createdFromMs)
  if (createdBeforeMs !== undefined) require(`${place}.created_at < ?`, createdBeforeMs)
  if (idPrefix !== undefined && idPrefix !== "") {
    require(`${place}.id >= ?`, idPrefix)
    const end = behindPrefix(idPrefix)
    if (end !== undefined) require(`${place}.id < ?`, end)
  }
  if (after !== undefined) {
    const sign = order === "newest" ? "<" : ">"
    require(`(${place}.created_at, ${place}.id) ${sign} (?, ?)`, after.createdAtMs, after.id)
  }
  const from = leading === undefined ? "runs" : "tags JOIN runs ON runs.id = tags.id"
  const where = conditions.length === 0 ? "" : `WHERE ${conditions.join(" AND ")}`
  const way = order === "newest" ? "DESC" : "ASC"
  return sql
    .exec<StoredCard>(
      `SELECT runs.* FROM ${from} ${where} ORDER BY ${place}.created_at ${way}, ${place}.id ${way} LIMIT ?`,
      ...bindings,
      query.limit,
    )
    .toArray()
    .map(cardFromRow)
}

/** The least text behind all that begin with this one; `undefined` when there is none. */
function behindPrefix(prefix: string): string | undefined {
  const points = Array.from(prefix, (character) => character.codePointAt(0) ?? 0)
  while (points.length > 0) {
    const last = (points.pop() ?? 0) + 1
    // Halves of surrogate pairs are no characters: the next one is behind them.
    const next = last >= 0xd800 && last <= 0xdfff ? 0xe000 : last
    if (next <= 0x10ffff) return String.fromCodePoint(...points, next)
  }
  return undefined
}

/** Cards of several shards as one list: a run that two of them answer for, while it moves, is there once. */
export function mergeRuns(lists: readonly (readonly RunCard[])[], query: RunQuery): RunCard[] {
  const newest = new Map<string, RunCard>()
  for (const card of lists.flat()) {
    const known = newest.get(card.id)
    if (known === undefined || isNewer(card, known)) newest.set(card.id, card)
  }
  return [...newest.values()]
    .sort((left, right) => comparePlaces(query.order, left, right))
    .slice(0, query.limit)
}

function isNewer(card: RunCard, known: RunCard): boolean {
  if (card.incarnation === known.incarnation) return card.changes > known.changes
  if (card.createdAtMs !== known.createdAtMs) return card.createdAtMs > known.createdAtMs
  return compareIds(card.incarnation, known.incarnation) > 0
}
