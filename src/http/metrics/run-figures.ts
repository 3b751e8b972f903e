// Run figures: how many runs there are, of which workflow, version and status, as the search index knows them.
// Owns: their metrics. Must not touch: how they are counted (the index does, for the whole server).
//   G1. Where the index is not bound or does not answer, the other metrics are shown all the same, and one says so.

import type { RunStats } from "../../engine/ports/run-index.ts"
import type { MetricText } from "./metric-text.ts"

export function writeRunFigures(text: MetricText, figures: RunStats | undefined): void {
  const only = (value: number) => [{ labels: {}, value }]
  const isUp = figures === undefined ? 0 : 1
  text.gauge("belay_index_up", "Whether the search index has answered: 1, or 0.", only(isUp))
  if (figures === undefined) return
  const { counts, minutes, shards, unread } = figures
  text.gauge(
    "belay_runs",
    "Runs by workflow, version and status, of the whole server.",
    counts.map(({ workflow, version, status, count }) => ({
      labels: { workflow, version: String(version), status },
      value: count,
    })),
  )
  const sum = (of: "started" | "ended") => minutes.reduce((all, minute) => all + minute[of], 0)
  text.gauge(
    "belay_runs_started_last_hour",
    "Runs that began in the last sixty minutes.",
    only(sum("started")),
  )
  text.gauge(
    "belay_runs_ended_last_hour",
    "Runs that ended in the last sixty minutes.",
    only(sum("ended")),
  )
  text.gauge("belay_index_shards", "Shards of the search index.", only(shards))
  text.gauge(
    "belay_index_unread_announcements",
    "Changes of runs that were announced to the search index and are not read yet.",
    only(unread),
  )
}
