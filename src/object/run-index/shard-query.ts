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
import { conditionsOf, whereText } from "./shard-conditions.ts"
import { cardFromRow, type StoredCard } from "./stored-card.ts"

/** At most `limit` runs in the order of the list. */
export function listRuns(sql: SqlStorage, query: RunQuery): RunCard[] {
  const statuses = query.statuses.length === 0 ? [undefined] : [...new Set(query.statuses)]
  const found = statuses.flatMap((status) => ofStatus(sql, query, status))
  if (statuses.length > 1) found.sort((left, right) => comparePlaces(query.order, left, right))
  return found.slice(0, query.limit)
}

function ofStatus(sql: SqlStorage, query: RunQuery, status: RunStatus | undefined): RunCard[] {
  const { after, order } = query
  const { from, place, ...found } = conditionsOf(query)
  const conditions = [...found.conditions]
  const bindings = [...found.bindings]
  if (status !== undefined) {
    conditions.push("status = ?")
    bindings.push(status)
  }
  if (after !== undefined) {
    conditions.push(`(${place}.created_at, ${place}.id) ${order === "newest" ? "<" : ">"} (?, ?)`)
    bindings.push(after.createdAtMs, after.id)
  }
  const way = order === "newest" ? "DESC" : "ASC"
  return sql
    .exec<StoredCard>(
      `SELECT runs.* FROM ${from} ${whereText(conditions)} ORDER BY ${place}.created_at ${way}, ${place}.id ${way} LIMIT ?`,
      ...bindings,
      query.limit,
    )
    .toArray()
    .map(cardFromRow)
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
