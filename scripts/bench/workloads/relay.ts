// W7, relay and ledger: requests and events a second through the relay, beside a bare server that does the least.
// Owns: the rounds. In each round, and for each size of request, every server gets the very same requests in turn.
// Servers and load have a process each; the time a server uses its processor is told beside the rate, since on a
// machine of few cores the rate also holds what the load itself takes.

import { randomBytes } from "node:crypto"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type {
  LoadAnswer,
  LoadQuestion,
  ServerAnswer,
  ServerKind,
  ServerQuestion,
} from "../relay/messages.ts"
import { BenchProcess } from "../relay/bench-process.ts"
import {
  noteSample,
  relayFigures,
  type RelayFigure,
  type RelaySample,
} from "../relay/relay-figures.ts"
import type { Bench, Workload } from "../workload.ts"

const CONNECTIONS = 32

/** Requests in a round: about a second's, and few enough to be signed a moment before. */
const SIZES = [
  { eventsPerRequest: 1, requests: 12_000 },
  { eventsPerRequest: 10, requests: 8_000 },
  { eventsPerRequest: 100, requests: 3_000 },
  { eventsPerRequest: 1_000, requests: 400 },
] as const

const TIME_MS_MAX = 1_500

interface Server {
  readonly kind: ServerKind
  readonly child: BenchProcess<ServerQuestion, ServerAnswer>
  readonly port: number
}

export const relay: Workload = {
  name: "W7",
  title: "The relay and its ledger, requests that create transfers",
  measure: async (bench) => relayFigures(await measureRelay(bench)),
}

async function measureRelay({ isQuick, say }: Bench): Promise<RelayFigure[]> {
  const folder = mkdtempSync(join(tmpdir(), "belay-bench-"))
  const key = { id: "bench", secret: randomBytes(32).toString("hex") }
  const load = new BenchProcess<LoadQuestion, LoadAnswer>(
    new URL("../relay/load-process.ts", import.meta.url),
  )
  const servers: Server[] = []
  try {
    for (const kind of kinds()) {
      const child = new BenchProcess<ServerQuestion, ServerAnswer>(
        new URL("../relay/server-process.ts", import.meta.url),
      )
      const path = join(folder, "ledger.sqlite")
      const started = await child.ask({ ask: "start", kind, key, path })
      if (started.answer !== "started") throw new Error(`A server answered ${started.answer}.`)
      servers.push({ kind, child, port: started.port })
      if (kind === "floor" || kind === "instant") continue
      await load.ask({ ask: "accounts", port: started.port, key })
    }
    const figures: RelayFigure[] = []
    const rounds = isQuick ? 2 : 3
    // The first round warms up.
    for (let round = 0; round <= rounds; round++) {
      say(`W7: round ${round} of ${rounds}`)
      for (const { eventsPerRequest, requests } of SIZES) {
        await load.ask({ ask: "prepare", key, requests, eventsPerRequest })
        // Each in turn is the first: who comes right after another is not always the same.
        const turn = round % servers.length
        for (const server of [...servers.slice(turn), ...servers.slice(0, turn)]) {
          const sample = await send(server, load, eventsPerRequest)
          if (round > 0 && sample !== undefined)
            noteSample(figures, server.kind, eventsPerRequest, sample)
        }
      }
    }
    return figures
  } finally {
    await Promise.all([load.end(), ...servers.map(({ child }) => child.end())])
    rmSync(folder, { recursive: true, force: true })
  }
}

function kinds(): ServerKind[] {
  const always: ServerKind[] = ["floor", "instant", "memory", "file"]
  return (process.env["TB_ADDRESS"] ?? "") === "" ? always : [...always, "tigerbeetle"]
}

async function send(
  server: Server,
  load: BenchProcess<LoadQuestion, LoadAnswer>,
  eventsPerRequest: number,
): Promise<RelaySample | undefined> {
  const cpuMsBefore = await cpuMsOf(server)
  const sent = await load.ask({
    ask: "send",
    port: server.port,
    connections: CONNECTIONS,
    timeMsMax: TIME_MS_MAX,
  })
  const cpuMs = (await cpuMsOf(server)) - cpuMsBefore
  if (sent.answer === "refused") {
    if (server.kind !== "tigerbeetle") throw new Error(`${server.kind}: ${sent.message}`)
    // A cluster in development mode takes some 250 events at once.
    process.stderr.write(`not measured: ${server.kind}, ${eventsPerRequest} events a request\n`)
    return undefined
  }
  if (sent.answer !== "sent") throw new Error(`The load answered ${sent.answer}.`)
  return {
    requestsPerSecond: (sent.requests / sent.elapsedMs) * 1_000,
    cpuUs: (cpuMs / sent.requests) * 1_000,
    loadShare: sent.cpuMs / sent.elapsedMs,
  }
}

async function cpuMsOf({ child }: Server): Promise<number> {
  const reply = await child.ask({ ask: "cpu" })
  if (reply.answer !== "cpu") throw new Error(`A server answered ${reply.answer}.`)
  return reply.cpuMs
}
