// Of run: what a timeline has to know of its run that stands in no journal: its replays, its halt, that it has ended.
// Owns: how these are told. Must not touch: the page, the server. Pure.

import { isFinal, type Run } from "../answers.ts"
import type { Timeline } from "./timeline.ts"

export function tellOfRun(timeline: Timeline, { status, error, replays }: Run): void {
  // Nothing comes back of itself to one that stands still, either.
  if (isFinal(status) || status === "halted" || status === "paused") timeline.closed()
  timeline.haltCode = status === "halted" ? (error?.code ?? status) : undefined
  timeline.replays = (replays?.last ?? []).map(({ at, entries }) => ({
    atMs: Date.parse(at),
    entries,
  }))
}
