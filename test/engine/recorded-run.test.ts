// A recorded run read back: what a whole file gives, and that anything else is refused by its line.

import { describe, expect, test } from "vitest"
import type { JournalRecord } from "../../src/engine/ports/journal.ts"
import { RecordedRunReader } from "../../src/engine/recorded/recorded-run.ts"
import { linesOf, readLines } from "../support/recorded.ts"

const RECORDS: readonly JournalRecord[] = [
  { seq: 1, type: "start", path: "0", atMs: 5, inline: true, kind: "step", name: "a", digest: 7 },
  { seq: 2, type: "completed", path: "0", atMs: 6, inline: false, text: "1", attempt: 1 },
]

const WHOLE: readonly unknown[] = linesOf(RECORDS, ["Ada"])

/** The whole file with one line replaced, from 1; `undefined` takes it away. */
function withLine(lineNumber: number, line: unknown): unknown[] {
  return WHOLE.flatMap((whole, index) => {
    if (index !== lineNumber - 1) return [whole]
    return line === undefined ? [] : [line]
  })
}

function changed(lineNumber: number, fields: object): unknown[] {
  return withLine(lineNumber, { ...Object(WHOLE[lineNumber - 1]), ...fields })
}

describe("a whole file", () => {
  test("gives the run, its texts and its records", () => {
    const { run, texts, records, rows } = readLines(WHOLE)
    expect(run).toMatchObject({ id: "run", workflow: "workflow", version: 1, lastSeq: 2 })
    expect(texts).toEqual({ input: '["Ada"]' })
    expect(records).toEqual(RECORDS)
    expect(rows).toEqual([])
  })

  test("gives what stands beside the journal", () => {
    const rows = [
      { type: "wait", id: 1, kind: "signal", path: "0", name: "go" },
      { type: "state", name: "stage", text: "1" },
      { type: "signal", id: 5, name: "other", text: "2" },
      { type: "update", id: 6, name: "double", status: "replied", text: "3" },
      { type: "answer", id: 6, text: "6" },
      { type: "promise", generation: 0, path: "2", token: "t" },
      {
        type: "child",
        generation: 0,
        path: "3",
        attempt: 1,
        id: "c",
        incarnation: "i",
        workflow: "w",
        close: "cancel",
      },
    ]
    expect(readLines([...WHOLE.slice(0, 2), ...rows, ...WHOLE.slice(2)]).rows).toEqual(rows)
  })

  test("the run is known after the first line", () => {
    const reader = new RecordedRunReader()
    expect(reader.run).toBeUndefined()
    reader.add(JSON.stringify(WHOLE[0]))
    expect(reader.run).toMatchObject({ status: "suspended" })
  })
})

describe("any other file is refused by its line", () => {
  test.each<[string, readonly unknown[], string]>([
    ["an empty file", [], 'Line 1: the file ends without the line "end"'],
    ["a file cut off", WHOLE.slice(0, 3), 'Line 4: the file ends without the line "end"'],
    ["no run at first", WHOLE.slice(1), "Line 1: the first line"],
    ["another format", changed(1, { format: 2 }), "Line 1: the file has format 2"],
    ["no object", withLine(2, [1]), "Line 2: it is no JSON object"],
    ["no type", withLine(2, {}), 'Line 2: "type" is missing'],
    ["an unknown type", withLine(2, { type: "new" }), 'Line 2: it has the type "new"'],
    ["an unknown field", changed(2, { more: 1 }), 'Line 2: it has the field "more"'],
    ["an unknown field of the run", changed(1, { more: 1 }), 'Line 1: it has the field "more"'],
    ["a field of another type", changed(1, { id: 4 }), 'Line 1: "id" should be a string'],
    ["an unknown status", changed(1, { status: "odd" }), 'Line 1: "status" is "odd"'],
    ["tags that are no texts", changed(1, { tags: { a: 1 } }), 'Line 1: "a" should be a string'],
    ["a record missing", withLine(3, undefined), "Line 3: record 2 stands where record 1"],
    [
      "an unknown kind",
      withLine(3, { type: "record", record: { ...RECORDS[0], kind: "odd" } }),
      'Line 3: "kind" is "odd"',
    ],
    ["the last record missing", withLine(4, undefined), "Line 4: 1 records were read"],
    ["no input", withLine(2, undefined), "Line 4: the run's input is missing"],
    ["a line after the end", [...WHOLE, WHOLE[2]], "Line 6: it comes after the end"],
    [
      "an export that broke off",
      withLine(5, { type: "error", message: "The journal was cut back." }),
      "Line 5: the export broke off: The journal was cut back.",
    ],
  ])("%s", (_, lines, message) => {
    expect(() => readLines(lines)).toThrow(message)
  })

  test("what is no JSON", () => {
    expect(() => new RecordedRunReader().add("<html>")).toThrow("Line 1: it is no JSON")
  })
})
