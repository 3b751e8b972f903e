// The limits that stand at the door, each at its edge and one past it. Those that are met behind it have their tests there.
import { describe, expect, test } from "vitest"
import {
  CRON_CHARACTERS_MAX,
  DURATION_MS_MAX,
  FAULTS_MAX,
  IDEMPOTENCY_KEY_BYTES_MAX,
  JOURNAL_PAGE_DEFAULT,
  JOURNAL_PAGE_MAX,
  NAME_BYTES_MAX,
  RUN_ID_BYTES_MAX,
  SCHEDULE_NAME_BYTES_MAX,
  SCHEDULES_PAGE_DEFAULT,
  SCHEDULES_PAGE_MAX,
  TAG_BYTES_MAX,
  TAGS_MAX,
  UPDATE_WAIT_MS_DEFAULT,
  WAIT_MS_MAX,
} from "../../src/engine/limits.ts"
import { givenApp } from "./support/given-app.ts"

interface Door {
  readonly name: string
  /** A request whose one part has this size. */
  readonly line: (size: number) => string
  readonly body?: (size: number) => unknown
  readonly headers?: (size: number) => Readonly<Record<string, string>>
  readonly max: number
  readonly code: string
}

const START = "POST /v1/runs/a"
const CRON = "0 3 * * *"

const DOORS: readonly Door[] = [
  {
    name: "a run's id, in bytes",
    line: (size) => `GET /v1/runs/${"a".repeat(size)}`,
    max: RUN_ID_BYTES_MAX,
    code: "invalid_id",
  },
  {
    name: "a signal's name, in bytes",
    line: (size) => `POST /v1/runs/a/signals/${"n".repeat(size)}`,
    max: NAME_BYTES_MAX,
    code: "invalid_id",
  },
  {
    name: "the name of a signal that a start brings along",
    line: () => START,
    body: (size) => ({ workflow: "w", signal: { name: "n".repeat(size) } }),
    max: NAME_BYTES_MAX,
    code: "invalid_request",
  },
  {
    name: "an idempotency key, in bytes",
    line: () => "POST /v1/runs/a/signals/s",
    headers: (size) => ({ "idempotency-key": "k".repeat(size) }),
    max: IDEMPOTENCY_KEY_BYTES_MAX,
    code: "invalid_request",
  },
  {
    name: "an idempotency key in the query",
    line: (size) => `POST /v1/runs/a/signals/s?key=${"k".repeat(size)}`,
    max: IDEMPOTENCY_KEY_BYTES_MAX,
    code: "invalid_request",
  },
  {
    name: "a deadline, in ms",
    line: () => START,
    body: (size) => ({ workflow: "w", timeoutMs: size }),
    max: DURATION_MS_MAX,
    code: "invalid_request",
  },
  {
    name: "tags",
    line: () => START,
    body: (size) => ({
      workflow: "w",
      tags: Object.fromEntries(Array.from({ length: size }, (_, index) => [`t${index}`, ""])),
    }),
    max: TAGS_MAX,
    code: "invalid_request",
  },
  {
    name: "a tag's key, in bytes",
    line: () => START,
    body: (size) => ({ workflow: "w", tags: { ["t".repeat(size)]: "v" } }),
    max: TAG_BYTES_MAX,
    code: "invalid_request",
  },
  {
    name: "a tag's value, in bytes",
    line: () => START,
    body: (size) => ({ workflow: "w", tags: { t: "v".repeat(size) } }),
    max: TAG_BYTES_MAX,
    code: "invalid_request",
  },
  {
    name: "an operator's reason, in characters",
    line: () => "POST /v1/runs/a/cancel",
    body: (size) => ({ reason: "r".repeat(size) }),
    max: 1_000,
    code: "invalid_request",
  },
  {
    name: "faults on purpose",
    line: () => START,
    body: () => ({ workflow: "w" }),
    headers: (size) => ({ "x-belay-fault": Array.from({ length: size }, () => "s:1").join(",") }),
    max: FAULTS_MAX,
    code: "invalid_request",
  },
  {
    name: "a schedule's name, in bytes",
    line: (size) => `GET /v1/schedules/${"a".repeat(size)}`,
    max: SCHEDULE_NAME_BYTES_MAX,
    code: "invalid_id",
  },
  {
    name: "a cron text, in characters",
    line: () => "PUT /v1/schedules/s",
    body: (size) => ({ workflow: "greet", cron: CRON.padEnd(size, " ") }),
    max: CRON_CHARACTERS_MAX,
    code: "invalid_request",
  },
  {
    name: "how late a tick may be, in ms",
    line: () => "PUT /v1/schedules/s",
    body: (size) => ({ workflow: "greet", cron: CRON, catchUpMs: size }),
    max: DURATION_MS_MAX,
    code: "invalid_request",
  },
]

describe.each(DOORS)(
  "$name: $max is taken, one more is not",
  ({ line, body, headers, max, code }) => {
    const ask = (size: number) => {
      const { ask: send, calls } = givenApp()
      const sent = {
        ...(body !== undefined && { body: body(size) }),
        ...(headers !== undefined && { headers: headers(size) }),
      }
      return send(line(size), sent).then((answer) => ({ answer, calls }))
    }

    test("at the edge", async () => {
      expect((await ask(max)).answer.status).toBeLessThan(300)
    })

    test("one past it", async () => {
      const { answer, calls } = await ask(max + 1)
      expect(answer).toMatchObject({ status: 400, code })
      expect(calls).toEqual([])
    })
  },
)

describe("what is cut instead of refused", () => {
  async function asked(line: string): Promise<unknown> {
    const { ask, calls, scheduleCalls } = givenApp()
    expect((await ask(line)).status).toBeLessThan(300)
    return [...calls, ...scheduleCalls].at(-1)?.args.at(-1)
  }

  test("a wait", async () => {
    expect(await asked(`GET /v1/runs/a/result?wait=${WAIT_MS_MAX}`)).toBe(WAIT_MS_MAX)
    expect(await asked(`GET /v1/runs/a/result?wait=${WAIT_MS_MAX + 1}`)).toBe(WAIT_MS_MAX)
    expect(await asked("POST /v1/runs/a/updates/u")).toMatchObject({
      waitMs: UPDATE_WAIT_MS_DEFAULT,
    })
  })

  test("a page of the journal", async () => {
    const journal = (query: string) => asked(`GET /v1/runs/a/journal${query}`)
    expect(await journal("")).toBe(JOURNAL_PAGE_DEFAULT)
    expect(await journal(`?limit=${JOURNAL_PAGE_MAX}`)).toBe(JOURNAL_PAGE_MAX)
    expect(await journal(`?limit=${JOURNAL_PAGE_MAX + 1}`)).toBe(JOURNAL_PAGE_MAX)
  })

  test("a page of schedules", async () => {
    const list = (query: string) => asked(`GET /v1/schedules${query}`)
    expect(await list("")).toBe(SCHEDULES_PAGE_DEFAULT)
    expect(await list(`?limit=${SCHEDULES_PAGE_MAX}`)).toBe(SCHEDULES_PAGE_MAX)
    expect(await list(`?limit=${SCHEDULES_PAGE_MAX + 1}`)).toBe(SCHEDULES_PAGE_MAX)
  })
})
