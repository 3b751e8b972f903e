// Service: the Worker as its callers see it, and the two ways to take a run's object away from under it.
// Owns: sending requests, waiting until something holds. Must not touch: the inside of runs.

import { evictDurableObject, runInDurableObject } from "cloudflare:test"
import { env, exports } from "cloudflare:workers"

/** Longest that a test waits for a run to get somewhere; retries come after 2 s, leases end after 1 s. */
const WAIT_MS = 12_000

const LOOK_AGAIN_MS = 25

/** An entry of a journal or of a bank account. */
export interface EntryBody {
  readonly kind: string
  readonly path: string
  readonly name: string
  readonly attempts: number
  readonly value: unknown
  readonly opId: string
  readonly amount: number
  readonly note: string
}

/** The members of an answer that tests look into; which of them are there, each route's contract says. */
export interface Body {
  readonly status: string
  readonly statusUrl: string
  readonly guid: string
  readonly balances: unknown
  readonly balance: number
  readonly available: number
  readonly entries: readonly EntryBody[]
  readonly next: string
  readonly result: Readonly<Record<string, unknown>>
  readonly error: {
    readonly code: string
    readonly message: string
    readonly details?: { readonly orphan?: unknown; readonly run?: Body }
  }
}

export interface Answer {
  readonly status: number
  readonly body: Body
}

export interface Sent {
  readonly body?: unknown
  /** Value of `x-belay-fault`. */
  readonly fault?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** Sends `"PUT /accounts/1"` with this JSON body. */
export async function send(line: string, sent: Sent = {}): Promise<Answer> {
  const [method = "GET", path = "/"] = line.split(" ")
  const { body } = sent
  const response = await exports.default.fetch(
    new Request(`http://belay${path}`, {
      method,
      headers: {
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...(sent.fault === undefined ? {} : { "x-belay-fault": sent.fault }),
        ...sent.headers,
      },
      ...(body === undefined
        ? {}
        : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    }),
  )
  const text = await response.text()
  return { status: response.status, body: JSON.parse(text) as Body }
}

/** Asks again until the answer is as wanted; the last answer in any case, for the test to judge. */
export async function sendUntil(
  line: string,
  isWanted: (answer: Answer) => boolean,
): Promise<Answer> {
  const untilMs = Date.now() + WAIT_MS
  let answer = await send(line)
  while (!isWanted(answer) && Date.now() < untilMs) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS))
    answer = await send(line)
  }
  return answer
}

/** The run once it has ended or halted. */
export async function endOf(runId: string): Promise<Body> {
  const path = `/v1/runs/${encodeURIComponent(runId)}/result?wait=${WAIT_MS}`
  const { body } = await send(`GET ${path}`)
  // What has halted is answered as an error.
  return "error" in body ? (body.error.details?.run ?? body) : body
}

/** The journal's entries of this name, oldest first. */
export async function stepsOf(runId: string, name: string): Promise<EntryBody[]> {
  const { body } = await send(`GET /v1/runs/${encodeURIComponent(runId)}/journal?limit=1000`)
  return body.entries.filter((entry) => entry.name === name)
}

/** How often the step was attempted, over all its calls. */
export async function attemptsOf(runId: string, name: string): Promise<number> {
  const steps = await stepsOf(runId, name)
  return steps.reduce((sum, { attempts }) => sum + attempts, 0)
}

/** The run's memory is gone, as after a quiet time. */
export async function evict(runId: string): Promise<void> {
  await evictDurableObject(runStub(runId))
}

/** The run's object dies at once, whatever it was doing. */
export async function crash(runId: string): Promise<void> {
  try {
    await runInDurableObject(runStub(runId), (_, state) => state.abort("crashed by a test"))
  } catch (error) {
    // The call into an object that aborts itself cannot succeed.
    if (!String(error).includes("crashed by a test")) throw error
  }
}

function runStub(runId: string) {
  return env.RUNS.get(env.RUNS.idFromName(runId))
}
