// Cadence: which instants a cron text names, above all in the two nights a year on which clocks are changed (check 23).

import { describe, expect, it } from "vitest"
import { BelayError } from "../../src/engine/errors.ts"
import { readCadence, requireCadence } from "../../src/object/schedule/cadence.ts"

function ticks(cron: string, timeZone: string, from: string, to: string): string[] {
  const cadence = readCadence(cron, timeZone)
  const found: string[] = []
  let tickMs = cadence.nextAfter(Date.parse(from) - 1)
  while (tickMs !== undefined && tickMs < Date.parse(to)) {
    found.push(new Date(tickMs).toISOString().slice(5, 16))
    tickMs = cadence.nextAfter(tickMs)
  }
  return found
}

describe("check 23: spring: an hour that does not exist", () => {
  it("Europe/Berlin, 29 March 2026, 02:00 to 03:00: a tick in it comes at the first instant after it", () => {
    expect(ticks("30 2 * * *", "Europe/Berlin", "2026-03-28T00:00Z", "2026-03-31T00:00Z")).toEqual([
      "03-28T01:30",
      "03-29T01:00",
      "03-30T00:30",
    ])
    expect(
      ticks("0,30 2 * * *", "Europe/Berlin", "2026-03-29T00:00Z", "2026-03-30T00:00Z"),
    ).toEqual(["03-29T01:00"])
    expect(
      ticks("*/30 * * * *", "Europe/Berlin", "2026-03-29T00:00Z", "2026-03-29T02:00Z"),
    ).toEqual(["03-29T00:00", "03-29T00:30", "03-29T01:00", "03-29T01:30"])
  })

  it("America/New_York, 8 March 2026, 02:00 to 03:00", () => {
    expect(
      ticks("30 2 * * *", "America/New_York", "2026-03-07T00:00Z", "2026-03-10T00:00Z"),
    ).toEqual(["03-07T07:30", "03-08T07:00", "03-09T06:30"])
    expect(
      ticks("0 1-4 * * *", "America/New_York", "2026-03-08T00:00Z", "2026-03-09T00:00Z"),
    ).toEqual(["03-08T06:00", "03-08T07:00", "03-08T08:00"])
  })
})

describe("check 23: autumn: an hour that comes twice", () => {
  it("Europe/Berlin, 25 October 2026, 02:00 to 03:00: a tick at a given hour comes once, the first time", () => {
    expect(ticks("30 2 * * *", "Europe/Berlin", "2026-10-24T00:00Z", "2026-10-27T00:00Z")).toEqual([
      "10-24T00:30",
      "10-25T00:30",
      "10-26T01:30",
    ])
    expect(
      ticks("15,45 1-3 * * *", "Europe/Berlin", "2026-10-24T22:00Z", "2026-10-25T12:00Z"),
    ).toEqual([
      "10-24T23:15",
      "10-24T23:45",
      "10-25T00:15",
      "10-25T00:45",
      "10-25T02:15",
      "10-25T02:45",
    ])
    expect(ticks("0 */2 * * *", "Europe/Berlin", "2026-10-24T22:00Z", "2026-10-25T04:00Z")).toEqual(
      ["10-24T22:00", "10-25T00:00", "10-25T03:00"],
    )
  })

  it("America/New_York, 1 November 2026, 01:00 to 02:00", () => {
    expect(
      ticks("*/20 1 * * *", "America/New_York", "2026-11-01T00:00Z", "2026-11-02T00:00Z"),
    ).toEqual(["11-01T05:00", "11-01T05:20", "11-01T05:40"])
    expect(
      ticks("0 1-3 * * *", "America/New_York", "2026-11-01T00:00Z", "2026-11-02T00:00Z"),
    ).toEqual(["11-01T05:00", "11-01T07:00", "11-01T08:00"])
  })

  it("with * in the hours ticks go on at even distances, in both", () => {
    expect(
      ticks("*/30 * * * *", "Europe/Berlin", "2026-10-25T00:00Z", "2026-10-25T03:00Z"),
    ).toEqual([
      "10-25T00:00",
      "10-25T00:30",
      "10-25T01:00",
      "10-25T01:30",
      "10-25T02:00",
      "10-25T02:30",
    ])
    expect(
      ticks("0 * * * *", "America/New_York", "2026-11-01T04:00Z", "2026-11-01T09:00Z"),
    ).toHaveLength(5)
  })

  it("a zone that goes back by half an hour: Lord Howe Island, 5 April 2026", () => {
    expect(
      ticks("45 1 * * *", "Australia/Lord_Howe", "2026-04-04T00:00Z", "2026-04-05T12:00Z"),
    ).toEqual(["04-04T14:45"])
  })
})

describe("what is taken", () => {
  it.each([
    ["@daily", "2026-01-01T00:00Z", ["01-01T00:00", "01-02T00:00"]],
    ["0 0 12 * * *", "2026-01-01T00:00Z", ["01-01T12:00", "01-02T12:00"]],
    ["0 9 * * MON-FRI", "2026-01-02T00:00Z", ["01-02T09:00"]],
    ["0 0 L * *", "2026-01-30T00:00Z", ["01-31T00:00"]],
  ])("%s", (cron, from, found) => {
    const to = new Date(Date.parse(from) + 2 * 24 * 60 * 60 * 1000).toISOString()
    expect(ticks(cron, "UTC", from, to)).toEqual(found)
  })
})

describe("what is refused, by the name of the field", () => {
  it.each([
    ["cron", "* * * *", "UTC"],
    ["cron", "61 * * * *", "UTC"],
    ["cron", "5-1 * * * *", "UTC"],
    ["cron", "* * * * * * 2030", "UTC"],
    ["cron", "0 0 30 2 *", "UTC"],
    ["cron", "2031-01-01T00:00:00Z", "UTC"],
    ["cron", "@reboot", "UTC"],
    ["cron", "", "UTC"],
    ["cron", "1,".repeat(200), "UTC"],
    ["timeZone", "0 0 * * *", "Europe/Nowhere"],
    ["timeZone", "0 0 * * *", ""],
  ])("%s: %s in %s", (field, cron, timeZone) => {
    const refused = refusal(() => requireCadence(cron, timeZone, Date.UTC(2026, 0, 1)))
    expect(refused).toBeInstanceOf(BelayError)
    expect(refused).toMatchObject({ code: "invalid_request", details: { fields: [{ field }] } })
  })
})

function refusal(work: () => void): unknown {
  try {
    work()
    return undefined
  } catch (error) {
    return error
  }
}
