// The relay as a process of its own: it starts, ends, and survives being killed.
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, rmSync } from "node:fs"
import { connect } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { afterEach, expect, test } from "vitest"
import type { NewTransfer } from "../../src/ledger/records.ts"
import { RelayLedger } from "../../src/ledger/relay-ledger.ts"
import { KEY, sign } from "./relay-kit.ts"

const SCRIPT = new URL("../../scripts/relay.ts", import.meta.url).pathname
const PROCESS_TEST_TIMEOUT_MS = 30_000

const children: ChildProcess[] = []
const folders: string[] = []

afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue
    child.kill("SIGKILL")
    await once(child, "exit")
  }
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "belay-relay-"))
  folders.push(folder)
  return folder
}

function spawnRelay(env: Record<string, string>): ChildProcess {
  const child = spawn(process.execPath, [SCRIPT], {
    env: { PATH: process.env["PATH"] ?? "", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  })
  children.push(child)
  return child
}

interface RunningRelay {
  readonly child: ChildProcess
  readonly banner: string
  readonly url: string
  readonly ledger: RelayLedger
  /** The lines of its log so far. */
  log(): string[]
  /** Resolves when this text stands in the log. */
  logged(text: string): Promise<void>
}

async function startRelayProcess(
  ledgerFile: string,
  env: Record<string, string> = {},
): Promise<RunningRelay> {
  const child = spawnRelay({
    BELAY_RELAY_KEYS: JSON.stringify({ [KEY.id]: KEY.secret }),
    BELAY_LEDGER_FILE: ledgerFile,
    BELAY_READY_JSON: "1",
    ...env,
  })
  let text = ""
  child.stderr?.on("data", (chunk) => (text += String(chunk)))
  if (child.stdout === null) throw new Error("the relay has no standard output")
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const banner = String((await lines.next()).value)
  const ready = JSON.parse(String((await lines.next()).value)) as { ready: true; port: number }
  const url = `http://127.0.0.1:${ready.port}`
  return {
    child,
    banner,
    url,
    ledger: new RelayLedger({ urls: [url], key: KEY }),
    log: () => text.trim().split("\n"),
    logged: async (wanted) => {
      await expect.poll(() => text).toContain(wanted)
    },
  }
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<unknown> {
  const exited = once(child, "exit")
  child.kill(signal)
  return (await exited)[0]
}

/** Eight callers send one event at a time; the process is killed once it has answered so many. */
async function sendUntilKilled(
  { ledger, child }: RunningRelay,
  events: readonly NewTransfer[],
  killAfter: number,
  answered: Set<bigint>,
): Promise<PromiseSettledResult<void>[]> {
  const queue = [...events]
  let answers = 0
  const caller = async () => {
    for (let event = queue.shift(); event !== undefined; event = queue.shift()) {
      const [outcome] = await ledger.createTransfers([event])
      if (outcome?.class === "success") answered.add(event.id)
      answers += 1
      if (answers === killAfter) child.kill("SIGKILL")
    }
  }
  return Promise.allSettled(Array.from({ length: 8 }, caller))
}

const ACCOUNTS = [1n, 2n].map((id) => ({ id, ledger: 1, code: 1 }))

function transfer(id: bigint) {
  return { id, debit_account_id: 1n, credit_account_id: 2n, amount: 1n, ledger: 1, code: 1 }
}

test(
  "it says in one line where it listens and what its ledger is not for, and ends with 0 when told to",
  async () => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) {
      const relay = await startRelayProcess(join(makeFolder(), "ledger.sqlite"))
      expect(relay.banner).toContain(relay.url)
      expect(relay.banner).toContain(
        "embedded: for development and tests, not for production money",
      )
      expect(await end(relay.child, signal)).toBe(0)
    }
  },
  PROCESS_TEST_TIMEOUT_MS,
)

test(
  "what was answered is there after a restart",
  async () => {
    const file = join(makeFolder(), "sub", "ledger.sqlite")
    const first = await startRelayProcess(file)
    await first.ledger.createAccounts(ACCOUNTS)
    await first.ledger.createTransfers([transfer(10n)])
    const refused = { ...transfer(11n), debit_account_id: 99n }
    expect(await first.ledger.createTransfers([refused])).toMatchObject([
      { status: "debit_account_not_found" },
    ])
    expect(await end(first.child, "SIGTERM")).toBe(0)

    const second = await startRelayProcess(file)
    const outcomes = await second.ledger.createTransfers([transfer(10n), refused, transfer(12n)])
    expect(outcomes.map(({ status }) => status)).toEqual(["exists", "id_already_failed", "created"])
    expect(outcomes[2]?.timestamp).toBeGreaterThan(outcomes[0]?.timestamp ?? 0n)
    expect(await second.ledger.lookupAccounts([1n])).toMatchObject([{ debits_posted: 2n }])
  },
  PROCESS_TEST_TIMEOUT_MS,
)

