// Event view: an event of a run as JSON, for both ways of watching.
// Owns: the fields of each event's data. Must not touch: how it travels.

import type { EntryChange, RunEvent } from "../engine/run-events.ts"
import type { RunRecord } from "../engine/runs.ts"
import { viewHalt } from "./error-view.ts"
import { viewEntry } from "./journal-view.ts"
import { viewRun, viewTime } from "./run-view.ts"
import type { View } from "./value-view.ts"

/** A run, without its input where that is too long to be sent along. */
type EndedRun = Omit<RunRecord, "inputText"> & { readonly inputText?: string }

/** @param run the run itself, for its end. */
export function viewEvent(event: RunEvent, run: EndedRun | undefined, view: View): unknown {
  switch (event.type) {
    case "entry":
      return { ...viewEntry(event.entry, view), change: viewChange(event.change) }
    case "status":
      return {
        status: event.status,
        generation: event.generation,
        ...(event.halt !== undefined && { error: viewHalt(event.halt, view) }),
      }
    case "reset":
      return { reason: event.reason, generation: event.generation }
    case "end":
      return run && viewEnded(run, view)
  }
}

/** The message of a socket: the event's name, id and data in one object. */
export function eventText(event: RunEvent, run: EndedRun | undefined, view: View): string {
  return JSON.stringify({ event: event.type, id: event.id, data: viewEvent(event, run, view) })
}

function viewChange({ type, atMs, dueMs }: EntryChange): Record<string, unknown> {
  return { type, at: viewTime(atMs), ...(dueMs !== undefined && { dueAt: viewTime(dueMs) }) }
}

function viewEnded({ inputText, ...run }: EndedRun, view: View): Record<string, unknown> {
  const { input, ...shown } = viewRun({ ...run, inputText: inputText ?? "null" }, view)
  return inputText === undefined ? shown : { ...shown, input }
}
