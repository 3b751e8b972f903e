// Export: what the file looks like, what is masked, and how a reader notices that it was cut.
import { describe, expect, test } from "vitest"
import { encode } from "../../src/engine/values/codec.ts"
import { BelayError } from "../../src/engine/errors.ts"
import type { ExportCursor, ExportLine, RunLine } from "../../src/engine/recorded/export-line.ts"
import type { Runs } from "../../src/engine/ports/runs.ts"
import { DEPLOYED, givenApp, OPERATE_TOKEN, READ_TOKEN, START_TOKEN } from "./support/given-app.ts"

const CURSOR: ExportCursor = {
  incarnation: "i1",
  generation: 0,
  lastSeq: 2,
  last: undefined,
  foldedSeq: 0,
  section: 1,
  after: 0,
}

const RUN: RunLine = {
  type: "run",
  format: 1,
  exportedAtMs: 5,
  id: "r1",
  incarnation: "i1",
  workflow: "greet",
  version: 1,
  status: "suspended",
  generation: 0,
  epoch: 0,
  lastSeq: 2,
  createdAtMs: 1,
  tags: {},
  faults: [],
}

const TOKEN = "a-token-of-a-promise"
const HEAD: readonly ExportLine[] = [
  RUN,
  { type: "value", name: "error", text: encode(new Error("with a stack")) },
  { type: "wait", id: 1, kind: "promise", path: "0" },
  { type: "promise", generation: 0, path: "0", token: TOKEN },
]
const RECORDS: readonly ExportLine[] = [
  {
    type: "record",
    record: {
      seq: 1,
      type: "open",
      path: "0",
      atMs: 2,
      inline: true,
      kind: "promise",
      text: encode(TOKEN),
    },
  },
  {
    type: "record",
    record: {
      seq: 2,
      type: "failed",
      path: "1",
      atMs: 3,
      inline: true,
      kind: "step",
      text: encode(new Error("of a step")),
    },
  },
]

const twoPages: Runs["exportPage"] = async (_, from) =>
  from === undefined ? { lines: HEAD, next: CURSOR } : { lines: RECORDS }

function linesOf(body: unknown): Record<string, unknown>[] {
  return String(body)
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>)
}

describe("export", () => {
  test("is one file of JSON lines, page after page, with a last line that counts the records", async () => {
    const { ask, calls } = givenApp({ runs: { exportPage: twoPages } })
    const answer = await ask("GET /v1/runs/order%2F42/export")
    expect(answer.status).toBe(200)
    expect(answer.headers.get("content-type")).toBe("application/jsonl; charset=utf-8")
    expect(linesOf(answer.body)).toEqual([...HEAD, ...RECORDS, { type: "end", records: 2 }])
    expect(calls.map(({ args }) => args)).toEqual([["order/42"], ["order/42", CURSOR]])
  })

  test("an unknown run is 404, before anything is sent", async () => {
    const { ask } = givenApp({
      runs: {
        exportPage: async () => {
          throw new BelayError("run_unknown", 'There is no run "r1".')
        },
      },
    })
    expect(await ask("GET /v1/runs/r1/export")).toMatchObject({ status: 404, code: "run_unknown" })
  })

  test("role read: no token of a promise, no stack, and the first line says so", async () => {
    const { ask } = givenApp({ runs: { exportPage: twoPages }, variables: DEPLOYED })
    const { status, body } = await ask("GET /v1/runs/r1/export", { token: READ_TOKEN })
    expect(status).toBe(200)
    expect(String(body)).not.toContain(TOKEN)
    expect(String(body)).not.toContain("export-route.test")
    const lines = linesOf(body)
    expect(lines[0]).toEqual({ ...RUN, masked: true })
    expect(lines[1]).toMatchObject({ name: "error", text: expect.stringContaining("with a stack") })
    expect(lines.at(-1)).toEqual({ type: "end", records: 2 })
  })

  test("role operate: whole; role start: refused", async () => {
    const { ask } = givenApp({ runs: { exportPage: twoPages }, variables: DEPLOYED })
    const { body } = await ask("GET /v1/runs/r1/export", { token: OPERATE_TOKEN })
    expect(linesOf(body)).toEqual([...HEAD, ...RECORDS, { type: "end", records: 2 }])
    expect(await ask("GET /v1/runs/r1/export", { token: START_TOKEN })).toMatchObject({
      status: 403,
      code: "forbidden",
    })
  })

  test.each([
    ["the run was cut", async () => ({ cut: "The journal was cut back." })],
    [
      "the object is gone",
      async () => {
        throw new BelayError("overloaded", "The journal was cut back.")
      },
    ],
  ] satisfies [string, Runs["exportPage"]][])(
    "when %s in between, the last line is an error and the connection breaks off",
    async (_, second) => {
      const { app, env } = givenApp({
        runs: { exportPage: async (id, from) => (from ? second() : twoPages(id)) },
      })
      const response = await app.fetch(new Request("http://belay/v1/runs/r1/export"), env)
      expect(response.status).toBe(200)
      const reader = response.body?.getReader()
      if (reader === undefined) throw new Error("The answer has no body.")
      let text = ""
      let thrown: unknown
      try {
        for (;;) {
          const { done, value } = await reader.read()
          if (done) break
          text += new TextDecoder().decode(value as Uint8Array)
        }
      } catch (error) {
        thrown = error
      }
      expect(linesOf(text).at(-1)).toEqual({ type: "error", message: "The journal was cut back." })
      expect(text).not.toContain('"end"')
      expect(String(thrown)).toContain("The journal was cut back.")
    },
  )
})
