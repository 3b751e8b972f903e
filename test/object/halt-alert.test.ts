// Alerts where they are set up badly or not at all: nothing is written, and the log says what is missing. Where nobody
// takes them: they are sent at a slower and slower pace, and given up after a day.

import { afterEach, describe, expect, it, vi } from "vitest"
import { HaltAlert, type AlertSettings } from "../../src/object/driver/halt-alert.ts"
import { Outbox } from "../../src/object/outbox/outbox.ts"
import type { OutboxMessage, OutboxRows } from "../../src/object/outbox/outbox-rows.ts"
import type { RunRow } from "../../src/object/store/stored-run.ts"

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

describe("an alert that nobody takes", () => {
  const DAY_MS = 86_400_000
  const settings = { BELAY_ALERT_URL: URL_SET, BELAY_ALERT_KEY: "k" }

  async function delivered(ageMs: number): Promise<string> {
    vi.spyOn(globalThis, "fetch").mockRejectedValue(new Error("Nobody is there."))
    const body = JSON.stringify({ at: new Date(Date.now() - ageMs).toISOString() })
    const alert = new HaltAlert(settings, {} as Outbox)
    return alert.deliver(URL_SET, { id: "r", body }).then(
      () => "given up",
      (error: unknown) => (error as Error).message,
    )
  }

  it("is sent again for a day, and then given up with a line in the log", async () => {
    const logged = vi.spyOn(console, "error").mockImplementation(() => undefined)
    expect(await delivered(0)).toBe("Nobody is there.")
    expect(await delivered(DAY_MS - 60_000)).toBe("Nobody is there.")
    expect(logged).not.toHaveBeenCalled()
    expect(await delivered(DAY_MS + 1)).toBe("given up")
    expect(String(logged.mock.calls[0]?.[0])).toContain("given up")
  })

  it.each([
    ["alert", 15 * 60_000],
    ["ended", 30_000],
  ] as const)("%s: after many tries the pause is %i ms", async (kind, pauseMs) => {
    vi.spyOn(console, "error").mockImplementation(() => undefined)
    const message: OutboxMessage = { id: 1, kind, target: "t", tries: 20, dueMs: 0 }
    const { promise, resolve } = Promise.withResolvers<number>()
    const rows = {
      *heads() {
        yield message
      },
      payloadOf: () => "{}",
      earliestDueMs: () => 0,
      postpone: (_: OutboxMessage, dueMs: number) => resolve(dueMs),
    } as unknown as OutboxRows
    const courier = () => Promise.reject(new Error("Nobody is there."))
    new Outbox({ rows, courier, changed: () => undefined, nowMs: () => 1_000 }).flush()
    expect(await promise).toBe(1_000 + pauseMs)
  })
})
