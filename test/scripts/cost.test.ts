// What a run costs: the arithmetic of bills, and what is reckoned from a journal.

import { describe, expect, test } from "vitest"
import { billOf, workflowsBillOf, type Usage } from "../../scripts/cost/bill.ts"
import {
  hibernatedWaitDollars,
  MEMORY_DOLLARS_PER_SECOND,
  stepBreakEvenSeconds,
  waitBreakEvenSeconds,
} from "../../scripts/cost/break-even.ts"
import { markdown } from "../../scripts/cost/page.ts"
import { PRICES } from "../../scripts/cost/prices.ts"
import { shapeOf, usageOf, workflowsUsageOf } from "../../scripts/cost/run-usage.ts"
import { amountText, dollarsText, perMillion } from "../../scripts/cost/show.ts"
import type { JournalRecord } from "../../src/engine/ports/journal.ts"
import type { RecordedRun } from "../../src/engine/recorded/recorded-run.ts"

const NOTHING: Usage = {
  rowsWritten: 0,
  rowsRead: 0,
  objectRequests: 0,
  activeMs: 0,
  workerRequests: 0,
  cpuMs: 0,
  storedBytes: 0,
  storedDays: 0,
}

describe("a bill", () => {
  test("of nothing is nothing", () => {
    expect(billOf(NOTHING).dollars).toBe(0)
  })

  // What the platform's page itself works out, and the price of a million of each.
  test.each<[string, Partial<Usage>, number]>([
    ["a million rows written", { rowsWritten: 1_000_000 }, 1],
    ["a million rows read", { rowsRead: 1_000_000 }, 0.001],
    ["a million requests to objects", { objectRequests: 1_000_000 }, 0.15],
    ["a million seconds in memory: 128,000 GB-s", { activeMs: 1_000_000_000 }, 1.6],
    ["a million requests to the Worker", { workerRequests: 1_000_000 }, 0.3],
    ["a million ms of CPU", { cpuMs: 1_000_000 }, 0.02],
    ["a GB for a month", { storedBytes: 1_000_000_000, storedDays: 30 }, 0.2],
    ["a GB for three days", { storedBytes: 1_000_000_000, storedDays: 3 }, 0.02],
  ])("of %s", (_, used, dollars) => {
    expect(billOf({ ...NOTHING, ...used }).dollars).toBeCloseTo(dollars, 10)
  })

  test("is the sum of its lines", () => {
    const { lines, dollars } = billOf({
      ...NOTHING,
      rowsWritten: 7,
      objectRequests: 3,
      activeMs: 20,
    })
    expect(lines.reduce((sum, line) => sum + line.dollars, 0)).toBeCloseTo(dollars, 15)
    expect(lines.find(({ what }) => what === "duration")?.amount).toBeCloseTo(0.00256, 10)
  })

  test("of Cloudflare Workflows is its steps, requests, CPU and storage", () => {
    const usage = {
      steps: 100_000,
      invocations: 1_000_000,
      workerRequests: 1_000_000,
      cpuMs: 1_000_000,
      storedBytes: 1_000_000_000,
      storedDays: 30,
    }
    expect(workflowsBillOf(usage).dollars).toBeCloseTo(0.8 + 0.3 + 0.3 + 0.02 + 0.2, 10)
  })

  test("every price says where it stands", () => {
    for (const price of Object.values(PRICES)) {
      expect(price.source).toMatch(/^Cloudflare (?:docs|changelog), /)
      expect(price.dollars).toBeGreaterThan(0)
    }
  })
})

describe("the break-even", () => {
  test("of a step is the time in memory that costs what is left of a step's price beside its rows", () => {
    expect(MEMORY_DOLLARS_PER_SECOND).toBeCloseTo(1.6e-6, 12)
    expect(stepBreakEvenSeconds(0)).toBeCloseTo(5, 6)
    expect(stepBreakEvenSeconds(2)).toBeCloseTo(3.75, 6)
    expect(stepBreakEvenSeconds(9)).toBe(0)
  })

  test("of a wait is where its rows cost as much as the memory would", () => {
    expect(hibernatedWaitDollars(5, 1)).toBeCloseTo(5.15e-6, 12)
    expect(waitBreakEvenSeconds(5, 1)).toBeCloseTo(3.21875, 6)
  })
})

const BEGUN_MS = Date.UTC(2026, 0, 1)
const DAY_MS = 24 * 60 * 60 * 1_000

