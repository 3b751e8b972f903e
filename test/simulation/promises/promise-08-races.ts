// Promise 8: where several things race, the first to be recorded wins, for ever. Losers end before the race returns.
// Members that the race began itself stand at paths right under its own; a future of somebody else's does not.

import { decode } from "../../../src/engine/values/codec.ts"
import type { JournalRecord } from "../../../src/engine/ports/journal.ts"
import type { Check, Finding } from "./check.ts"
import type { EntryView, RunView } from "./run-view.ts"

export const firstRecordedWins: Check = {
  promise: "promise 8",
  says: "the first to be recorded wins, and losers end first",
  record(run, record) {
    if (record.type !== "completed") return undefined
    const first = record.kind === undefined ? run.entries.get(record.path)?.first : record
    if (first?.kind !== "race" && !(first?.kind === "any" && first.path === record.path)) {
      return undefined
    }
    const winner = winnerOf(record)
    return winner === undefined ? undefined : judge(run, record, first.kind, winner)
  },
}

/** As the name says; a record of kind "all" may be of allSettled as well. */
export const allMeansAll: Check = {
  promise: "promise 8",
  says: "all completes only when every member has",
  record(run, { path, type }) {
    const first = run.entries.get(path)?.first
    if (type !== "completed" || first?.kind !== "all" || first.name !== "all") return undefined
    for (const [key, { outcome }] of membersOf(run, path)) {
      if (outcome === undefined || outcome.type === "completed") continue
      return {
        path,
        expected: `it to fail with member ${key}`,
        found: `completed over a member that ${outcome.type}`,
      }
    }
    return undefined
  },
}

function judge(
  run: RunView,
  { path }: JournalRecord,
  kind: string,
  winner: string,
): Finding | undefined {
  const decides = ({ outcome }: EntryView) =>
    outcome !== undefined && (kind === "race" || outcome.type === "completed")
  const members = membersOf(run, path)
  const won = members.find(([key]) => key === winner)?.[1]
  for (const [key, member] of members) {
    const { outcome } = member
    if (outcome === undefined) {
      if (member.first.kind === "child" || key === winner) continue
      return {
        path,
        expected: `member ${key} to have ended before the ${kind} did`,
        found: "it has not",
      }
    }
    if (key === winner || won?.outcome === undefined || !decides(member)) continue
    if (outcome.seq > won.outcome.seq) continue
    return {
      path,
      expected: `member ${key}, recorded first (seq ${outcome.seq})`,
      found: `member ${winner} won`,
    }
  }
  return undefined
}

function membersOf({ entries }: RunView, path: string): [string, EntryView][] {
  const prefix = `${path}.`
  const members: [string, EntryView][] = []
  for (const [at, entry] of entries) {
    if (!at.startsWith(prefix)) continue
    const key = at.slice(prefix.length)
    if (!key.includes(".")) members.push([key, entry])
  }
  return members
}

/** The winner's index; a record of operations has names for keys, and nothing says which stood where. */
function winnerOf({ text }: JournalRecord): string | undefined {
  const { key } = (decode(text ?? "null") ?? {}) as { key?: unknown }
  return typeof key === "number" ? String(key) : undefined
}
