// Arrivals: in which order what was begun together has ended in a run, and what each came to.
// Owns: telling two runs apart that had the same news in another order. Must not touch: what follows (crash-findings.ts).
//   A1. A crash may change the order of what is under way at once: nobody promised one. It may not change the news.

import { decode } from "../engine/values/codec.ts"
import { isOutcome, type JournalRecord } from "../engine/ports/journal.ts"
import { differenceFrom } from "./comparison.ts"

export interface Arrivals {
  /** The outcomes of all runs, in the order in which each has them. */
  readonly order: string
  /** What each step, signal and the like came to, by its place and what it was given. */
  readonly news: ReadonlyMap<string, unknown>
  /** Who has come first in each race. */
  readonly winners: string
}

/** What is another than in undisturbed runs while all that both were told is the same; `undefined` when nothing is. */
export type Reordering = "order" | "winner" | undefined

export function arrivalsOf(
  runs: readonly {
    readonly id: string
    readonly generations: readonly (readonly JournalRecord[])[]
  }[],
): Arrivals {
  const order: string[] = []
  const news = new Map<string, unknown>()
  const winners: string[] = []
  const journals = runs.flatMap(({ id, generations }) =>
    generations.map((records, generation) => ({ at: `${id} ${generation}`, records })),
  )
  for (const { at, records } of journals) {
    const begun = new Map(
      records.flatMap((each) => (each.kind === undefined ? [] : [[each.path, each] as const])),
    )
    const branches = new Set([...begun.keys()].map((path) => path.slice(0, path.lastIndexOf("."))))
    for (const { path, type, text, ...record } of records) {
      if (!isOutcome({ path, type, ...record })) continue
      const place = `${at} ${path}`
      const { kind, digest } = begun.get(path) ?? {}
      if (kind === "race" || kind === "any") {
        winners.push(`${place} ${type} ${type === "completed" ? text : ""}`)
      }
      // What is made of other news is none of its own, nor is what a child says that is looked at itself.
      if (branches.has(path)) continue
      order.push(`${place} ${type}`)
      if (type === "completed" && kind !== "child")
        news.set(`${place} ${digest}`, decode(text ?? "null"))
    }
  }
  return { order: order.join("\n"), news, winners: winners.toSorted().join("\n") }
}

export function reorderingOf(references: readonly Arrivals[], found: Arrivals): Reordering {
  if (references.some(({ order }) => order === found.order)) return undefined
  for (const [place, value] of found.news) {
    const known = references.flatMap(({ news }) => (news.has(place) ? [news.get(place)] : []))
    if (known.length > 0 && differenceFrom(known, value) !== undefined) return undefined
  }
  return references.some(({ winners }) => winners === found.winners) ? "order" : "winner"
}
