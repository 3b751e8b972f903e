// HTTP fuzzer: every route of the contract and of the systems, several requests at once, each answer judged.
// Owns: the ids that stand for something, and the batch. The routes are read from the Worker itself.

import * as fc from "fast-check"
import type { Document } from "../support/contract.ts"
import { JsonClient } from "../support/json-client.ts"
import { EXAMPLES } from "./examples.ts"
import type { FuzzWorld } from "./fuzz-world.ts"
import type { Fuzzer } from "./fuzzer.ts"
import { count, search, type Finding, type Tally } from "./search.ts"
import { curlOf, headOf, type HttpCase } from "./http-case.ts"
import { verdict, type Court } from "./judge.ts"
import { exchange } from "./raw-exchange.ts"
import { requestArbitrary } from "./request-arbitrary.ts"
import { routeTable } from "./route-table.ts"

/** Every wait that is asked for is short; the longest that a route waits by itself is 10 s. */
const ANSWER_MS_MAX = 20_000

const CASES = 120
const AT_ONCE_MAX = 6

/** What the ids of paths stand for, in every world. */
const KNOWN_IDS = ["fuzz-session", "fuzz-order", "session%2Ffuzz-session", "fuzz-a", "fuzz-b"]

const courts = new WeakMap<FuzzWorld, Promise<Court>>()

export class HttpFuzzer implements Fuzzer {
  readonly name = "http"

  async round(world: FuzzWorld, seed: number, tally: Tally): Promise<Finding | undefined> {
    const court = await courtOf(world)
    const tokens =
      court.rights === undefined
        ? ["any"]
        : [...court.rights.keys(), world.tokens.operate, world.tokens.operate]
    const request = requestArbitrary({ routes: court.routes, ids: KNOWN_IDS, tokens })
    const together = fc.array(request, { minLength: 1, maxLength: AT_ONCE_MAX })
    const origin = `http://127.0.0.1:${world.port}`
    return search(
      this.name,
      together,
      { seed, cases: CASES },
      async (cases) => {
        const problems = await Promise.all(cases.map((one) => fault(world, court, one, tally)))
        return problems.find((problem) => problem !== undefined)
      },
      (cases) => cases.map((one) => curlOf(one, origin)).join("\n"),
    )
  }
}

/** Sends one case to the full Worker and judges what comes back. */
export async function fault(
  world: FuzzWorld,
  court: Court,
  one: HttpCase,
  tally: Tally,
): Promise<string | undefined> {
  const pieces = [Buffer.from(headOf(one), "latin1"), ...(one.body === undefined ? [] : [one.body])]
  const isHead = one.method === "HEAD"
  const sent = await exchange(world.port, [Buffer.concat(pieces)], {
    timeoutMs: ANSWER_MS_MAX,
    isHead,
  })
  count(tally, sent.kind === "answer" ? sent.answer.status : sent.kind)
  if (sent.kind !== "answer")
    return `${one.method} ${one.target.slice(0, 100)}: no answer (${sent.kind})`
  const { status, headers, body } = sent.answer
  const head = [...headers].map(([name, value]) => `${name}: ${value}`).join("\n")
  const contentType = headers.get("content-type") ?? ""
  const problem = verdict(court, one, { status, contentType, text: body.toString("utf8"), head })
  return problem === undefined ? undefined : `${problem}\n${body.toString("utf8").slice(0, 1_000)}`
}

/** The routes, rights and secrets of a world; with it, the runs that its ids stand for are started. */
export function courtOf(world: FuzzWorld): Promise<Court> {
  const known = courts.get(world)
  if (known !== undefined) return known
  const court = makeCourt(world)
  courts.set(world, court)
  return court
}

async function makeCourt(world: FuzzWorld): Promise<Court> {
  const { tokens, pass, canaries } = world
  const client = new JsonClient(`http://127.0.0.1:${world.port}`)
  const { body } = await client.get("/openapi.json")
  const headers = { authorization: `Bearer ${tokens.operate}` }
  for (const account of ["fuzz-a", "fuzz-b"]) {
    await client.post(`/balances/${account}/deposits/first`, { amount: 1_000_000 }, headers)
  }
  await client.post("/sessions/fuzz-session", { userId: "u", idleTimeoutMs: 600_000 }, headers)
  await client.post("/order-lifecycles/fuzz-order", {}, headers)
  return {
    routes: routeTable(body as Document, EXAMPLES),
    canaries,
    rights:
      pass === "development"
        ? undefined
        : new Map([
            [tokens.operate, "operate"],
            [tokens.read, "read"],
            [tokens.start, "start"],
          ]),
  }
}
