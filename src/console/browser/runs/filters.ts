// Filters: which runs the list shows, as it stands in the URL and as the server is asked.
// Owns: the names. Pure.
//   F1. What the URL says and the list shows is the same; an unknown filter is left alone.

/** Filters that hold one text each. */
const TEXT_FILTERS = [
  "workflow",
  "version",
  "idPrefix",
  "parent",
  "createdAfter",
  "createdBefore",
] as const

type TextFilter = (typeof TEXT_FILTERS)[number]

const HOUR_MS = 3_600_000

/** Runs of the last so long; the word stands in the URL, so that a copied link means the same tomorrow. */
const SINCE_MS: Readonly<Record<string, number>> = {
  "15m": HOUR_MS / 4,
  "1h": HOUR_MS,
  "24h": 24 * HOUR_MS,
  "7d": 7 * 24 * HOUR_MS,
}

/** Everything that says which runs are shown; `cursor` says only which page of them. */
const ALL_FILTERS = [...TEXT_FILTERS, "status", "tag", "since", "order"] as const

type FilterName = TextFilter | "status" | "tag" | "since" | "order"

/** What each of some filters is to be; no values take it away. */
export type FilterChanges = Readonly<Partial<Record<FilterName, readonly string[]>>>

export function isFiltered(query: URLSearchParams): boolean {
  return ALL_FILTERS.some((name) => name !== "order" && query.has(name))
}

/** The query with filters changed; back on the first page. */
export function withFilters(query: URLSearchParams, changes: FilterChanges): URLSearchParams {
  const changed = new URLSearchParams(query)
  changed.delete("cursor")
  for (const [name, values] of Object.entries(changes)) {
    changed.delete(name)
    for (const value of values) if (value !== "") changed.append(name, value)
  }
  return changed
}

export function withoutFilters(query: URLSearchParams): URLSearchParams {
  const changed = new URLSearchParams(query)
  for (const name of [...ALL_FILTERS, "cursor"]) changed.delete(name)
  return changed
}

export function withCursor(query: URLSearchParams, cursor: string | undefined): URLSearchParams {
  const changed = new URLSearchParams(query)
  if (cursor === undefined) changed.delete("cursor")
  else changed.set("cursor", cursor)
  return changed
}

export function addressOfRuns(query: URLSearchParams): string {
  return query.size === 0 ? "/" : `/?${query.toString()}`
}

type Question = Readonly<Record<string, string | number | readonly string[] | undefined>>

/** What the server is asked for the counts of this list. */
export function filterOf(query: URLSearchParams, nowMs: number): Question {
  const since = SINCE_MS[query.get("since") ?? ""]
  return {
    ...Object.fromEntries(TEXT_FILTERS.map((name) => [name, query.get(name) ?? undefined])),
    ...(since !== undefined && { createdAfter: sinceText(nowMs - since) }),
    tag: query.getAll("tag"),
  }
}

/** What the server is asked for this list. */
export function questionOf(query: URLSearchParams, limit: number, nowMs: number): Question {
  return {
    ...filterOf(query, nowMs),
    status: query.getAll("status"),
    order: query.get("order") ?? undefined,
    cursor: query.get("cursor") ?? undefined,
    limit,
  }
}

/** A whole minute: pages of one list are asked with the same filters. */
function sinceText(atMs: number): string {
  return new Date(Math.floor(atMs / 60_000) * 60_000).toISOString()
}
