// Runs: the tests' own runs: starting them, taking their object away, looking into it.
// Owns: the tools. Must not touch: what a test expects.

import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test"
import { env } from "cloudflare:workers"
import { decode, encode } from "../../../src/engine/values/codec.ts"
import type { JournalRecord } from "../../../src/engine/ports/journal.ts"
import type { WorkflowFunction, WorkflowOptions } from "../../../src/engine/workflow/registry.ts"
import {
  isFinal,
  type JournalEntryRecord,
  type RunRecord,
  type StartRequest,
} from "../../../src/engine/ports/runs.ts"
import { valueOf } from "../../../src/object/answer.ts"
import { JournalRows } from "../../../src/object/store/journal-rows.ts"
import { allRecords } from "../../../src/object/store/journal-search.ts"
import type { RunObjectClass } from "../../../src/object/object-class.ts"
import { createRuns, type RunDoor } from "../../../src/object/runs-client.ts"
import { TABLES } from "../../../src/object/store/schema.ts"
import { Tables } from "../../../src/object/store/tables.ts"
import { registry } from "./registry.ts"

/** Longest that a test waits for a run to get somewhere: an alarm comes after a second, a lost step at once after it. */
const PATIENCE_MS = 20_000

const LOOK_AGAIN_MS = 10

let idCount = 0

/** An id that no other test of this file uses. */
export function newId(): string {
  return `run-${++idCount}`
}

export function stubOf(id: string) {
  return env.TEST_RUNS.get(env.TEST_RUNS.idFromName(id))
}

export const runs = createRuns(stubOf)

/** One door of the object itself, with none of the client's repetitions. */
export function doorOf(id: string): RunDoor {
  return stubOf(id)
}

export interface Begun {
  readonly id: string
  readonly workflow: string
}

type StartFields = Partial<Omit<StartRequest, "workflow" | "input">> & {
  readonly id?: string
  readonly options?: WorkflowOptions
}

/** Starts this function as a workflow of its own. */
export async function begin(
  fn: WorkflowFunction,
  input: readonly unknown[] = [],
  { id = newId(), options, ...fields }: StartFields = {},
): Promise<Begun> {
  const workflow = registry.define(fn, options)
  await runs.start(id, { ...fields, workflow, input })
  return { id, workflow }
}

/** The run's own record as it is now. */
export async function recordOf(id: string): Promise<RunRecord> {
  const record = await runs.get(id)
  if (record === undefined) throw new Error(`There is no run ${id}.`)
  return record
}

/** The run once it has ended or halted. */
export async function endOf(id: string): Promise<RunRecord> {
  const record = await runs.result(id, PATIENCE_MS)
  if (record === undefined) throw new Error(`There is no run ${id}.`)
  if (isFinal(record.status) || record.status === "halted") return record
  throw new Error(`Run ${id} is still ${record.status}: ${JSON.stringify(record.waitingFor)}`)
}

/** What the workflow returned. */
export async function resultOf(id: string): Promise<unknown> {
  const record = await endOf(id)
  if (record.status !== "completed") {
    const why = record.halt?.message ?? String(decode(record.errorText ?? "null"))
    throw new Error(`Run ${id} is ${record.status}: ${why}`)
  }
  return decode(record.resultText ?? "null")
}

/** What the workflow threw. */
export async function errorOf(id: string): Promise<Error & { code?: unknown }> {
  const record = await endOf(id)
  return decode(record.errorText ?? "null") as Error & { code?: unknown }
}

/** Asks again until it is as wanted; the last answer in any case, for the test to judge. */
export async function until<T>(
  read: () => T | Promise<T>,
  isWanted: (value: T) => boolean,
): Promise<T> {
  const untilMs = performance.now() + PATIENCE_MS
  let value = await read()
  while (!isWanted(value) && performance.now() < untilMs) {
    await pause(LOOK_AGAIN_MS)
    value = await read()
  }
  return value
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

/** The run's memory is gone, as after a quiet time; what it was doing comes to its end before. */
export async function evict(id: string): Promise<void> {
  try {
    await evictDurableObject(stubOf(id))
  } catch (error) {
    // Nobody has called it since it died.
    if (!String(error).includes("not currently running")) throw error
  }
}

const CRASH = "crashed by a test"

/** The object dies at once, whatever it was doing. */
export async function crash(id: string, reason = CRASH): Promise<void> {
  try {
    await runInDurableObject(stubOf(id), (_, state) => state.abort(reason))
  } catch (error) {
    // The call into an object that kills itself cannot succeed.
    if (!String(error).includes(reason)) throw error
  }
}

/** When the object's alarm is set for; `null` for none. Passes no door of the run. */
export async function alarmOf(id: string): Promise<number | null> {
  return runInDurableObject(stubOf(id), (_, state) => state.storage.getAlarm())
}

/** Lets the alarm fire now, whenever it is set for; false when none is. */
export async function fireAlarm(id: string): Promise<boolean> {
  return runDurableObjectAlarm(stubOf(id))
}

/** Rows of the object's own database. Passes no door of the run. */
export async function rowsOf<Row extends Record<string, SqlStorageValue>>(
  id: string,
  query: string,
): Promise<Row[]> {
  return runInDurableObject(stubOf(id), (_, state) => state.storage.sql.exec<Row>(query).toArray())
}

/** The journal as it is on disk, record by record. */
export async function recordsOf(id: string): Promise<JournalRecord[]> {
  return runInDurableObject(stubOf(id), (_, { storage }) => [
    ...allRecords(new JournalRows(new Tables(storage, TABLES))),
  ])
}

/** Names of the object's tables. */
export async function tablesOf(id: string): Promise<string[]> {
  const rows = await rowsOf<{ name: string }>(
    id,
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf\\_%' ESCAPE '\\'",
  )
  return rows.map(({ name }) => name).sort()
}

/** The value of a door's answer. */
export const valueIn = valueOf

export const textOf = encode

/** The code with which something asked of a run is refused. */
export async function codeOf(asked: Promise<unknown>): Promise<unknown> {
  try {
    await asked
    return undefined
  } catch (error) {
    return (error as { code?: unknown }).code
  }
}

/** The run once it waits for something. */
export async function suspended(id: string): Promise<RunRecord> {
  const record = await until(
    () => recordOf(id),
    ({ status }) => status === "suspended",
  )
  if (record.status !== "suspended") throw new Error(`Run ${id} is ${record.status}.`)
  return record
}

/** Every entry of the journal. */
export async function journalOf(id: string): Promise<JournalEntryRecord[]> {
  const entries: JournalEntryRecord[] = []
  for (let after: string | undefined; ;) {
    const page = await runs.journal(id, after, 1_000)
    entries.push(...page.entries)
    if (page.next === undefined) return entries
    after = page.next
  }
}

/** The message of what a method of the object throws, seen from inside, where it is caught. */
export async function thrownBy(
  id: string,
  call: (object: InstanceType<RunObjectClass>) => Promise<unknown>,
): Promise<string | undefined> {
  return runInDurableObject(stubOf(id), async (object) => {
    try {
      await call(object)
      return undefined
    } catch (error) {
      return error instanceof Error ? error.message : String(error)
    }
  })
}
