// Start, and how long a caller may wait.
import { describe, expect, test } from "vitest"
import { encode } from "../../src/engine/values/codec.ts"
import { BelayError } from "../../src/engine/errors.ts"
import { TAG_BYTES_MAX, TAGS_MAX } from "../../src/engine/limits.ts"
import { runRecord } from "./support/fake-runs.ts"
import { givenApp } from "./support/given-app.ts"

describe("start", () => {
  test("201 with the run and where it is, when this request created it", async () => {
    const { ask, calls } = givenApp()
    const answer = await ask("POST /v1/runs/order%2F42", { body: { workflow: "greet" } })
    expect(answer.status).toBe(201)
    expect(answer.headers.get("location")).toBe("/v1/runs/order%2F42")
    expect(answer.body).toEqual({
      id: "order/42",
      workflow: "greet",
      version: 1,
      status: "completed",
      input: ["Ada"],
      createdAt: "2026-01-02T03:04:05.006Z",
      tags: {},
      rows: { written: 12, read: 34 },
    })
    expect(calls).toEqual([
      { method: "start", args: ["order/42", { workflow: "greet", input: [], faults: [] }] },
    ])
  })

  test("200 when it was there, with or without wait, also when it stands still", async () => {
    const run = runRecord({ status: "halted", halt: { code: "panic", message: "look" } })
    const { ask } = givenApp({ runs: { start: async () => ({ created: false, run }) } })
    for (const query of ["", "?wait=100"]) {
      const answer = await ask(`POST /v1/runs/r1${query}`, { body: { workflow: "greet" } })
      expect(answer).toMatchObject({
        status: 200,
        body: { status: "halted", error: { number: 98 } },
      })
    }
  })

  test("hands over every field", async () => {
    const { ask, calls } = givenApp()
    const body = {
      workflow: "greet",
      input: ["Ada", { deep: [null] }],
      version: 2,
      timeoutMs: 1,
      tags: { team: "red" },
    }
    await ask("POST /v1/runs/a?wait=250", { body })
    expect(calls[0]?.args[1]).toEqual({ ...body, faults: [], waitMs: 250 })
  })

  test("hands over the instant, the signal, the update and their key", async () => {
    const { ask, calls } = givenApp()
    const body = {
      workflow: "greet",
      startAt: "2027-01-01T00:00:00.001Z",
      signal: { name: "a/b", value: { deep: [1] } },
      update: { name: "ask" },
    }
    await ask("POST /v1/runs/a", { body, headers: { "idempotency-key": "k1" } })
    const { startAt: _, ...rest } = body
    expect(calls[0]?.args[1]).toEqual({
      ...rest,
      startAtMs: Date.UTC(2027, 0, 1, 0, 0, 0, 1),
      input: [],
      faults: [],
      idempotencyKey: "k1",
    })
  })

  test.each([
    ["its reply", { state: "replied", replyText: encode("yes") }, { reply: "yes" }],
    [
      "where to ask for it",
      { state: "pending", key: "k 1" },
      { statusUrl: "/v1/runs/a%2Fb/updates/ask?key=k%201" },
    ],
  ] as const)("with an update the run is answered with %s", async (_name, update, shown) => {
    const start = async () => ({ created: true, run: runRecord({ id: "a/b" }), update })
    const { ask } = givenApp({ runs: { start } })
    const body = { workflow: "greet", update: { name: "ask" } }
    const answer = await ask("POST /v1/runs/a%2Fb", { body })
    expect(answer).toMatchObject({ status: 201, body: { id: "a/b", update: shown } })
  })

  test("an update that the workflow refuses is 422, and the run is there", async () => {
    const update = { state: "rejected", errorText: encode(new Error("not now")) } as const
    const start = async () => ({ created: true, run: runRecord(), update })
    const { ask } = givenApp({ runs: { start } })
    const body = { workflow: "greet", update: { name: "ask" } }
    const answer = await ask("POST /v1/runs/r1", { body })
    expect(answer).toMatchObject({ status: 422, code: "rejected", message: "not now" })
  })

  const TIME_MAX_MS = 10 * 365 * 24 * 60 * 60 * 1000
  test.each([
    [
      "a tag's key and value of the greatest length",
      { tags: { ["k".repeat(TAG_BYTES_MAX)]: "v".repeat(TAG_BYTES_MAX) } },
    ],
    ["an empty tag value", { tags: { k: "" } }],
    ["as many tags as allowed", { tags: manyTags(TAGS_MAX) }],
    ["the longest timeout", { timeoutMs: TIME_MAX_MS }],
    ["a great version", { version: Number.MAX_SAFE_INTEGER }],
  ])("takes %s", async (_name, fields) => {
    const { ask } = givenApp()
    expect((await ask("POST /v1/runs/a", { body: { workflow: "greet", ...fields } })).status).toBe(
      201,
    )
  })

  test.each([
    ["workflow", { workflow: undefined }],
    ["workflow", { workflow: "" }],
    ["workflow", { workflow: 7 }],
    ["workflow", { workflow: null }],
    ["input", { input: "Ada" }],
    ["input", { input: null }],
    ["input", { input: { 0: "Ada" } }],
    ["version", { version: 0 }],
    ["version", { version: 1.5 }],
    ["version", { version: "1" }],
    ["version", { version: 1e300 }],
    ["timeoutMs", { timeoutMs: 0 }],
    ["timeoutMs", { timeoutMs: -1 }],
    ["timeoutMs", { timeoutMs: null }],
    ["timeoutMs", { timeoutMs: TIME_MAX_MS + 1 }],
    ["tags", { tags: [] }],
    ["tags", { tags: "team:red" }],
    ["tags", { tags: { team: 1 } }],
    ["tags", { tags: { "": "red" } }],
    ["tags", { tags: { ["k".repeat(TAG_BYTES_MAX + 1)]: "v" } }],
    ["tags", { tags: { k: "é".repeat(TAG_BYTES_MAX / 2 + 1) } }],
    ["tags", { tags: manyTags(TAGS_MAX + 1) }],
    ["startAt", { startAt: "2027-01-01" }],
    ["startAt", { startAt: "2027-01-01T00:00:00Z" }],
    ["startAt", { startAt: "2027-01-01T00:00:00.000+02:00" }],
    ["startAt", { startAt: "2027-02-30T00:00:00.000Z" }],
    ["startAt", { startAt: 1_800_000_000_000 }],
    ["startAt", { startAt: null }],
    ["signal", { signal: "go" }],
    ["signal.name", { signal: {} }],
    ["signal.name", { signal: { name: "" } }],
    ["signal.name", { signal: { name: "." } }],
    ["signal.name", { signal: { name: "n".repeat(257) } }],
    ["signal.key", { signal: { name: "go", key: "k" } }],
    ["update", { update: "go" }],
    ["update.name", { update: { name: "a\u0000b", value: 1 } }],
    ["inputs", { inputs: [] }],
    ["constructor", { constructor: 1 }],
  ])("names the field %s that does not fit: %j", async (field, fields) => {
    const { ask, calls } = givenApp()
    const answer = await ask("POST /v1/runs/a", { body: { workflow: "greet", ...fields } })
    expect(answer).toMatchObject({ status: 400, code: "invalid_request" })
    expect(answer.message).toContain(`"${field}"`)
    expect(answer.message.length).toBeLessThan(400)
    expect(calls).toEqual([])
  })

  test("names a field called __proto__", async () => {
    const { send } = givenApp()
    const body = '{"workflow": "greet", "__proto__": {"input": []}}'
    const answer = await send(new Request("http://belay/v1/runs/a", { method: "POST", body }))
    expect(answer).toMatchObject({ status: 400, code: "invalid_request" })
    expect(answer.message).toContain("__proto__")
  })

  test("names several fields at once", async () => {
    const { ask } = givenApp()
    const answer = await ask("POST /v1/runs/a", { body: { version: 0, what: 1 } })
    expect(answer.body).toMatchObject({
      error: {
        details: {
          fields: [
            { field: "workflow", problem: "is missing" },
            { field: "version", problem: expect.stringContaining("whole number from 1") },
            { field: "what", problem: expect.stringContaining("not a field") },
          ],
        },
      },
    })
  })

  test.each([
    ["no body", undefined],
    ["a list", [{ workflow: "greet" }]],
    ["null", null],
    ["a text", "greet"],
    ["a number", 1],
  ])("%s is 400", async (_name, body) => {
    const { ask, calls } = givenApp()
    const answer = await ask("POST /v1/runs/a", body === undefined ? {} : { body })
    expect(answer).toMatchObject({ status: 400, code: "invalid_request" })
    expect(calls).toEqual([])
  })

  test("an unknown workflow is what the port says of it", async () => {
    const { ask } = givenApp({
      runs: {
        start: () => Promise.reject(new BelayError("workflow_unknown", 'No workflow "x".')),
      },
    })
    const answer = await ask("POST /v1/runs/a", { body: { workflow: "x" } })
    expect(answer).toMatchObject({
      status: 404,
      code: "workflow_unknown",
      message: 'No workflow "x".',
    })
  })
})

