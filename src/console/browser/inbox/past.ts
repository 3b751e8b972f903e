// Past: what a run's journal says to whoever must decide: what people did before, and where one can go on from.
// Owns: how much of the journal is read. Must not touch: the page.

import { JOURNAL, type Entry } from "../answers.ts"
import { pathTo, withQuery, type Api } from "../api.ts"

/** The server's own limit for one answer. */
const PAGE_SIZE = 1_000

/** Of a journal longer than this only the beginning is read here; the run's own view has it all. */
const PAGES_MAX = 10

export interface Past {
  readonly entries: readonly Entry[]
  /** Not all of the journal is here. */
  readonly isCut: boolean
}

export async function askPast(api: Api, runId: string, signal: AbortSignal): Promise<Past> {
  const entries: Entry[] = []
  let after: string | undefined
  for (let page = 0; page < PAGES_MAX; page++) {
    const path = withQuery(pathTo("v1", "runs", runId, "journal"), { after, limit: PAGE_SIZE })
    const answer = await api.ask(path, JOURNAL, { signal })
    entries.push(...answer.entries)
    after = answer.next
    if (after === undefined) return { entries, isCut: false }
  }
  return { entries, isCut: true }
}

export function deedsOf({ entries }: Past): readonly Entry[] {
  return entries.filter(({ kind }) => kind === "operator")
}

/** Entries a run can be sent back to, the latest first. */
export function placesOf({ entries }: Past): readonly Entry[] {
  return entries.filter(({ kind }) => kind !== "operator").toReversed()
}

/** Entries whose outcome a person can give, the latest first. */
export function stepsOf(past: Past): readonly Entry[] {
  return placesOf(past).filter(({ kind }) => kind === "step" || kind === "child")
}

export function entryTitle({ path, kind, name, state }: Entry): string {
  return `${path}: ${kind} ${name ?? ""} (${state.replaceAll("_", " ")})`
}
