// A thousand ledger transfers while the relay and the Workers runtime are killed at random for a minute, over a way that
// loses replies. Callers send their requests again until they are accepted. Then everything is left alone until every
// transfer has ended, and the books of ledger and bank are audited.
// BELAY_SEED repeats a run's choices (who sends what when, who is killed when); the machine's own timing it cannot repeat.

import { afterAll, beforeAll, expect, test } from "vitest"
import { always, mixed } from "../../scripts/support/relay-faults.ts"
import { between, oneOf, type Random, seededRandom } from "../../scripts/support/seeded-random.ts"
import { SystemsRuntime } from "../../scripts/support/systems-runtime.ts"
import { pause, waitUntil } from "../../scripts/support/wait-until.ts"
import { killAtRandom } from "./support/random-killer.ts"
import { audit, type WantedTransfer } from "./support/transfer-audit.ts"
import { TransferWorld } from "./support/transfer-world.ts"

const TRANSFERS = 1_000
const CHAOS_MS = 60_000
/** Without a new record the ledger counts as at rest; a step's first retries are not as far apart. */
const QUIET_MS = 5_000
const SETTLE_TIMEOUT_MS = 75_000
const TEST_TIMEOUT_MS = 240_000
const AMOUNT_MAX = 500

const BANK_ACCOUNTS = ["bank-1", "bank-2", "bank-3", "bank-4", "bank-5", "bank-6"]
/** Where a run may die. */
const STEPS = ["reserveAmount", "creditBank", "postReservation", "voidReservation", "fenceCredit"]

/** Who send one request after the other; were there one for each transfer, every restart would end in a stampede. */
const CALLERS = 24

/** Closed in the middle of it. */
const CLOSING = ["bank-5", "bank-6"]

const seed = Number(process.env["BELAY_SEED"] ?? Date.now() % 1_000_000)
const random = seededRandom(seed)
const startedAtMs = Date.now()

let systems: SystemsRuntime
let world: TransferWorld

beforeAll(async () => {
  say(`seed ${seed}`)
  systems = await SystemsRuntime.start()
  world = new TransferWorld(systems)
}, TEST_TIMEOUT_MS)

afterAll(async () => {
  await systems.end()
}, TEST_TIMEOUT_MS)

test(
  "a thousand transfers, relay and runtime killed at random for a minute: every one ends, every unit is accounted for",
  async () => {
    const wanted = await openBooks()
    systems.proxy.faults = mixed(
      [
        [94, { kind: "pass" }],
        [2, { kind: "cut_after" }],
        [2, { kind: "fail_after" }],
        [2, { kind: "delay_reply", ms: 500 }],
      ],
      random,
    )
    const beganAtMs = Date.now()
    const endMs = beganAtMs + CHAOS_MS
    let accepted = 0
    const queue = wanted.values()
    const callers = Array.from({ length: CALLERS }, async () => {
      for (const { transfer, atMs } of queue) {
        await pause(Math.max(0, beganAtMs + atMs - Date.now()))
        const { status, body } = await world.send(transfer)
        if (status !== 202) throw new Error(`${transfer.id}: ${status} ${JSON.stringify(body)}`)
        accepted += 1
      }
    })
    const progress = setInterval(() => say(`${accepted} accepted`), 10_000)
    const [relayKills, runtimeKills] = await Promise.all([
      killAtRandom(
        {
          name: "relay",
          kill: () => systems.relay.kill(),
          start: () => systems.relay.start(),
        },
        endMs,
        { random, alive: [500, 5_000], dead: [0, 2_000], say },
      ),
      killAtRandom(
        { name: "runtime", kill: () => systems.kill(), start: () => systems.restart() },
        endMs,
        { random, alive: [1_000, 6_000], dead: [0, 1_000], say },
      ),
      ...callers,
      ...CLOSING.map(async (name) => {
        await pause(between(random, CHAOS_MS / 4, CHAOS_MS / 2))
        await world.closeBankAccount(name)
        say(`${name} closed`)
      }),
    ]).finally(() => clearInterval(progress))
    systems.proxy.faults = always({ kind: "pass" })
    say(`all accepted; ${relayKills} kills of the relay, ${runtimeKills} of the runtime`)

    // Nobody asks the Worker for anything while the ledger still moves: the runs go on by themselves.
    let recordsBefore = -1
    await waitUntil("the ledger to come to rest", SETTLE_TIMEOUT_MS, async () => {
      await pause(QUIET_MS)
      const accounts = await world.ledgerAccounts()
      const records = (await world.ledgerTransfers()).length
      const isAtRest =
        records === recordsBefore && accounts.every((account) => account.debits_pending === 0n)
      recordsBefore = records
      return isAtRest ? true : undefined
    })
    say(`the ledger is at rest, with ${recordsBefore} transfers`)
    const transfers = wanted.map(({ transfer }) => transfer)
    const statuses = await endsOf(transfers)
    say(`ended: ${countsOf(statuses)}`)

    const books = await world.books(transfers, statuses)
    const findings = await audit(books)
    say(`audited ${books.transfers.length} ledger transfers: ${findings.length} findings`)
    await showJournals(findings)
    expect(findings).toEqual([])

    // It was a test of something: both were killed often, and transfers ended in every way but by luck.
    expect(relayKills).toBeGreaterThanOrEqual(5)
    expect(runtimeKills).toBeGreaterThanOrEqual(3)
    expect(statuses.size).toBe(TRANSFERS)
    for (const end of ["committed", "compensated", "rejected"]) {
      expect([...statuses.values()]).toContain(end)
    }
  },
  TEST_TIMEOUT_MS,
)

