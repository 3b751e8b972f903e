// The limits: every number of the two lists that bounds something is tried at its edge by a test that names it.
// Owns: the excuses. One needs a reason: a pace or a default refuses nobody, or the edge is tried by its number elsewhere.

import { readFileSync } from "node:fs"
import { describe, expect, test } from "vitest"
import { sourceFiles } from "./source-files.ts"

const LISTS = ["src/engine/limits.ts", "src/ledger/limits.ts"]

/** Tried where the constant cannot be named, or would say nothing: the file, and the text that tries it. */
const TRIED_BY_NUMBER: Readonly<Record<string, readonly [file: string, text: string]>> = {
  IDEMPOTENCY_KEYS_MAX: ["test/object/signals.test.ts", "toBeLessThanOrEqual(10_000)"],
  SLICES_PER_EVENT_MAX: ["test/object/hostile.test.ts", "loops over synchronous steps for ever"],
}

/** No caller is refused by these. */
const EXCUSED: Readonly<Record<string, string>> = {
  ATTEMPT_TIMEOUT_MS_DEFAULT: "a default; attempts that time out are tested with shorter ones",
  CALL_TIMEOUT_MS: "a default; calls that time out are tested with shorter ones",
  CATCH_UP_MS_DEFAULT: "a default of a year",
  CATCH_UP_MS_SKIPPING: "a default of a minute",
  EVENTS_WAIT_MS: "a pace: how long one question for events waits before it is asked again",
  LEASE_MS_MIN: "a pace of the watchdog",
  LEASE_MS_MAX: "a pace of the watchdog",
  OUTBOX_IN_FLIGHT_MAX: "a pace: further messages wait their turn",
  PATIENT_TIMEOUT_MS: "a pace of later attempts",
  REPLAY_PAGE_RECORDS: "a page's size, which nobody sees",
  SCHEDULE_OPEN_RUNS_MAX: "how many runs are asked whether they have ended; the newest count",
  SCHEDULE_STARTS_MAX: "a pace: while so many starts are owed, no further tick is seen to",
}

function limits(): string[] {
  return LISTS.flatMap((file) =>
    [...readFileSync(file, "utf8").matchAll(/^export const ([A-Z][A-Z0-9_]*)/gm)].map(
      ([, name = ""]) => name,
    ),
  )
}

/** Names that stand in the code of a test, outside of comments and of this house. */
function namedByTests(): ReadonlySet<string> {
  const lines = sourceFiles("test")
    .filter(({ path }) => !path.startsWith("test/house/"))
    .flatMap(({ text }) => text.split("\n").filter((line) => !/^\s*(\/\/|\/?\*)/.test(line)))
  return new Set(lines.flatMap((line) => line.match(/\b[A-Z][A-Z0-9_]{3,}\b/g) ?? []))
}

describe("limits", () => {
  const names = limits()
  const named = namedByTests()

  test("the lists are found: the checks below look at something", () => {
    expect(names.length).toBeGreaterThan(40)
    expect(named.size).toBeGreaterThan(40)
  })

  test("every one is named by a test, tried by its number, or excused", () => {
    const missing = names.filter(
      (name) => !named.has(name) && !(name in TRIED_BY_NUMBER) && !(name in EXCUSED),
    )
    expect(missing).toEqual([])
  })

  test("what is tried by its number stands where it is said to", () => {
    const wrong = Object.entries(TRIED_BY_NUMBER).filter(
      ([, [file, text]]) => !readFileSync(file, "utf8").includes(text),
    )
    expect(wrong).toEqual([])
  })

  test("nothing is excused that is no limit any more", () => {
    const excused = [...Object.keys(EXCUSED), ...Object.keys(TRIED_BY_NUMBER)]
    expect(excused.filter((name) => !names.includes(name))).toEqual([])
  })
})
