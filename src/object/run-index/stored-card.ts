// Stored card: a card as a row of the table `runs`, and back.
// Owns: the columns.

import type { RunCard } from "../../engine/ports/run-index.ts"
import type { RunStatus } from "../../engine/ports/run-status.ts"

export type StoredCard = {
  id: string
  incarnation: string
  changes: number
  workflow: string
  version: number
  status: string
  created_at: number
  started_at: number | null
  ended_at: number | null
  changed_at: number
  delete_at: number | null
  parent: string | null
  parent_path: string | null
  tags: string | null
  problem: string | null
}

export function columnsOf(card: RunCard): StoredCard {
  const { parent, problem, tags } = card
  return {
    id: card.id,
    incarnation: card.incarnation,
    changes: card.changes,
    workflow: card.workflow,
    version: card.version,
    status: card.status,
    created_at: card.createdAtMs,
    started_at: card.startedAtMs ?? null,
    ended_at: card.endedAtMs ?? null,
    changed_at: card.changedAtMs,
    delete_at: card.deleteAtMs ?? null,
    parent: parent?.id ?? null,
    parent_path: parent?.path ?? null,
    tags: Object.keys(tags).length === 0 ? null : JSON.stringify(tags),
    problem: problem === undefined ? null : JSON.stringify(problem),
  }
}

export function cardFromRow(row: StoredCard): RunCard {
  return {
    id: row.id,
    incarnation: row.incarnation,
    changes: row.changes,
    workflow: row.workflow,
    version: row.version,
    status: row.status as RunStatus,
    createdAtMs: row.created_at,
    changedAtMs: row.changed_at,
    tags: row.tags === null ? {} : (JSON.parse(row.tags) as RunCard["tags"]),
    ...(row.started_at === null ? {} : { startedAtMs: row.started_at }),
    ...(row.ended_at === null ? {} : { endedAtMs: row.ended_at }),
    ...(row.delete_at === null ? {} : { deleteAtMs: row.delete_at }),
    ...(row.parent === null ? {} : { parent: { id: row.parent, path: row.parent_path ?? "" } }),
    ...(row.problem === null
      ? {}
      : { problem: JSON.parse(row.problem) as NonNullable<RunCard["problem"]> }),
  }
}
