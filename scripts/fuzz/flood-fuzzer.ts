// Flood fuzzer: many at once: starts, signals to one run, watchers of one run over streams and sockets.
// Owns: the numbers, and the rule: everybody is answered, with a documented refusal at worst, and it goes on afterwards.

import { Socket, connect } from "node:net"
import type { Fuzzer } from "./fuzzer.ts"
import { count, type Finding, type Tally } from "./search.ts"
import type { FuzzWorld } from "./fuzz-world.ts"
import { headOf, type HttpCase } from "./http-case.ts"
import { exchange } from "./raw-exchange.ts"

const STARTS = 200
const SIGNALS = 1_500
const STREAMS = 300
const SOCKETS = 130
const AT_ONCE = 64

/** Everybody is answered within this time, also on a machine that is busy with other things, in ms. */
const ANSWER_MS_MAX = 30_000

/** The limit of messages kept, of sockets, and an object that has too much to do. */
const REFUSALS = new Set([429, 503])

const ROUNDS_A_FLOOD = 4

/** What is flooded, one of them at a time. */
const FLOODS = ["starts", "signals", "watchers"] as const

export class FloodFuzzer implements Fuzzer {
  readonly name = "flood"

  async round(world: FuzzWorld, seed: number, tally: Tally): Promise<Finding | undefined> {
    // A flood takes as long as several rounds of the others, which are worth as much.
    if (seed % ROUNDS_A_FLOOD !== 0) return undefined
    const flood = FLOODS[(seed / ROUNDS_A_FLOOD) % FLOODS.length] ?? "starts"
    const text = await floodOf(world, flood, seed, tally)
    return text === undefined ? undefined : { fuzzer: this.name, seed, text: `${flood}: ${text}` }
  }
}

function floodOf(
  world: FuzzWorld,
  flood: (typeof FLOODS)[number],
  seed: number,
  tally: Tally,
): Promise<string | undefined> {
  switch (flood) {
    case "starts":
      return starts(world, seed, tally)
    case "signals":
      return signals(world, tally)
    case "watchers":
      return watchers(world, seed, tally)
  }
}

function starts(world: FuzzWorld, seed: number, tally: Tally): Promise<string | undefined> {
  const cases = Array.from({ length: STARTS }, (_, index) =>
    startOf(world, `flood-${seed}-${index}`),
  )
  return all(world, cases, new Set([200, 201]), tally)
}

/** To a run that consumes none of them: ten thousand are kept, and then it says so. */
async function signals(world: FuzzWorld, tally: Tally): Promise<string | undefined> {
  const id = "flood-signals"
  const begun = await all(world, [startOf(world, id)], new Set([200, 201]), tally)
  const one = post(world, `/v1/runs/${id}/signals/nobody-waits`, '{"some":"value"}')
  const cases = Array.from({ length: SIGNALS }, () => one)
  return begun ?? (await all(world, cases, new Set([202]), tally))
}

async function watchers(world: FuzzWorld, seed: number, tally: Tally): Promise<string | undefined> {
  const id = `flood-watched-${seed}`
  const begun = await all(world, [startOf(world, id)], new Set([200, 201]), tally)
  if (begun !== undefined) return begun
  const target = `/v1/runs/${id}/events`
  const stream: HttpCase = { method: "GET", target, headers: rights(world), body: undefined }
  const handshake: HttpCase["headers"] = [
    ...rights(world),
    ["upgrade", "websocket"],
    ["sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="],
    ["sec-websocket-version", "13"],
  ]
  const open = [
    ...Array.from({ length: STREAMS }, () => watch(world, stream)),
    ...Array.from({ length: SOCKETS }, () => watch(world, { ...stream, headers: handshake })),
  ]
  const watching = await Promise.all(open)
  for (const { status } of watching) count(tally, status ?? "silent")
  const odd = watching.find(
    ({ status }) => status === undefined || ![101, 200, 429, 503].includes(status),
  )
  const told = post(world, `/v1/runs/${id}/signals/logout`, "")
  const problem = await all(world, [told], new Set([202]), tally)
  for (const { socket } of watching) socket.destroy()
  const taken = watching.filter(({ status }) => status === 101).length
  if (odd !== undefined) return `a watcher was answered ${odd.status ?? "nothing"}`
  return problem ?? (taken > 100 ? `${taken} sockets watch one run` : undefined)
}

/** Opens it and keeps it open; the status when it came. */
function watch(
  world: FuzzWorld,
  one: HttpCase,
): Promise<{ socket: Socket; status: number | undefined }> {
  return new Promise((resolve) => {
    const socket = connect(world.port, "127.0.0.1")
    const end = (status: number | undefined) => {
      clearTimeout(timer)
      resolve({ socket, status })
    }
    const timer = setTimeout(() => end(undefined), ANSWER_MS_MAX)
    let head = ""
    socket.on("data", (chunk) => {
      if (head.length > 200) return
      head += chunk.toString("latin1")
      const [, status] = /^HTTP\/1\.1 (\d{3})/.exec(head) ?? []
      if (status !== undefined) end(Number(status))
    })
    socket.on("error", () => end(undefined))
    socket.on("close", () => end(undefined))
    socket.write(headOf(one))
  })
}

/** Sends all of them, some at a time. What is answered otherwise than expected is a refusal of the documented kinds. */
async function all(
  world: FuzzWorld,
  cases: readonly HttpCase[],
  expected: ReadonlySet<number>,
  tally: Tally,
): Promise<string | undefined> {
  const pending = [...cases]
  let problem: string | undefined
  const worker = async () => {
    for (let one = pending.pop(); one !== undefined; one = pending.pop()) {
      const bytes = Buffer.concat([Buffer.from(headOf(one)), one.body ?? Buffer.alloc(0)])
      const sent = await exchange(world.port, [bytes], { timeoutMs: ANSWER_MS_MAX })
      count(tally, sent.kind === "answer" ? sent.answer.status : sent.kind)
      if (sent.kind !== "answer") problem ??= `${one.target} was not answered (${sent.kind})`
      else if (!expected.has(sent.answer.status) && !REFUSALS.has(sent.answer.status)) {
        problem ??= `${one.target} was answered ${sent.answer.status} ${sent.answer.body.toString().slice(0, 300)}`
      }
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  return problem
}

function startOf(world: FuzzWorld, id: string): HttpCase {
  const session = { sessionId: id, userId: "u", idleTimeoutMs: 300_000 }
  return post(
    world,
    `/v1/runs/${id}`,
    JSON.stringify({ workflow: "userSession", input: [session] }),
  )
}

function post(world: FuzzWorld, target: string, body: string): HttpCase {
  return { method: "POST", target, headers: rights(world), body: new TextEncoder().encode(body) }
}

function rights({ pass, tokens }: FuzzWorld): HttpCase["headers"] {
  return pass === "tokens" ? [["authorization", `Bearer ${tokens.operate}`]] : []
}