describe("wait", () => {
  test.each([
    ["0", 0],
    ["1", 1],
    ["007", 7],
    ["30000", 30_000],
    ["30001", 30_000],
    ["99999999999999999999999", 30_000],
  ])("%s is %d ms", async (text, waitMs) => {
    const { ask, calls } = givenApp()
    await ask(`GET /v1/runs/a/result?wait=${text}`)
    await ask(`POST /v1/runs/a?wait=${text}`, { body: { workflow: "greet" } })
    expect(calls[0]?.args).toEqual(["a", waitMs])
    expect(calls[1]?.args[1]).toMatchObject({ waitMs })
  })

  test.each(["", "-1", "1.5", "1e3", "%2B5", "%205", "0x10", "abc", "NaN", "Infinity", "1&wait=2"])(
    "%j is 400",
    async (text) => {
      const { ask, calls } = givenApp()
      for (const [line, body] of [
        [`GET /v1/runs/a/result?wait=${text}`, undefined],
        [`POST /v1/runs/a?wait=${text}`, { workflow: "greet" }],
        [`POST /v1/runs/a/updates/u?wait=${text}`, 1],
      ] as const) {
        const answer = await ask(line, { body })
        expect(answer).toMatchObject({ status: 400, code: "invalid_request" })
        expect(answer.message).toContain("wait")
      }
      expect(calls).toEqual([])
    },
  )
})

function manyTags(count: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, "v"]))
}
