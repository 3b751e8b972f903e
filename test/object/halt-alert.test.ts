// Alerts where they are set up badly or not at all: nothing is written, and the log says what is missing.

import { afterEach, describe, expect, it, vi } from "vitest"
import { HaltAlert, type AlertSettings } from "../../src/object/halt-alert.ts"
import type { Outbox } from "../../src/object/outbox/outbox.ts"
import type { RunRow } from "../../src/object/run-row.ts"

const URL_SET = "https://alerts.example/belay"

afterEach(() => {
  vi.restoreAllMocks()
})

function raised(settings: AlertSettings) {
  const logged: string[] = []
  vi.spyOn(console, "error").mockImplementation((line: string) => void logged.push(line))
  const added: unknown[][] = []
  const outbox = { add: (...message: unknown[]) => void added.push(message) } as unknown as Outbox
  const row = { id: "r", workflow: "w", version: 1, incarnation: "i", epoch: 2 } as RunRow
  new HaltAlert(settings, outbox).raise(row, { code: "panic", message: "look" }, 0)
  return { logged, added }
}

describe("an alert", () => {
  it("is written where somebody is to be told", () => {
    const { added, logged } = raised({ BELAY_ALERT_URL: URL_SET, BELAY_ALERT_KEY: "k" })
    expect(added).toEqual([["alert", URL_SET, { id: "r", body: expect.any(String) }]])
    expect(logged).toEqual([])
  })

  it("needs no key on a development server", () => {
    expect(raised({ BELAY_ALERT_URL: URL_SET, BELAY_DEV: "1" }).added).toHaveLength(1)
  })

  it.each([{}, { BELAY_ALERT_URL: "" }, { BELAY_ALERT_KEY: "k" }])(
    "is not written, and nothing is said, with %j",
    (settings) => {
      expect(raised(settings)).toEqual({ logged: [], added: [] })
    },
  )

  it.each([
    [{ BELAY_ALERT_URL: URL_SET }, "BELAY_ALERT_KEY"],
    [{ BELAY_ALERT_URL: URL_SET, BELAY_ALERT_KEY: "" }, "BELAY_ALERT_KEY"],
    [{ BELAY_ALERT_URL: "ftp://x", BELAY_ALERT_KEY: "k" }, "BELAY_ALERT_URL"],
    [{ BELAY_ALERT_URL: "alerts", BELAY_ALERT_KEY: "k" }, "BELAY_ALERT_URL"],
  ])("with %j is not written, and one line names %s", (settings, named) => {
    const { logged, added } = raised(settings)
    expect(added).toEqual([])
    expect(logged).toHaveLength(1)
    expect(logged[0]).toContain(named)
  })
})