test(
  "killed in the middle of its work, it loses nothing it answered and does nothing twice",
  async () => {
    const file = join(makeFolder(), "ledger.sqlite")
    const sent = Array.from({ length: 400 }, (_, index) => transfer(100n + BigInt(index)))
    let relay = await startRelayProcess(file)
    await relay.ledger.createAccounts(ACCOUNTS)

    const answered = new Set<bigint>()
    for (const killAfter of [20, 120, 250]) {
      const results = await sendUntilKilled(relay, sent, killAfter, answered)
      // The kill came while calls were under way: some of them did not get an answer.
      expect(results.some(({ status }) => status === "rejected")).toBe(true)
      relay = await startRelayProcess(file)
      const found = await relay.ledger.lookupTransfers([...answered])
      expect(found.length).toBe(answered.size)
    }

    const outcomes = await relay.ledger.createTransfers(sent)
    for (const [index, { id }] of sent.entries()) {
      expect(outcomes[index]?.class).toBe("success")
      if (answered.has(id)) expect(outcomes[index]?.status).toBe("exists")
    }
    const [debited, credited] = await relay.ledger.lookupAccounts([1n, 2n])
    expect(debited?.debits_posted).toBe(BigInt(sent.length))
    expect(credited?.credits_posted).toBe(BigInt(sent.length))
  },
  PROCESS_TEST_TIMEOUT_MS,
)

test(
  "without keys it does not start, ends with 1 and says what to set",
  async () => {
    const child = spawnRelay({ BELAY_LEDGER_FILE: ":memory:" })
    let complaint = ""
    child.stderr?.on("data", (chunk) => (complaint += String(chunk)))
    const [code] = (await once(child, "close")) as [number]
    expect(code).toBe(1)
    expect(complaint).toMatch(/^The relay cannot go on: BELAY_RELAY_KEYS is not set/)
  },
  PROCESS_TEST_TIMEOUT_MS,
)

test(
  "told to end twice in the middle of a request, it refuses that request and ends with 0",
  async () => {
    const relay = await startRelayProcess(join(makeFolder(), "ledger.sqlite"))
    const body = JSON.stringify({ transfers: [{ id: "9" }] })
    const { headers } = await sign(body, { path: "/v1/create_transfers" })
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
    const start = ["POST /v1/create_transfers HTTP/1.1", "host: relay"]
    const head = [...start, `content-length: ${body.length}`, ...lines].join("\r\n")
    const socket = connect(Number(new URL(relay.url).port), "127.0.0.1")
    let answer = ""
    socket.on("data", (chunk) => (answer += String(chunk)))
    socket.write(`${head}\r\n\r\n${body.slice(0, 5)}`)
    await new Promise((resolve) => setTimeout(resolve, 100))
    const exited = once(relay.child, "exit")
    relay.child.kill("SIGTERM")
    await relay.logged("draining")
    relay.child.kill("SIGTERM")
    relay.child.kill("SIGINT")
    await new Promise((resolve) => setTimeout(resolve, 100))
    socket.write(body.slice(5))
    expect((await exited)[0]).toBe(0)
    expect(answer).toMatch(/^HTTP\/1\.1 503 /)
    expect(answer).toContain('"submitted":false')
  },
  PROCESS_TEST_TIMEOUT_MS,
)

test(
  "its log is one JSON object a line, with the time, on the standard error",
  async () => {
    const relay = await startRelayProcess(":memory:")
    await relay.logged("ready")
    await end(relay.child, "SIGTERM")
    const entries = relay.log().map((line) => JSON.parse(line) as { at: string; event: string })
    expect(entries.map(({ event }) => event)).toEqual(["started", "ready", "draining", "drained"])
    for (const { at } of entries) expect(Date.parse(at)).toBeGreaterThan(0)
    expect(entries[0]).toMatchObject({ url: relay.url, keys: [KEY.id], ledger: "embedded" })
  },
  PROCESS_TEST_TIMEOUT_MS,
)

test(
  "what the environment sets is what it does",
  async () => {
    const relay = await startRelayProcess(":memory:", {
      BELAY_RELAY_KEYS: JSON.stringify({
        [KEY.id]: { secret: KEY.secret, operations: ["lookup_accounts"], ledgers: [1] },
      }),
      BELAY_RELAY_LOG: "all",
      BELAY_RELAY_METRICS_TOKEN: "a-token-for-scrapers",
    })
    expect(await relay.ledger.lookupAccounts([1n])).toEqual([])
    await expect(relay.ledger.createAccounts(ACCOUNTS)).rejects.toThrow(
      "This key has no right to create_accounts.",
    )
    await relay.logged('"status":200')
    const authorization = "Bearer a-token-for-scrapers"
    expect((await fetch(`${relay.url}/metrics`)).status).toBe(401)
    const metrics = await fetch(`${relay.url}/metrics`, { headers: { authorization } })
    expect(await metrics.text()).toMatch(/^process_cpu_seconds_total /m)
  },
  PROCESS_TEST_TIMEOUT_MS,
)
