// The acceptance checks: engine-neutral behaviour that an engine for durable execution is measured by, numbered 1 to 64.
// Owns: the table of them, and what excuses one from being tested. A test names the checks it covers: `check 12: …`.
//   A1. Every number is named by a test, or excused here with a reason; none is both.

import { describe, expect, test } from "vitest"
import { sourceFiles } from "./source-files.ts"

/** Each check in a few words, by its number. */
const CHECKS: Readonly<Record<number, string>> = {
  // Checkpoint and recovery
  1: "a completed step never runs again",
  2: "a step that died mid-flight runs once more, then is stable",
  3: "a sleep outlives its host and ends on time",
  4: "a result is durable before the next step sees it",
  5: "an entity's state outlives clean and hard restarts",
  6: "of two wake-ups one outcome wins",
  7: "recovery starts no child twice",
  8: "a run that crashes its host is parked",
  9: "a store that fails at a commit applies nothing twice",
  10: "a cancel at the very end: one or the other",
  // Steps and retries
  11: "retries by policy, attempts numbered, exhaustion catchable",
  12: "errors and predicates that stop the retries",
  13: "hints, delays of 0, delay functions",
  14: "timeout of an attempt, zombies",
  15: "deadlines of runs, steps and children",
  16: "errors are identical on every replay",
  17: "stacks lead to the user's source",
  18: "values of every kind and size",
  19: "what cannot be stored fails where it is given",
  20: "a step is a plain function",
  // Timers and scheduling
  21: "a thousand sleeps at once",
  22: "timers due while down, and wrong clocks",
  23: "cron",
  24: "delayed start",
  25: "continueAsNew",
  // Signals, promises, queries, updates
  26: "signals once and in order",
  27: "who sends signals, and to whom",
  28: "a waiter that timed out takes nothing",
  29: "promises settled from outside",
  30: "tokens",
  31: "webhooks with a reply",
  32: "queries",
  33: "updates",
  34: "start with an update, by a hundred at once",
  // Composition
  35: "the same winner on every replay",
  36: "losers are cleaned up first",
  37: "first success, and all failed",
  38: "awaited or timed out, ties",
  39: "program order of calls to one entity",
  40: "one-way calls with keys and delays",
  41: "children and parent-close policies",
  42: "fan-out of ten thousand",
  // Cancellation and compensation
  43: "cancel at every kind of waiting",
  44: "leaves first, clean-up durable",
  45: "kill",
  46: "compensations",
  47: "a cancel is not the step's outcome",
  // Operations
  48: "list",
  49: "pause and resume",
  50: "restart from a step",
  51: "fork",
  52: "delete",
  53: "export and import",
  54: "divergence",
  55: "patch markers",
  56: "deploys and rollbacks",
  // Queues and flow control
  57: "concurrency",
  58: "rates and fairness",
  59: "queues: order, priority, deduplication, debounce",
  // Streams, security, tests of tests
  60: "streams",
  61: "identity of requests",
  62: "encryption",
  63: "simulation",
  64: "performance guard",
}

/** Why a check has no test. */
const EXCUSED: Readonly<Record<number, string>> = {
  59: "a limit bounds how many run and start; it is no queue with priorities or debouncing yet",
  60: "what a run publishes is a value, read or watched; there are no streams yet",
  61: "requests carry bearer tokens; signed requests are the relay's alone so far",
  62: "Belay does not encrypt values yet, as the README says",
}

/** `check 7:`, `check 43, 44:` and `promise 14, check 44:` in a text of the tests, not in a comment. */
const NAMED = /\bcheck (\d+(?:, \d+)*)(?=[:,])/g

function namedChecks(): ReadonlySet<number> {
  const texts = sourceFiles("test").flatMap(({ text }) =>
    text.split("\n").filter((line) => !/^\s*(\/\/|\/?\*)/.test(line)),
  )
  const lists = texts.flatMap((line) => [...line.matchAll(NAMED)].map(([, list = ""]) => list))
  return new Set(lists.flatMap((list) => list.split(", ").map(Number)))
}

describe("acceptance checks", () => {
  const named = namedChecks()
  const numbers = Object.keys(CHECKS).map(Number)

  test("the table has all 64", () => {
    expect(numbers).toEqual(Array.from({ length: 64 }, (_, index) => index + 1))
  })

  test("every one is named by a test, or excused", () => {
    const missing = numbers.filter((number) => !named.has(number) && !(number in EXCUSED))
    expect(missing.map((number) => `${number}: ${CHECKS[number]}`)).toEqual([])
  })

  test("no excuse outlives the test that makes it needless", () => {
    expect(Object.keys(EXCUSED).filter((number) => named.has(Number(number)))).toEqual([])
  })

  test("no test names a number that is not in the table", () => {
    expect([...named].filter((number) => !(number in CHECKS))).toEqual([])
  })
})
