// Customer: who uses one of the systems while everything around it fails: begins runs, does what a person would do with
// them, remembers what was promised, and holds the stores against it in the end.
// Owns: the shape, and what is common to all of them. The rules are in rules/.

import type { RelayLedger } from "../../src/ledger/relay-ledger.ts"
import { member, type Answer } from "../support/json-client.ts"
import { oneOf, type Random } from "../support/seeded-random.ts"
import type { StubbornClient } from "../support/stubborn-client.ts"
import type { RunSeen, RunsSeen } from "./rules/run-seen.ts"

/** A row of a database. */
export type Row = Readonly<Record<string, unknown>>

/** Where the systems are used, and what can be read past them. */
export interface Shop {
  readonly client: StubbornClient
  readonly ledger: RelayLedger
  readonly d1: (query: string, ...values: string[]) => Row[]
}

export interface Visit {
  /** No other visit's. */
  readonly number: number
  /** This visit's alone: what happens beside it changes nothing in it. */
  readonly random: Random
}

export interface Audited {
  readonly findings: readonly string[]
  readonly runs: RunsSeen
  /** What each run ended as, in the system's own words. */
  readonly ends: ReadonlyMap<string, number>
  /** Rows and records that were held against what was accepted. */
  readonly effects: number
  /** Minor units that were added up. */
  readonly money: number
}

export interface Customer {
  readonly system: string
  /** Runs that were accepted so far. */
  readonly accepted: number
  /** What is there before the first visit. */
  open(): Promise<void>
  /** Begins one run and sees it through as far as somebody has to. @throws Error when it was refused */
  visit(visit: Visit): Promise<void>
  audit(): Promise<Audited>
}

/** How often a run dies by itself where a random kill seldom hits: when a step has taken effect and nobody knows it. */
const DIES = 0.15

/** How often a start that was accepted is sent once more. */
const REPEATS = 0.15

/** Sends a start until it is accepted, and now and then again. @throws Error when it is refused */
export async function begin(
  client: StubbornClient,
  { random }: Visit,
  request: { method?: string; path: string; body?: unknown; steps: readonly string[] },
): Promise<Answer> {
  const { method = "POST", path, body, steps } = request
  const headers: Record<string, string> =
    random() < DIES ? { "x-belay-fault": `${oneOf(random, steps)}:1:crash` } : {}
  const isRepeated = random() < REPEATS
  const answer = await client.send(method, path, body, headers)
  requireSuccess(answer, `${method} ${path}`)
  if (isRepeated) requireSuccess(await client.send(method, path, body, headers), `${path}, again`)
  return answer
}

export function requireSuccess({ status, body }: Answer, what: string): void {
  if (status < 300) return
  throw new Error(`${what}: was refused with ${status}: ${JSON.stringify(body)}`)
}

/** Requests of the audit under way at once. */
const READERS = 8

/** What `read` gives for each name, a few at a time. */
export async function readAll<T>(
  names: Iterable<string>,
  read: (name: string) => Promise<T>,
): Promise<Map<string, T>> {
  const found = new Map<string, T>()
  const queue = [...names].values()
  const reader = async () => {
    for (const name of queue) found.set(name, await read(name))
  }
  await Promise.all(Array.from({ length: READERS }, reader))
  return found
}

/** The runs as the engine shows them, by their names; those that are not there are left out. */
export async function readRuns(
  client: StubbornClient,
  names: Iterable<string>,
  idOf: (name: string) => string,
): Promise<RunsSeen> {
  const found = await readAll(names, (name) =>
    client.get(`/v1/runs/${encodeURIComponent(idOf(name))}`),
  )
  const runs = new Map<string, RunSeen>()
  for (const [name, { status, body }] of found) {
    if (status !== 200) continue
    const code = member(body, "error", "code")
    const text = member(body, "error", "message")
    runs.set(name, {
      status: String(member(body, "status")),
      result: member(body, "result"),
      errorCode: typeof code === "string" ? code : undefined,
      errorText: typeof text === "string" ? text : undefined,
    })
  }
  return runs
}

/** @param wordOf the system's own word for an end; the engine's, unless given */
export function endsOf(
  runs: RunsSeen,
  wordOf: (run: RunSeen) => unknown = () => undefined,
): Map<string, number> {
  const ends = new Map<string, number>()
  for (const run of runs.values()) {
    const own = wordOf(run)
    const word = typeof own === "string" ? own : (run.errorCode ?? run.status)
    ends.set(word, (ends.get(word) ?? 0) + 1)
  }
  return ends
}

/** A column that holds text or nothing. */
export function textOrNull(row: Row, column: string): string | null {
  const value = row[column]
  return typeof value === "string" ? value : null
}

/** A UUID that the random numbers choose. */
export function uuidFrom(random: Random): string {
  const digits = Array.from({ length: 32 }, () => Math.floor(random() * 16).toString(16)).join("")
  return [
    digits.slice(0, 8),
    digits.slice(8, 12),
    `4${digits.slice(13, 16)}`,
    `8${digits.slice(17, 20)}`,
    digits.slice(20),
  ].join("-")
}
