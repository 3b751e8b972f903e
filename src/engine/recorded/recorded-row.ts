// Recorded row: a line of an exported run that stands beside the journal, read back.
// Owns: the reading of these lines alone (recorded-run.ts reads the others).

import type { RowLine } from "./export-line.ts"
import type { LineFields } from "./line-fields.ts"

/** @throws RecordedRunError */
export function rowLine(type: string, fields: LineFields): RowLine {
  switch (type) {
    case "wait":
      return fields.done({
        type,
        id: fields.number("id"),
        kind: fields.text("kind"),
        path: fields.text("path"),
        name: fields.textIfAny("name"),
        dueMs: fields.numberIfAny("dueMs"),
      })
    case "state":
      return fields.done({ type, name: fields.text("name"), text: fields.text("text") })
    case "signal":
      return fields.done({
        type,
        id: fields.number("id"),
        name: fields.text("name"),
        text: fields.text("text"),
      })
    case "update":
      return fields.done({
        type,
        id: fields.number("id"),
        name: fields.text("name"),
        status: fields.text("status"),
        text: fields.text("text"),
      })
    case "fold":
      return fields.done({
        type,
        id: fields.number("id"),
        count: fields.number("count"),
        lastSeq: fields.number("lastSeq"),
        text: fields.text("text"),
      })
    case "answer":
      return fields.done({ type, id: fields.number("id"), text: fields.text("text") })
    case "promise":
      return fields.done({
        type,
        generation: fields.number("generation"),
        path: fields.text("path"),
        token: fields.textIfAny("token"),
        state: fields.textIfAny("state"),
        text: fields.textIfAny("text"),
      })
    case "child":
      return fields.done({
        type,
        generation: fields.number("generation"),
        path: fields.text("path"),
        attempt: fields.number("attempt"),
        id: fields.text("id"),
        incarnation: fields.text("incarnation"),
        workflow: fields.text("workflow"),
        close: fields.text("close"),
        status: fields.textIfAny("status"),
        state: fields.textIfAny("state"),
        text: fields.textIfAny("text"),
      })
    default:
      throw fields.refusal(
        `it has the type "${type.slice(0, 60)}", which this version does not know`,
      )
  }
}
