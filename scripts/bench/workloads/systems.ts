// W8, systems: account creation and money transfer end to end: HTTP, the run, D1 or the bank's objects, the relay and its
// ledger on a file. On Miniflare, which has D1; there is no floor to it and no peer has these systems.

import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { lastingPort } from "../../support/lasting-port.ts"
import { MiniflareProcess } from "../../support/miniflare-process.ts"
import { RelayProcess } from "../../support/relay-process.ts"
import { bundleSystems, SYSTEMS_WORKER } from "../../support/systems-worker.ts"
import { timed } from "../client.ts"
import { BELAY, type Figure } from "../figure.ts"
import { callersRate } from "../rate.ts"
import { inRounds } from "../rounds.ts"
import { percentile } from "../statistics.ts"
import type { Bench, Workload } from "../workload.ts"

const CALLERS = 16
const WAIT_MS = 10_000
const WARM_UP = 20
const ACCOUNTS = 8
const DEPOSIT = 1_000_000_000

export const systems: Workload = {
  name: "W8",
  title: "Two systems end to end, on Miniflare with D1 and the relay",
  measure: (bench) =>
    onSystems(async (url) => {
      const openings = Array.from({ length: ACCOUNTS }, (_, index) => `bench-${index}`)
      for (const name of openings) {
        await send(`${url}/balances/${name}/deposits/opening`, "POST", { amount: DEPOSIT })
      }
      return [
        ...(await measureSystem(bench, "account", "account creation", () => openAccount(url))),
        ...(await measureSystem(bench, "transfer", "money transfer", () => moveMoney(url))),
      ]
    }),
}

function measureSystem(
  { isQuick, say }: Bench,
  id: string,
  system: string,
  once: () => Promise<void>,
): Promise<Figure[]> {
  say(`W8: ${system}`)
  const samples = isQuick ? 20 : 60
  return inRounds({
    figures: [
      { id: `W8 ${id} p50`, what: `${system}, one caller, p50`, unit: "ms", samples },
      { id: `W8 ${id} p99`, what: `${system}, one caller, p99`, unit: "ms", samples },
      { id: `W8 ${id} rate`, what: `${system}s a second, ${CALLERS} callers`, unit: "/s" },
    ],
    contenders: [
      {
        name: BELAY,
        warmUp: async () => {
          for (let run = 0; run < WARM_UP; run++) await once()
        },
        read: async () => {
          const times: number[] = []
          for (let sample = 0; sample < samples; sample++) times.push(await timed(once))
          return {
            [`W8 ${id} p50`]: percentile(times, 0.5),
            [`W8 ${id} p99`]: percentile(times, 0.99),
            [`W8 ${id} rate`]: await callersRate(once, CALLERS, isQuick ? 1_000 : 2_000),
          }
        },
      },
    ],
    rounds: isQuick ? 2 : 5,
  })
}

async function openAccount(url: string): Promise<void> {
  const { guid } = await send(`${url}/accounts/${crypto.randomUUID()}?wait=${WAIT_MS}`, "PUT")
  if (typeof guid !== "string") throw new Error("An account was not created in time.")
}

let transfers = 0

async function moveMoney(url: string): Promise<void> {
  const number = transfers++
  const transfer = {
    source: `bench-${number % ACCOUNTS}`,
    target: `bench-${(number + 1) % ACCOUNTS}`,
    amount: 1,
  }
  const path = `/transfers/bench-${process.pid}-${number}?wait=${WAIT_MS}`
  const { status } = await send(url + path, "POST", transfer)
  if (status !== "committed") throw new Error(`A transfer is ${String(status)}.`)
}

async function send(
  url: string,
  method: string,
  body?: unknown,
): Promise<Readonly<Record<string, unknown>>> {
  const response = await fetch(url, {
    method,
    headers: { "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${response.status} from ${url}: ${text.slice(0, 300)}`)
  return JSON.parse(text) as Record<string, unknown>
}

async function onSystems<T>(work: (url: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "belay-bench-"))
  const script = join(folder, "worker.js")
  let relay: RelayProcess | undefined
  let runtime: MiniflareProcess | undefined
  try {
    await bundleSystems(script)
    relay = await RelayProcess.start({ ledgerFile: join(folder, "ledger.sqlite") })
    runtime = new MiniflareProcess({
      script,
      stateFolder: join(folder, "state"),
      port: await lastingPort(),
      ...SYSTEMS_WORKER,
      variables: { BELAY_DEV: "1", ...relay.bindings() },
    })
    await runtime.start()
    return await work(runtime.url)
  } finally {
    await runtime?.kill()
    await relay?.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}