function record(
  type: JournalRecord["type"],
  path: string,
  afterMs: number,
  fields: Partial<JournalRecord> = {},
): JournalRecord {
  return { seq: 0, type, path, atMs: BEGUN_MS + afterMs, inline: true, ...fields }
}

function recorded(records: readonly JournalRecord[], lastedMs: number): RecordedRun {
  return {
    run: {
      type: "run",
      format: 1,
      exportedAtMs: BEGUN_MS + lastedMs,
      id: "r",
      incarnation: "i",
      workflow: "w",
      version: 1,
      status: "completed",
      generation: 0,
      epoch: 0,
      lastSeq: records.length,
      createdAtMs: BEGUN_MS,
      endedAtMs: BEGUN_MS + lastedMs,
      tags: {},
      faults: [],
    },
    texts: { input: "[]" },
    records,
    rows: [],
  }
}

describe("what a journal says", () => {
  test("each moment of an attempt counts once, however many are under way", () => {
    const { attemptsMs, steps } = shapeOf(
      recorded(
        [
          record("start", "0", 0, { kind: "step" }),
          record("start", "1", 100, { kind: "step" }),
          record("completed", "0", 300),
          record("completed", "1", 250),
          record("start", "2", 1_000, { kind: "step" }),
          record("completed", "2", 1_040),
          record("completed", "3", 1_050, { kind: "step" }),
        ],
        2_000,
      ),
    )
    expect(attemptsMs).toBe(340)
    expect(steps).toBe(4)
  })

  test("the pause before a retry is no attempt, and wakes the run", () => {
    const shape = shapeOf(
      recorded(
        [
          record("start", "0", 0, { kind: "step" }),
          record("fail", "0", 10),
          record("start", "0", 5_000),
          record("completed", "0", 5_030),
        ],
        6_000,
      ),
    )
    expect(shape).toMatchObject({ attemptsMs: 40, retries: 1, steps: 1, leases: 0 })
  })

  test("an attempt without an end lasts to the run's, and its watchdog fires at each lease", () => {
    const { attemptsMs, leases } = shapeOf(
      recorded([record("start", "0", 0, { kind: "step" })], 10_000),
    )
    expect(attemptsMs).toBe(10_000)
    // After 1, 3 and 7 s.
    expect(leases).toBe(3)
  })

  test("a step with steps of its own is only what they are", () => {
    const { attemptsMs } = shapeOf(
      recorded(
        [
          record("start", "0", 0, { kind: "step" }),
          record("start", "0.0", 0, { kind: "step" }),
          record("completed", "0.0", 50),
          record("open", "0.1", 50, { kind: "timer" }),
          record("completed", "0.1", 90_050),
          record("completed", "0", 90_060),
        ],
        90_060,
      ),
    )
    expect(attemptsMs).toBe(50)
  })

  test("becomes the run's usage here and there", () => {
    const month = recorded(
      [
        record("completed", "0", 0, { kind: "step", text: '"12345678"' }),
        record("open", "1", 0, { kind: "timer" }),
        record("completed", "1", 30 * DAY_MS),
        record("open", "2", 30 * DAY_MS, { kind: "signal", name: "go" }),
        record("completed", "2", 30 * DAY_MS, { text: "1" }),
      ],
      30 * DAY_MS,
    )
    expect(usageOf(month, { written: 20, read: 40 })).toEqual({
      rowsWritten: 20,
      rowsRead: 40,
      objectRequests: 3,
      activeMs: 15,
      workerRequests: 2,
      cpuMs: 2,
      storedBytes: 12_000 + 13,
      storedDays: 60,
    })
    expect(workflowsUsageOf(month)).toEqual({
      steps: 3,
      workerRequests: 2,
      invocations: 1,
      cpuMs: 3,
      storedBytes: 13,
      storedDays: 37,
    })
  })
})

describe("figures", () => {
  test("of money are read at a glance", () => {
    expect([0, 0.001, 0.15, 12.5, 999.5, 8_024.6].map(dollarsText)).toEqual([
      "$0",
      "$0.001",
      "$0.15",
      "$12.50",
      "$999.50",
      "$8,025",
    ])
    expect(perMillion(0.000_002)).toBe("$2.00")
  })

  test("of amounts are whole, or have two places that count", () => {
    expect([7, 1_007, 0.0512, 1.004, 812.4].map(amountText)).toEqual([
      "7",
      "1,007",
      "0.051",
      "1",
      "812",
    ])
  })

  test("stand to the right in a table", () => {
    expect(markdown({ header: ["a", "b"], rows: [["x", "$1"]] })).toBe(
      "| a | b |\n| --- | --: |\n| x | $1 |",
    )
  })
})
