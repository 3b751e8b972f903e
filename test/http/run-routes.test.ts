// Get, result, journal: what is asked of the port and how its answers are shown.
import { describe, expect, test } from "vitest"
import { encode } from "../../src/engine/values/codec.ts"
import { TimeoutError } from "../../src/engine/errors.ts"
import { CREATED_AT_MS, journalEntry, runRecord } from "./support/fake-runs.ts"
import { givenApp } from "./support/given-app.ts"

const CREATED_AT = "2026-01-02T03:04:05.006Z"

describe("get", () => {
  test("shows every part of a run", async () => {
    const run = runRecord({
      status: "suspended",
      version: 3,
      startedAtMs: CREATED_AT_MS + 1,
      tags: { team: "red" },
      waitingFor: [
        { kind: "timer", path: "0", untilMs: CREATED_AT_MS },
        { kind: "signal", path: "1.0", name: "go" },
      ],
    })
    const { ask } = givenApp({ runs: { get: async () => run } })
    expect((await ask("GET /v1/runs/r1")).body).toEqual({
      id: "r1",
      workflow: "greet",
      version: 3,
      status: "suspended",
      input: ["Ada"],
      createdAt: CREATED_AT,
      startedAt: "2026-01-02T03:04:05.007Z",
      tags: { team: "red" },
      rows: { written: 12, read: 34 },
      waitingFor: [
        { kind: "timer", path: "0", until: CREATED_AT },
        { kind: "signal", path: "1.0", name: "go" },
      ],
    })
  })

  test("shows values as plain JSON, or as the codec's text", async () => {
    const result = {
      big: 12n,
      date: new Date(CREATED_AT_MS),
      map: new Map([["k", 1]]),
      set: new Set([1]),
      bytes: new Uint8Array([104, 105]),
      nothing: undefined,
      nan: NaN,
    }
    const run = runRecord({
      resultText: encode(result),
      endedAtMs: CREATED_AT_MS,
      unconsumedSignals: 2,
    })
    const { ask } = givenApp({ runs: { get: async () => run } })
    expect((await ask("GET /v1/runs/r1")).body).toMatchObject({
      result: {
        big: "12",
        date: CREATED_AT,
        map: [["k", 1]],
        set: [1],
        bytes: "aGk=",
        nothing: null,
        nan: null,
      },
      endedAt: CREATED_AT,
      unconsumedSignals: 2,
    })
    expect((await ask("GET /v1/runs/r1?values=encoded")).body).toMatchObject({
      input: '["Ada"]',
      result: encode(result),
    })
  })

  test("a run that returned nothing has the result null", async () => {
    const run = runRecord({ resultText: encode(undefined) })
    const { ask } = givenApp({ runs: { get: async () => run } })
    expect((await ask("GET /v1/runs/r1")).body).toHaveProperty("result", null)
  })

  test.each(["plain", "ENCODED", "", "encoded&values=encoded"])(
    "values=%s is 400",
    async (values) => {
      const { ask } = givenApp()
      const answer = await ask(`GET /v1/runs/r1?values=${values}`)
      expect(answer).toMatchObject({ status: 400, code: "invalid_request" })
    },
  )

  test("404 run_unknown names the run", async () => {
    const { ask } = givenApp({
      runs: { get: async () => undefined, result: async () => undefined },
    })
    for (const line of ["GET /v1/runs/no%2Fsuch", "GET /v1/runs/no%2Fsuch/result"]) {
      const answer = await ask(line)
      expect(answer).toMatchObject({ status: 404, code: "run_unknown" })
      expect(answer.message).toContain("no/such")
    }
  })
})

