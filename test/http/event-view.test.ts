// Event view: what an event's data leaves out when it is too long, and that it says so.
import { describe, expect, test } from "vitest"
import { encode, encodeThrown } from "../../src/engine/values/codec.ts"
import type { RunEvent } from "../../src/engine/ports/run-events.ts"
import { eventData, eventText } from "../../src/http/event-view.ts"
import { journalEntry, runRecord } from "./support/fake-runs.ts"

const VIEW = { encoded: false, privileged: true }
const UNITS_MAX = 5_000
const LONG = "x".repeat(UNITS_MAX)
const CHANGE = { type: "completed", atMs: 5 } as const

function dataOf(event: RunEvent, run?: ReturnType<typeof runRecord>): Record<string, unknown> {
  const text = eventData(event, run, VIEW, UNITS_MAX)
  expect(text.length).toBeLessThanOrEqual(UNITS_MAX)
  return JSON.parse(text) as Record<string, unknown>
}

describe("data that is too long", () => {
  test("has the entry without its value or error", () => {
    const fields = { path: "3", name: "charge", state: "failed" as const }
    const errorText = encodeThrown(new Error(LONG))
    for (const texts of [{ valueText: encode(LONG) }, { errorText }]) {
      const entry = journalEntry({ ...fields, ...texts })
      const data = dataOf({ type: "entry", id: "a", entry, change: CHANGE })
      expect(data).toMatchObject({ ...fields, omitted: true })
      expect(data).not.toHaveProperty("value")
      expect(data).not.toHaveProperty("error")
    }
  })

  test("also when it grows only on its way to plain JSON", () => {
    const part = "x".repeat(1_000)
    // Stored once, shown ten times.
    const shared = { part }
    const valueText = encode(Array.from({ length: 10 }, () => shared))
    expect(valueText.length).toBeLessThan(UNITS_MAX)
    const entry = journalEntry({ valueText })
    expect(dataOf({ type: "entry", id: "a", entry, change: CHANGE })).toMatchObject({
      omitted: true,
    })
  })

  test("has the ended run without input, result and error", () => {
    const run = runRecord({ status: "completed", resultText: encode(LONG) })
    const data = dataOf({ type: "end", id: "a" }, run)
    expect(data["omitted"]).toBe(true)
    expect(data).toMatchObject({ id: run.id, status: "completed" })
    expect(data).not.toHaveProperty("result")
    expect(data).not.toHaveProperty("input")
  })

  test("has the beginning of the reason of a halt", () => {
    const halt = { code: "panic", message: LONG, details: { number: 98, more: LONG } } as const
    const event = { type: "status", id: "a", status: "halted", generation: 0, halt } as const
    const data = dataOf(event)
    expect(data["omitted"]).toBe(true)
    expect(data).toMatchObject({
      status: "halted",
      error: { code: "panic", message: LONG.slice(0, 1_000) },
    })
  })
})

test("a socket's message is name, id and data; data that fits says nothing of it", () => {
  const entry = journalEntry({ valueText: encode("x") })
  const event = { type: "entry", id: "a", entry, change: CHANGE } as const
  expect(JSON.parse(eventText(event, undefined, VIEW))).toEqual({
    event: "entry",
    id: "a",
    data: dataOf(event),
  })
  expect(dataOf({ type: "entry", id: "a", entry, change: CHANGE })).not.toHaveProperty("omitted")
})
