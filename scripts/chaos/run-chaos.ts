// Run chaos: the order of it: everything is started, customers come while faults are made, then the faults stop, everything
// is brought up and left alone until it is at rest, and what was promised is held against what is there.
// Owns: the phases and their bounds. Must not touch: rules, faults, processes.

import { setTimeout as pause } from "node:timers/promises"
import { seededRandom } from "../support/seeded-random.ts"
import { StubbornClient } from "../support/stubborn-client.ts"
import type { ChaosWorld } from "./chaos-world.ts"
import type { Audited, Customer, Shop } from "./customer.ts"
import { AccountCreationCustomer } from "./customers/account-creation.ts"
import { EventProjectionCustomer } from "./customers/event-projection.ts"
import { LedgerTransferCustomer } from "./customers/ledger-transfer.ts"
import { MoneyTransferCustomer } from "./customers/money-transfer.ts"
import { OneClickBuyCustomer } from "./customers/one-click-buy.ts"
import { OrderFulfilmentCustomer } from "./customers/order-fulfilment.ts"
import { OrderLifecycleCustomer } from "./customers/order-lifecycle.ts"
import { ScheduleCustomer } from "./customers/schedule.ts"
import { UserSessionCustomer } from "./customers/user-session.ts"
import { planFaults } from "./fault-plan.ts"
import { Faults } from "./faults.ts"
import type { ChaosOptions } from "./options.ts"
import { Recovery } from "./recovery.ts"
import { printReport, seconds } from "./report.ts"
import { RunsOnDisk } from "./runs-on-disk.ts"
import { Visits } from "./visits.ts"

/** A request of a customer is given up after this long, and sent again. */
const PATIENCE_MS = 12_000

const PROGRESS_MS = 5_000

/** After the last fault: for customers to get their answers, and for every run to end. */
const THROUGH_MS = 120_000
const REST_MS = 240_000

/** How often the runs' files are looked at, and how long nothing may be open before they count as at rest. */
const LOOK_MS = 1_000

/** Findings and open runs shown at the end. */
const SHOWN_MAX = 40

/** The findings; none when all is well. */
export async function runChaos(
  world: ChaosWorld,
  { durationMs, seed, rate }: ChaosOptions,
  say: (line: string) => void,
): Promise<string[]> {
  const recovery = new Recovery()
  let unanswered = 0
  const client = new StubbornClient(world.client, {
    timeoutMs: PATIENCE_MS,
    answered: (sentAtMs) => recovery.answered(sentAtMs),
    unanswered: () => (unanswered += 1),
  })
  const shop: Shop = {
    client,
    ledger: world.ledger,
    d1: (query, ...values) => world.d1(query, ...values),
  }
  const schedule = new ScheduleCustomer(shop)
  const customers = customersOf(shop)
  await requireFreshLedger(shop)
  for (const customer of [...customers, schedule]) await customer.open()

  const random = seededRandom(seed)
  const plan = planFaults(random, durationMs, {
    disks: [...world.disks.keys()],
    clocks: [...world.clocks.keys()],
  })
  const faults = new Faults(world, random, recovery, say)
  const visits = new Visits(customers, seed)
  const runs = new RunsOnDisk(world.stateFolder)
  const endMs = Date.now() + durationMs
  const progress = setInterval(() => {
    const left = seconds(Math.max(0, endMs - Date.now()))
    const accepted = customers.reduce((sum, customer) => sum + customer.accepted, 0)
    say(`${left} left; ${accepted} accepted, ${visits.underWay} under way; ${told(faults.counts)}`)
  }, PROGRESS_MS)
  const over = new AbortController()
  try {
    const sending = visits.send(rate, over.signal)
    await faults.make(plan, AbortSignal.timeout(durationMs))
    over.abort()
    await sending
  } finally {
    over.abort()
    clearInterval(progress)
  }

  const calmAtMs = Date.now()
  const processes = [...world.processes.values()]
  for (const process of processes) await process.settle()
  say("the faults are over and everything is up; waiting until all have their answers")
  const isThrough = await within(visits.through(), THROUGH_MS)
  const late = isThrough ? [] : [`${visits.underWay} customers never got an answer`]
  await schedule.close()
  say("nobody asks any more; waiting until every run has ended")
  const open = await rest(runs, say)
  const settledMs = Date.now() - calmAtMs
  say(`${runs.ended} runs have ended; the audit begins`)
  const audited = new Map<string, Audited>()
  for (const customer of [...customers, schedule]) {
    audited.set(customer.system, await customer.audit())
  }
  const deaths = processes.flatMap((process) => process.deaths)
  printReport(
    {
      faults: faults.counts,
      connectionsCut: faults.connectionsCut,
      failedStarts: processes.reduce((sum, process) => sum + process.failedStarts, 0),
      deaths,
      linesOfNoRoom: world.linesOfNoRoom,
      unanswered,
      longestRecoveryMs: recovery.longestMs,
      longestRecoveryAfter: recovery.longestAfter,
      settledMs,
    },
    audited,
  )
  return [
    ...late,
    ...open.slice(0, SHOWN_MAX).map((run) => `not ended by itself: ${run}`),
    ...visits.findings,
    ...deaths,
    ...[...audited].flatMap(([system, { findings }]) =>
      findings.map((finding) => `${system}: ${finding}`),
    ),
  ]
}

function customersOf(shop: Shop): Customer[] {
  const accounts = new AccountCreationCustomer(shop)
  return [
    accounts,
    new MoneyTransferCustomer(shop),
    new OrderFulfilmentCustomer(shop),
    new OrderLifecycleCustomer(shop),
    new OneClickBuyCustomer(shop),
    new UserSessionCustomer(shop),
    new EventProjectionCustomer(shop),
    new LedgerTransferCustomer(shop, accounts),
  ]
}

/** The audit counts everything in the ledger. */
async function requireFreshLedger({ ledger }: Shop): Promise<void> {
  const [account] = await ledger.queryAccounts({ ledger: 1, limit: 1 })
  if (account === undefined) return
  throw new Error("The ledger holds accounts already; the chaos needs a fresh one (TB_ADDRESS).")
}

/** Looks until no run is open, or no longer; those that are. */
async function rest(runs: RunsOnDisk, say: (line: string) => void): Promise<string[]> {
  const deadlineMs = Date.now() + REST_MS
  let nextSayMs = Date.now() + PROGRESS_MS
  let open = runs.open()
  while (open.length > 0 && Date.now() < deadlineMs) {
    await pause(LOOK_MS)
    open = runs.open()
    if (Date.now() < nextSayMs) continue
    nextSayMs += PROGRESS_MS
    say(`${open.length} runs are not over yet: ${open.slice(0, 3).join(", ")}`)
  }
  return open
}

async function within(work: Promise<void>, ms: number): Promise<boolean> {
  const timer = new AbortController()
  const late = pause(ms, false, { signal: timer.signal }).catch(() => false)
  const isDone = await Promise.race([work.then(() => true), late])
  timer.abort()
  return isDone
}

/** Faults so far by their kind, whoever they hit. */
function told(counts: ReadonlyMap<string, number>): string {
  const sum = (kind: string) =>
    [...counts].reduce((total, [name, times]) => total + (name.startsWith(kind) ? times : 0), 0)
  return [
    `${sum("kill")} kills`,
    `${sum("stop")} stops`,
    `${sum("cut")} cuts`,
    `${sum("weather")} spells of weather`,
    `${sum("fill")} full disks`,
    `${sum("clock")} clock steps`,
  ].join(", ")
}