describe("result", () => {
  test.each(["completed", "failed", "cancelled", "timed_out"] as const)(
    "%s is 200",
    async (status) => {
      const { ask } = givenApp({ runs: { result: async () => runRecord({ status }) } })
      expect(await ask("GET /v1/runs/r1/result")).toMatchObject({ status: 200, body: { status } })
    },
  )

  test.each(["running", "suspended", "paused"] as const)("%s is 202", async (status) => {
    const { ask, calls } = givenApp({ runs: { result: async () => runRecord({ status }) } })
    expect(await ask("GET /v1/runs/r1/result")).toMatchObject({ status: 202, body: { status } })
    expect(calls).toEqual([{ method: "result", args: ["r1", 0] }])
  })

  test("a timed out run shows its error", async () => {
    const run = runRecord({
      status: "timed_out",
      errorText: encode(new TimeoutError("the deadline passed")),
    })
    const { ask } = givenApp({ runs: { result: async () => run } })
    expect((await ask("GET /v1/runs/r1/result")).body).toMatchObject({
      error: { name: "TimeoutError", message: "the deadline passed", code: "timeout" },
    })
  })

  test("halted is 409 with the run in the details", async () => {
    const run = runRecord({
      status: "halted",
      halt: { code: "panic", message: "two ledgers disagree", details: { guid: 7n } },
    })
    const { ask } = givenApp({ runs: { result: async () => run } })
    const answer = await ask("GET /v1/runs/r1/result?wait=1000")
    expect(answer).toMatchObject({ status: 409, code: "halted" })
    expect(answer.message).toContain("two ledgers disagree")
    expect(answer.body).toMatchObject({
      error: {
        details: {
          run: {
            id: "r1",
            status: "halted",
            error: {
              name: "Panic",
              code: "panic",
              number: 98,
              message: "two ledgers disagree",
              details: { guid: "7" },
            },
          },
        },
      },
    })
  })

  test("a halt that is no panic has its own code and no number", async () => {
    const run = runRecord({
      status: "halted",
      halt: { code: "divergence", message: "expected a, found b" },
    })
    const { ask } = givenApp({ runs: { get: async () => run } })
    expect((await ask("GET /v1/runs/r1")).body).toHaveProperty("error", {
      name: "Halted",
      code: "divergence",
      message: "expected a, found b",
    })
  })
})

describe("journal", () => {
  test("shows entries with values, errors and times, and where it goes on", async () => {
    const entries = [
      journalEntry({
        name: "mint",
        valueText: encode(12n),
        startedAtMs: CREATED_AT_MS,
        settledAtMs: CREATED_AT_MS,
      }),
      journalEntry({ path: "1", state: "failed", attempts: 3, errorText: encode("gave up") }),
      journalEntry({ path: "2", kind: "timer", state: "waiting", attempts: 0 }),
    ]
    const { ask, calls } = givenApp({ runs: { journal: async () => ({ entries, next: "n1" }) } })
    expect((await ask("GET /v1/runs/r1/journal?after=c0&limit=3")).body).toEqual({
      entries: [
        {
          path: "0",
          kind: "step",
          name: "mint",
          state: "completed",
          attempts: 1,
          value: "12",
          createdAt: CREATED_AT,
          startedAt: CREATED_AT,
          settledAt: CREATED_AT,
        },
        {
          path: "1",
          kind: "step",
          state: "failed",
          attempts: 3,
          error: { name: "Error", message: "gave up", code: "failed", details: "gave up" },
          createdAt: CREATED_AT,
        },
        { path: "2", kind: "timer", state: "waiting", attempts: 0, createdAt: CREATED_AT },
      ],
      next: "n1",
    })
    expect(calls).toEqual([{ method: "journal", args: ["r1", "c0", 3] }])
  })

  test.each([
    ["", [undefined, 100]],
    ["?after=", [undefined, 100]],
    ["?limit=1", [undefined, 1]],
    ["?limit=1000", [undefined, 1_000]],
    ["?limit=1001", [undefined, 1_000]],
  ])("%j asks for the page %j", async (query, args) => {
    const { ask, calls } = givenApp()
    expect((await ask(`GET /v1/runs/r1/journal${query}`)).body).toEqual({ entries: [] })
    expect(calls[0]?.args.slice(1)).toEqual(args)
  })

  test.each(["?limit=0", "?limit=-1", "?limit=ten", "?limit=", "?limit=1&limit=2"])(
    "%s is 400",
    async (query) => {
      const { ask } = givenApp()
      const answer = await ask(`GET /v1/runs/r1/journal${query}`)
      expect(answer).toMatchObject({ status: 400, code: "invalid_request" })
      expect(answer.message).toContain("limit")
    },
  )
})