/** Accounts on both sides, and who sends what when, in ms after the beginning. */
async function openBooks() {
  // The last two sources cannot pay for all that is asked of them.
  const rich = TRANSFERS * AMOUNT_MAX
  const poor = (TRANSFERS * AMOUNT_MAX) / 40
  const funded = await Promise.all(
    [rich, rich, rich, poor, poor].map((sum) => world.openSource(sum)),
  )
  const sources = [...funded, await world.openAccount()]
  await Promise.all(BANK_ACCOUNTS.map((name) => world.openBankAccount(name)))
  const wanted = Array.from({ length: TRANSFERS }, (_, index) => ({
    transfer: wantedTransfer(random, index, sources),
    atMs: between(random, 0, CHAOS_MS - 5_000),
  }))
  return wanted.toSorted((left, right) => left.atMs - right.atMs)
}

function wantedTransfer(random: Random, index: number, sources: readonly string[]): WantedTransfer {
  const transfer = {
    id: `chaos-${index}`,
    source: oneOf(random, sources),
    bankAccount: oneOf(random, BANK_ACCOUNTS),
    amount: between(random, 1, AMOUNT_MAX),
  }
  // Some reservations are so short that a kill outlasts them, and some runs die where a random kill seldom hits: when a
  // step has taken effect and nobody has recorded it.
  const isShort = random() < 0.2
  const dies = random() < 0.2
  return {
    ...transfer,
    ...(isShort ? { reservationSeconds: between(random, 1, 4) } : {}),
    ...(dies ? { fault: `${oneOf(random, STEPS)}:1:crash` } : {}),
  }
}

/** What each transfer ended as; asked until all have ended, or for as long as is reasonable. */
async function endsOf(transfers: readonly WantedTransfer[]): Promise<Map<string, unknown>> {
  const statuses = new Map<string, unknown>()
  const deadlineMs = Date.now() + SETTLE_TIMEOUT_MS
  let open = transfers
  while (open.length > 0 && Date.now() < deadlineMs) {
    for (const { id } of open) statuses.set(id, await world.statusOf(id))
    open = open.filter(({ id }) => statuses.get(id) === "processing")
    if (open.length > 0) {
      say(`${open.length} not ended yet`)
      await pause(1_000)
    }
  }
  return statuses
}

/** The evidence: the journals of the first transfers about which something was found. */
async function showJournals(findings: readonly string[]): Promise<void> {
  const ids = new Set(findings.flatMap((finding) => /^chaos-\d+/.exec(finding) ?? []))
  for (const id of [...ids].slice(0, 5)) {
    const { body } = await systems.client.get(`/v1/runs/ledger-transfer-${id}/journal`)
    say(`journal of ${id}: ${JSON.stringify(body)}`)
  }
}

function countsOf(statuses: ReadonlyMap<string, unknown>): string {
  const counts = new Map<string, number>()
  for (const status of statuses.values()) {
    counts.set(String(status), (counts.get(String(status)) ?? 0) + 1)
  }
  return [...counts].map(([status, count]) => `${count} ${status}`).join(", ")
}

function say(line: string): void {
  console.log(`[chaos ${((Date.now() - startedAtMs) / 1_000).toFixed(1)} s] ${line}`)
}
