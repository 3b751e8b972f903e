// Event view: an event of a run as JSON, for both ways of watching.
// Owns: the fields of each event's data, and what is left out of one that is too long. Must not touch: how it travels.

import { EVENT_UNITS_MAX } from "../engine/limits.ts"
import type { EntryChange, RunEvent } from "../engine/ports/run-events.ts"
import type { RunRecord } from "../engine/ports/runs.ts"
import { viewHalt } from "./error-view.ts"
import { viewEntry } from "./journal-view.ts"
import { viewRun, viewTime } from "./run-view.ts"
import type { View } from "./value-view.ts"

/** A run, without its input where that is too long to be sent along. */
type EndedRun = Omit<RunRecord, "inputText"> & { readonly inputText?: string }

/** Of the reason of a halt, where the whole is too long. */
const MESSAGE_UNITS_MAX = 1_000

/** The message of a socket: the event's name, id and data in one object. */
export function eventText(event: RunEvent, run: EndedRun | undefined, view: View): string {
  const { type, id } = event
  const data = eventData(event, run, view, EVENT_UNITS_MAX)
  return `{"event":${JSON.stringify(type)},"id":${JSON.stringify(id)},"data":${data}}`
}

/**
 * An event's data as JSON. Longer than `unitsMax` it is made without values, and says so.
 * @param run the run itself, for its end
 */
export function eventData(
  event: RunEvent,
  run: EndedRun | undefined,
  view: View,
  unitsMax: number,
): string {
  if (lengthOf(event, run) <= unitsMax) {
    const text = JSON.stringify(viewEvent(event, run, view) ?? null)
    if (text.length <= unitsMax) return text
  }
  return JSON.stringify({
    ...viewEvent(withoutValues(event), run && withoutTexts(run), view),
    omitted: true,
  })
}

function viewEvent(
  event: RunEvent,
  run: EndedRun | undefined,
  view: View,
): Record<string, unknown> | undefined {
  switch (event.type) {
    case "entry":
      return {
        ...viewEntry(event.entry, view),
        change: viewChange(event.change),
        ...(event.omitted && { omitted: true }),
      }
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

/** Of the values, as they are stored: one that is much too long is not even looked at. */
function lengthOf(event: RunEvent, run: EndedRun | undefined): number {
  const texts =
    event.type === "entry"
      ? [event.entry.valueText, event.entry.errorText]
      : event.type === "end"
        ? [run?.inputText, run?.resultText, run?.errorText]
        : []
  return texts.reduce((sum, text) => sum + (text?.length ?? 0), 0)
}

function withoutValues(event: RunEvent): RunEvent {
  if (event.type === "entry") {
    const { valueText: _value, errorText: _error, ...entry } = event.entry
    return { ...event, entry }
  }
  if (event.type !== "status" || event.halt === undefined) return event
  const { code, message: why } = event.halt
  return { ...event, halt: { code, message: why.slice(0, MESSAGE_UNITS_MAX) } }
}

function withoutTexts(run: EndedRun): EndedRun {
  const { inputText: _input, resultText: _result, errorText: _error, ...rest } = run
  return rest
}

function viewChange({ type, atMs, dueMs }: EntryChange): Record<string, unknown> {
  return { type, at: viewTime(atMs), ...(dueMs !== undefined && { dueAt: viewTime(dueMs) }) }
}

function viewEnded({ inputText, ...run }: EndedRun, view: View): Record<string, unknown> {
  const { input, ...shown } = viewRun({ ...run, inputText: inputText ?? "null" }, view)
  return inputText === undefined ? shown : { ...shown, input }
}
