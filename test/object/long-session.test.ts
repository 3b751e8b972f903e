// A long-lived entity: the user session with up to 100,000 activities, killed on the way. Its journal and its object stay
// small, and no kill repeats an activity. Its table is in memory here, so that the engine is what the time goes into.

import { runInDurableObject } from "cloudflare:test"
import { afterEach, expect, it, vi } from "vitest"
import { userSession } from "../../src/systems/user-session/workflow.ts"
import { thoroughly } from "../setup/thorough.ts"
import { registry } from "./support/registry.ts"
import { crash, pause, resultOf, runs, stubOf } from "./support/runs.ts"

const ACTIVITIES = thoroughly(100_000, 10_000)

/** So many of them come from outside, one by one; the others stand in the script. */
const SIGNALLED = ACTIVITIES / 20

const KILLED_AT = [ACTIVITIES * 0.3, ACTIVITIES * 0.7]

/** Records of one generation of 500 activities: a step and what is published, for a signal also a race and a timer. */
const JOURNAL_RECORDS_MAX = 6_000

/** The scripted activities that are left stand in the object, as long as there are any. */
const OBJECT_BYTES_MAX = 24 * 1024 * 1024

const PATIENCE_MS = 600_000
const LOOK_AGAIN_MS = 50

afterEach(() => {
  vi.restoreAllMocks()
})

/** Rows by their idempotency key, as D1 keeps them; the first one stands. */
const rows = new Map<string, unknown[]>()

const table = {
  prepare: (sql: string) => ({
    bind: (...values: unknown[]) => ({
      async run() {
        if (sql.includes("INSERT") && !rows.has(String(values[0])))
          rows.set(String(values[0]), values)
      },
      first: () => ({ entered_at: String(rows.get(String(values[0]))?.at(-1)) }),
    }),
  }),
  async batch(statements: { run(): Promise<void>; first(): unknown }[]) {
    for (const statement of statements) await statement.run()
    return statements.map((statement) => ({ results: [statement.first()] }))
  },
}

registry.setDependency("db", () => table)
const workflow = registry.define(userSession)

/** Activities recorded: their rows have seven values. */
const recorded = () => [...rows.values()].filter(({ length }) => length === 7)

interface Size {
  readonly records: number
  readonly bytes: number
}

const sizeOf = (id: string): Promise<Size> =>
  runInDurableObject(stubOf(id), (_, { storage: { sql } }) => ({
    records: Number(sql.exec("SELECT COUNT(*) AS n FROM journal").one()["n"]),
    bytes: sql.databaseSize,
  }))

/** Waits until so many are recorded; gives the sizes seen on the way. */
async function grownTo(id: string, count: number): Promise<Size[]> {
  const sizes: Size[] = []
  while (rows.size < count) {
    sizes.push(await sizeOf(id))
    await pause(LOOK_AGAIN_MS)
  }
  return sizes
}

it(
  `a session of ${ACTIVITIES} activities stays small, and no kill repeats one`,
  { timeout: PATIENCE_MS },
  async () => {
    // One line a step would be 100,000 lines.
    vi.spyOn(console, "log").mockImplementation(() => undefined)
    const id = "long-session"
    const scripted = ACTIVITIES - SIGNALLED
    const activities = Array.from({ length: scripted }, (_, n) => ({ type: "page_view", data: n }))
    await runs.start(id, {
      workflow,
      input: [{ sessionId: id, userId: "alice", idleTimeoutMs: 600_000, activities }],
    })

    const sizes: Size[] = []
    for (const count of KILLED_AT) {
      sizes.push(...(await grownTo(id, count)))
      await crash(id)
    }
    sizes.push(...(await grownTo(id, scripted)))
    for (let n = 0; n < SIGNALLED; n++) {
      await runs.signal(id, "activity", { type: "search", data: n })
      if (n % 100 === 0) sizes.push(await sizeOf(id))
    }
    await runs.signal(id, "logout", null)

    expect(await resultOf(id)).toMatchObject({
      activitiesRecorded: ACTIVITIES,
      finalStatus: "cleaned_up",
    })
    const seqs = recorded().map(([, , seq]) => seq)
    expect(seqs).toHaveLength(ACTIVITIES)
    expect(new Set(seqs).size).toBe(ACTIVITIES)
    expect(Math.max(...sizes.map(({ records }) => records))).toBeLessThan(JOURNAL_RECORDS_MAX)
    expect(Math.max(...sizes.map(({ bytes }) => bytes))).toBeLessThan(OBJECT_BYTES_MAX)
  },
)
