// `npm start` as a person uses it: started, tried with the lines it prints, ended with Ctrl-C, started again.

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, afterEach, beforeAll, expect, test } from "vitest"
import { freePort, isFreePort } from "../../scripts/support/free-port.ts"
import { JsonClient, member } from "../../scripts/support/json-client.ts"
import { ProcessGroup } from "../../scripts/support/process-group.ts"
import { waitUntil } from "../../scripts/support/wait-until.ts"
import { reportNotRun } from "../support/not-run.ts"
import { SpanCollector } from "./support/span-collector.ts"
import { HOW_TO_RUN, RealCluster, tigerBeetleProgram } from "../support/real-tigerbeetle.ts"

const PROJECT_FOLDER = fileURLToPath(new URL("../..", import.meta.url))
const TEST_TIMEOUT_MS = 120_000
const START_TIMEOUT_MS = 60_000
const SOON_MS = 20_000

let folder: string
let port: number
const started: ProcessGroup[] = []

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "belay-start-"))
  port = await freePort()
})

afterEach(async () => {
  for (const group of started.splice(0)) await group.stop(SOON_MS)
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

test(
  "serves what it prints, ends on Ctrl-C and leaves nothing behind; a restart has the state",
  async () => {
    const first = await start({}, NPM_START)
    const curls = await first.ready()
    expect(first.text()).not.toMatch(/warn|error/i)
    expect(curls).toHaveLength(3)

    const [posted, status, account] = await perform(curls)
    expect(posted).toMatchObject({ status: 202, body: { status: "accepted" } })
    expect(status?.status).toBe(200)
    expect(account?.status).toBe(201)
    await waitUntil("the order to be done", SOON_MS, async () => {
      const { body } = await new JsonClient(url()).get("/orders/order-1/status")
      return member(body, "status") === "done" ? true : undefined
    })
    const relayPort = readRelayPort()

    first.group.signal("SIGINT")
    await waitUntil("everything to end", SOON_MS, async () =>
      (await isFreePort(port)) && (await isFreePort(relayPort)) ? true : undefined,
    )

    const second = await start()
    await second.ready()
    // No migration is applied twice, the relay has its key and port, the runs are where they were.
    expect(readRelayPort()).toBe(relayPort)
    const again = await perform(curls)
    expect(again.map((answer) => answer.status)).toEqual([202, 200, 200])
    expect(again[1]?.body).toMatchObject({ status: "done" })
    expect(again[2]?.body).toEqual(account?.body)
    second.group.signal("SIGINT")
    expect(await second.group.ended).toEqual({ code: 0, signal: null })
    expect(await isFreePort(port)).toBe(true)
    expect(await isFreePort(relayPort)).toBe(true)
  },
  TEST_TIMEOUT_MS,
)

test(
  "refuses a folder in use and a port that is taken, saying what to do; keeps secrets; ends on SIGTERM",
  async () => {
    const first = await start()
    await first.ready()
    const sameFolder = await start({ PORT: String(await freePort()) })
    expect(await sameFolder.group.ended).toMatchObject({ code: 1 })
    expect(sameFolder.text()).toContain("BELAY_FOLDER")

    for (const file of ["relay.json", "worker.env"]) {
      expect(statSync(join(folder, file)).mode & 0o077).toBe(0)
    }
    const otherFolder = mkdtempSync(join(tmpdir(), "belay-start-"))
    const samePort = await start({ BELAY_FOLDER: otherFolder })
    expect(await samePort.group.ended).toMatchObject({ code: 1 })
    expect(samePort.text()).toContain(`PORT=${port + 1} npm start`)
    rmSync(otherFolder, { recursive: true })

    first.group.signal("SIGTERM")
    expect(await first.group.ended).toEqual({ code: 0, signal: null })

    const notAPort = await start({ PORT: "http" })
    expect(await notAPort.group.ended).toMatchObject({ code: 1 })
    expect(notAPort.text()).toContain('got "http"')
  },
  TEST_TIMEOUT_MS,
)

test.skipIf(!existsSync("/proc/self/environ"))(
  "starts the Worker again when its processes are killed, with the runs that it had",
  async () => {
    const { group, ready, text } = await start()
    await ready()
    const begun = await fetch(`${url()}/buy/after-a-kill`, {
      method: "POST",
      headers: { connection: "close" },
      body: '{"itemId": "rope", "windowMs": 3000}',
    })
    expect(begun.ok).toBe(true)
    for (const pid of workerdPids()) process.kill(pid, "SIGKILL")
    await waitUntil("the Worker to be started again", START_TIMEOUT_MS, () =>
      text().includes(`It answers on ${url()} again.`) ? true : undefined,
    )
    await waitUntil("the purchase", SOON_MS, async () => {
      const { body } = await new JsonClient(url()).get("/status/after-a-kill")
      return member(body, "status") === "done" ? true : undefined
    })
    group.signal("SIGINT")
    expect(await group.ended).toEqual({ code: 0, signal: null })
    expect(await isFreePort(port)).toBe(true)
  },
  TEST_TIMEOUT_MS,
)

test(
  "hands its settings to the Worker: tokens that hold, and spans that reach a collector",
  async () => {
    const collector = await SpanCollector.start()
    const token = "a-token-of-this-test"
    const { group, ready, text } = await start({
      BELAY_TOKENS: JSON.stringify({ [token]: ["start", "read"] }),
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_EXPORTER_OTLP_HEADERS: "x-team=blue",
    })
    try {
      await ready()
      expect(text()).toContain("requests need a token")
      const close = { connection: "close" }
      const headers = { ...close, authorization: `Bearer ${token}` }
      expect((await fetch(`${url()}/v1/runs`, { headers: close })).status).toBe(401)
      expect((await fetch(`${url()}/v1/runs`, { headers })).status).toBe(200)
      const started = await fetch(`${url()}/v1/runs/traced?wait=5000`, {
        method: "POST",
        headers,
        body: '{"workflow": "orderLifecycle", "input": [{"orderId": "traced", "path": "deliver"}]}',
      })
      expect(started.status).toBe(201)
      await waitUntil("a span to arrive", SOON_MS, () =>
        collector.arrived.length > 0 ? true : undefined,
      )
      expect(collector.headers[0]).toMatchObject({ "x-team": "blue" })
      expect(collector.faults).toEqual([])
    } finally {
      group.signal("SIGTERM")
      await group.ended
      await collector.close()
    }
  },
  TEST_TIMEOUT_MS,
)

test.skipIf(!existsSync("/proc/self/environ"))(
  "ends with status 1, saying why, when the relay dies",
  async () => {
    const { group, ready, text } = await start()
    await ready()
    process.kill(relayPid(), "SIGKILL")
    expect(await group.ended).toMatchObject({ code: 1 })
    expect(text()).toContain("The relay ended unexpectedly")
    expect(await isFreePort(port)).toBe(true)
  },
  TEST_TIMEOUT_MS,
)

if (tigerBeetleProgram === undefined) {
  reportNotRun({
    title: "npm start on a real TigerBeetle",
    unproven: "that the same commands work on TigerBeetle with nothing but TB_ADDRESS set",
    how: HOW_TO_RUN,
  })
}

test.skipIf(tigerBeetleProgram === undefined)(
  "serves the same commands on TigerBeetle when TB_ADDRESS says so, and says which ledger it is",
  async () => {
    const cluster = await RealCluster.start()
    const env = { TB_ADDRESS: cluster.address, BELAY_FOLDER: join(folder, "on-tigerbeetle") }
    try {
      const first = await start(env)
      const [, , putAccount = ""] = await first.ready()
      expect(first.text()).toContain(`Ledger: TigerBeetle, cluster 0 at ${cluster.address}.`)
      expect(await perform([putAccount])).toMatchObject([{ status: 201 }])
      const getAccount = putAccount.replace(" -X PUT", "")
      const balances = { debitsPending: "0", debitsPosted: "0", creditsPosted: "0" }
      expect(await perform([getAccount])).toMatchObject([{ status: 200, body: { balances } }])
      first.group.signal("SIGINT")
      expect(await first.group.ended).toEqual({ code: 0, signal: null })

      const second = await start(env)
      await second.ready()
      expect(second.text()).not.toContain("another ledger")
      expect(await perform([putAccount, getAccount])).toMatchObject([
        { status: 200 },
        { status: 200, body: { balances } },
      ])
      second.group.signal("SIGINT")
      await second.group.ended

      // State that refers to one ledger is not used with another one in silence.
      const embedded = await start({ ...env, TB_ADDRESS: "" })
      await embedded.ready()
      expect(embedded.text()).toContain("last used with another ledger (TigerBeetle cluster 0)")
      expect(embedded.text()).toContain("Ledger: embedded, for development and tests")
    } finally {
      for (const group of started.splice(0)) await group.stop(SOON_MS)
      await cluster.end()
    }
  },
  TEST_TIMEOUT_MS,
)

interface Start {
  readonly group: ProcessGroup
  /** Resolves with the lines to try. */
  readonly ready: () => Promise<string[]>
  readonly text: () => string
}

const NPM_START = ["npm", "start"] as const

/** What npm runs, without the shell that npm puts before it. */
const NODE_START = [process.execPath, "scripts/start.ts"] as const

async function start(
  env: Record<string, string> = {},
  [command, ...args]: readonly [string, ...string[]] = NODE_START,
): Promise<Start> {
  const lines: string[] = []
  const group = await ProcessGroup.start({
    command,
    args,
    folder: PROJECT_FOLDER,
    env: { ...process.env, TB_ADDRESS: "", PORT: String(port), BELAY_FOLDER: folder, ...env },
    onLine: (line) => lines.push(line),
  })
  started.push(group)
  const text = () => lines.join("\n")
  const ready = () =>
    waitUntil("npm start to be ready", START_TIMEOUT_MS, () => {
      const curls = lines.filter((line) => line.trim().startsWith("curl "))
      return curls.length === 3 ? curls : undefined
    }).catch((cause: unknown) => {
      throw new Error(`npm start is not ready. It said:\n${text()}`, { cause })
    })
  return { group, ready, text }
}

/** Sends what curl would send. */
async function perform(curls: readonly string[]): Promise<{ status: number; body: unknown }[]> {
  const answers = []
  for (const curl of curls) {
    const [, method = "GET"] = / -X ([A-Z]+)/.exec(curl) ?? []
    const [target = ""] = /http:\S+/.exec(curl) ?? []
    const [, body] = / -d '(.*)'/.exec(curl) ?? []
    const response = await fetch(target, {
      method,
      headers: {
        connection: "close",
        ...(body === undefined ? {} : { "content-type": "application/x-www-form-urlencoded" }),
      },
      ...(body === undefined ? {} : { body }),
    })
    answers.push({ status: response.status, body: await response.json() })
  }
  return answers
}

function url(): string {
  return `http://127.0.0.1:${port}`
}

function readRelayPort(): number {
  const settings = JSON.parse(readFileSync(join(folder, "relay.json"), "utf8")) as unknown
  return Number(member(settings, "port"))
}

/** The process that was given this test's ledger. */
function relayPid(): number {
  const ledger = `BELAY_LEDGER_FILE=${join(folder, "ledger.sqlite")}`
  const [pid] = pidsWhere("environ", (parts) => parts.includes(ledger))
  if (pid === undefined) throw new Error("The relay's process was not found.")
  return pid
}

/** Both runtimes of this test's `wrangler dev`: the one that listens, and the one with the objects. */
function workerdPids(): number[] {
  const registry = `WRANGLER_REGISTRY_PATH=${join(folder, "registry")}`
  const ours = new Set(pidsWhere("environ", (parts) => parts.includes(registry)))
  const pids = pidsWhere("cmdline", ([name = ""]) => name.endsWith("workerd"))
  return pids.filter((pid) => ours.has(pid))
}

function pidsWhere(file: "environ" | "cmdline", is: (parts: string[]) => boolean): number[] {
  const names = readdirSync("/proc").filter((name) => {
    if (!/^[0-9]+$/.test(name)) return false
    try {
      return is(readFileSync(`/proc/${name}/${file}`, "utf8").split("\0"))
    } catch {
      // It has ended, or is somebody else's.
      return false
    }
  })
  return names.map(Number)
}
