// Probe fuzzer: requests about what is not there must leave nothing behind: no table, no row, no alarm.
// Owns: which requests are probes, and the look at the objects' files. An empty file may be: the runtime makes one for
// every id that is addressed.

import { readdirSync } from "node:fs"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import * as fc from "fast-check"
import type { FuzzWorld } from "./fuzz-world.ts"
import type { Fuzzer } from "./fuzzer.ts"
import { search, type Finding, type Tally } from "./search.ts"
import { hostileJson, hostileSegment } from "./hostile-text.ts"
import { courtOf, fault } from "./http-fuzzer.ts"
import { curlOf, type HttpCase } from "./http-case.ts"
import type { Court } from "./judge.ts"
import type { FuzzedRoute } from "./route-table.ts"

const CASES = 12
const PROBES_AT_ONCE = 8

/** They make what they name: their bodies are spoilt, so that nothing may be made all the same. */
const MAKERS = new Set([
  "POST /v1/runs/{id}",
  "PUT /v1/schedules/{name}",
  "POST /balances/{account}/deposits/{opId}",
  "PUT /stock/{sku}",
  "POST /transfers/{id}",
  "POST /ledger-transfers/{id}",
  "POST /orders",
  "POST /order-lifecycles/{id}",
  "POST /buy/{key}",
  "POST /sessions/{id}",
  "POST /projections/{userId}",
])

/** A PUT of an account takes no body: any UUID makes one, so it is no probe. */
const NO_PROBES = new Set(["PUT /accounts/{uuid}"])

let probes = 0

export class ProbeFuzzer implements Fuzzer {
  readonly name = "probe"

  async round(world: FuzzWorld, seed: number, tally: Tally): Promise<Finding | undefined> {
    const court = await courtOf(world)
    const together = fc.array(probe(court, world), { minLength: 1, maxLength: PROBES_AT_ONCE })
    return search(
      this.name,
      together,
      { seed, cases: CASES },
      async (cases) => {
        const before = new Set(world.objectFiles())
        // Shrinking asks the same again: an id that was probed before has its file already.
        const fresh = cases.map((one) => ({ ...one, target: one.target.replace(UNUSED, newId()) }))
        const problems = await Promise.all(fresh.map((one) => fault(world, court, one, tally)))
        const problem = problems.find((each) => each !== undefined)
        return problem ?? leftBehind(world.objectFiles().filter((file) => !before.has(file)))
      },
      (cases) => cases.map((one) => curlOf(one, `http://127.0.0.1:${world.port}`)).join("\n"),
    )
  }
}

const UNUSED = "probe-of-nothing"

function newId(): string {
  return `probe-${++probes}`
}

function probe(court: Court, { pass, tokens }: FuzzWorld): fc.Arbitrary<HttpCase> {
  const routes = court.routes.filter(
    (route) => route.path.includes("{") && !NO_PROBES.has(`${route.method} ${route.path}`),
  )
  const headers = pass === "tokens" ? [["authorization", `Bearer ${tokens.operate}`] as const] : []
  return fc.constantFrom(...routes).chain((route) =>
    fc
      .tuple(hostileSegment, spoiltBody(route), fc.constantFrom("", "?wait=5", "?limit=1"))
      .map(([tail, body, query]) => ({
        method: route.method,
        // The first part names the object; the others may be anything.
        target:
          route.path.replace(/\{\w+\}/, UNUSED).replaceAll(/\{\w+\}/g, () => plain(tail)) +
          waited(route, query),
        headers,
        body: route.method === "GET" ? undefined : body,
      })),
  )
}

function waited({ path }: FuzzedRoute, query: string): string {
  return path.includes("/updates/") ? "?wait=5&key=k" : query
}

/** Dots would lead the path elsewhere. */
function plain(segment: string): string {
  return /^(?:\.|%2e)+$/i.test(segment) || segment === "" ? "name" : segment
}

function spoiltBody(route: FuzzedRoute): fc.Arbitrary<Uint8Array> {
  const encoder = new TextEncoder()
  if (MAKERS.has(`${route.method} ${route.path}`)) {
    return fc
      .constantFrom(
        "{",
        "[]",
        "null",
        '{"workflow":"nobody"}',
        '{"amount":-1}',
        '{"events":[{}]}',
        '{"items":[]}',
      )
      .map((text) => encoder.encode(text))
  }
  const own = JSON.stringify(route.body) ?? "null"
  return fc.oneof(
    fc.constant(encoder.encode(own)),
    hostileJson.map((value) => encoder.encode(JSON.stringify(value))),
  )
}

/** What a probe has written, by the objects' own files and by the alarms beside them. */
function leftBehind(files: readonly string[]): string | undefined {
  for (const file of files) {
    const tables = rowsOf(file, "SELECT name FROM sqlite_master WHERE type = 'table'")
    if (tables.length > 0) return `${file} has the tables ${JSON.stringify(tables)}`
    const alarm = alarmOf(file)
    if (alarm !== undefined) return `${file} has an alarm: ${alarm}`
  }
  return undefined
}

/** The runtime keeps the alarms of a class in one file beside its objects. */
function alarmOf(file: string): string | undefined {
  const folder = join(file, "..")
  const id = file.slice(folder.length + 1, -".sqlite".length)
  if (!readdirSync(folder).includes("metadata.sqlite")) return undefined
  const metadata = join(folder, "metadata.sqlite")
  const tables = rowsOf(metadata, "SELECT name FROM sqlite_master WHERE type = 'table'")
  for (const { name } of tables) {
    const rows = rowsOf(metadata, `SELECT * FROM "${String(name)}"`)
    const row = rows.find((each) => Object.values(each).some((value) => value === id))
    if (row !== undefined)
      return JSON.stringify(row, (_, value: unknown) =>
        typeof value === "bigint" ? String(value) : value,
      )
  }
  return undefined
}

function rowsOf(file: string, query: string): Record<string, unknown>[] {
  const database = new DatabaseSync(file, { readOnly: true, readBigInts: true })
  try {
    return database.prepare(query).all()
  } finally {
    database.close()
  }
}
