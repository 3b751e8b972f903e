// Shard conditions: which runs are meant, as SQL over one shard's tables.
// Owns: the text and its bindings. Reads, writes nothing.

import type { RunFilter } from "../../engine/ports/run-index.ts"

type Binding = string | number

export interface Conditions {
  /** The tables. */
  readonly from: string
  /** The table whose `created_at` and `id` lead the way. */
  readonly place: "runs" | "tags"
  /** All of which must hold. */
  readonly conditions: readonly string[]
  readonly bindings: readonly Binding[]
}

export function conditionsOf(filter: RunFilter): Conditions {
  const { workflow, version, tags = [], parent, idPrefix, createdFromMs, createdBeforeMs } = filter
  const conditions: string[] = []
  const bindings: Binding[] = []
  const require = (condition: string, ...values: Binding[]) => {
    conditions.push(condition)
    bindings.push(...values)
  }
  // A label that is rare leads the way; of several the first one does.
  const [leading, ...others] = new Set(tags)
  if (leading !== undefined) require("tags.tag = ?", leading)
  const place = leading === undefined ? "runs" : "tags"
  if (others.length > 0) {
    // One condition for all of them: the store takes no deeper expressions than of some dozens.
    const marks = others.map(() => "?").join(", ")
    require(`(SELECT COUNT(*) FROM tags AS more WHERE more.tag IN (${marks}) AND more.created_at = runs.created_at AND more.id = runs.id) = ${others.length}`, ...others)
  }
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
  const from = leading === undefined ? "runs" : "tags JOIN runs ON runs.id = tags.id"
  return { from, place, conditions, bindings }
}

export function whereText(conditions: readonly string[]): string {
  return conditions.length === 0 ? "" : `WHERE ${conditions.join(" AND ")}`
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
