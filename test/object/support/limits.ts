// Limits: the tests' own limiters: finding one, looking into it, waking it.
// Owns: the tools. Must not touch: what a test expects.

import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test"
import { env } from "cloudflare:workers"
import { recordOf, rowsOf, until } from "./runs.ts"

export function limiterStub(name: string) {
  return env.TEST_LIMITS.get(env.TEST_LIMITS.idFromName(name))
}

/** As the run's row has it. */
export interface KnownSlot {
  readonly limiter: string
  readonly key: string
  readonly ask: number
  readonly state: string
}

export async function slotOf(runId: string): Promise<KnownSlot> {
  const [row] = await rowsOf<{ limits: string }>(runId, "SELECT limits FROM run")
  return JSON.parse(row?.limits ?? "null") as KnownSlot
}

export interface LimiterRecord {
  readonly queue: readonly string[]
  readonly holders: readonly string[]
  readonly starts: readonly (number | null)[]
  readonly unsent: number
  readonly alarm: number | null
}

/** What stands in the limiter. Passes no door of it. */
export async function limiterRecord(name: string): Promise<LimiterRecord> {
  return runInDurableObject(limiterStub(name), async (_, { storage }) => {
    const alarm = await storage.getAlarm()
    const names = storage.sql.exec<{ name: string }>("SELECT name FROM sqlite_master").toArray()
    const rows = <Row extends Record<string, SqlStorageValue>>(table: string, order: string) =>
      names.some((each) => each.name === table)
        ? storage.sql.exec<Row>(`SELECT * FROM ${table} ORDER BY ${order}`).toArray()
        : []
    return {
      queue: rows<{ run: string }>("queue", "id").map(({ run }) => run),
      holders: rows<{ run: string }>("holders", "run").map(({ run }) => run),
      starts: rows<{ at: number | null }>("starts", "id").map(({ at }) => at),
      unsent: rows("outbox", "id").length,
      alarm,
    }
  })
}

export async function fireLimiter(name: string): Promise<boolean> {
  return runDurableObjectAlarm(limiterStub(name))
}

/** Once the limiter has heard of everybody and told everybody. */
export async function settled(
  name: string,
  isWanted: (record: LimiterRecord) => boolean,
): Promise<LimiterRecord> {
  return until(
    () => limiterRecord(name),
    (record) => record.unsent === 0 && isWanted(record),
  )
}

/** The greatest number of these runs that went on at one instant, by what their records say. */
export async function mostAtOnce(ids: readonly string[]): Promise<number> {
  const records = await Promise.all(ids.map((id) => recordOf(id)))
  const spans = records.flatMap(({ startedAtMs, endedAtMs = Infinity }) =>
    startedAtMs === undefined ? [] : [{ startedAtMs, endedAtMs }],
  )
  const counts = spans.map(
    ({ startedAtMs: atMs }) =>
      spans.filter((span) => span.startedAtMs <= atMs && atMs < span.endedAtMs).length,
  )
  return Math.max(0, ...counts)
}
