// Card view: a run of a list, and the counts of runs, as JSON.
// Owns: the fields of both. A card carries no value of the run.

import type { RunCard, RunStats, StatusCount } from "../engine/ports/run-index.ts"
import { viewTime } from "./run-view.ts"

export function viewCard(card: RunCard): Record<string, unknown> {
  return {
    id: card.id,
    workflow: card.workflow,
    version: card.version,
    status: card.status,
    createdAt: viewTime(card.createdAtMs),
    ...(card.startedAtMs !== undefined && { startedAt: viewTime(card.startedAtMs) }),
    ...(card.endedAtMs !== undefined && { endedAt: viewTime(card.endedAtMs) }),
    changedAt: viewTime(card.changedAtMs),
    ...(card.parent !== undefined && { parent: card.parent }),
    tags: card.tags,
    ...(card.problem !== undefined && { problem: card.problem }),
  }
}

export function viewStats({
  counts,
  isCut,
  minutes,
  shards,
  unread,
}: RunStats): Record<string, unknown> {
  const workflows = Map.groupBy(counts, ({ workflow, version }) =>
    JSON.stringify([workflow, version]),
  )
  return {
    total: totalOf(counts),
    statuses: statusesOf(counts),
    ...(isCut && { atLeast: true }),
    workflows: [...workflows.values()].map(viewWorkflow).sort(byName),
    minutes: minutes.map(({ atMs, started, ended }) => ({ at: viewTime(atMs), started, ended })),
    index: { shards, unread },
  }
}

interface WorkflowView {
  readonly workflow: string
  readonly version: number
  readonly total: number
  readonly statuses: Readonly<Record<string, number>>
}

function viewWorkflow(counts: readonly StatusCount[]): WorkflowView {
  const { workflow = "", version = 0 } = counts[0] ?? {}
  return { workflow, version, total: totalOf(counts), statuses: statusesOf(counts) }
}

function byName(left: WorkflowView, right: WorkflowView): number {
  if (left.workflow !== right.workflow) return left.workflow < right.workflow ? -1 : 1
  return left.version - right.version
}

function totalOf(counts: readonly StatusCount[]): number {
  return counts.reduce((sum, { count }) => sum + count, 0)
}

function statusesOf(counts: readonly StatusCount[]): Record<string, number> {
  const statuses: Record<string, number> = {}
  for (const { status, count } of counts) statuses[status] = (statuses[status] ?? 0) + count
  return statuses
}
