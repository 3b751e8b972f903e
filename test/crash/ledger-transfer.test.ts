// Ledger transfers while the relay, or the way to it, fails: killed and started again, slow, answering 500, cutting the
// connection after the ledger's write, away. Every transfer ends right and nothing is doubled: an audit of everything
// that was sent closes it.

import { afterAll, beforeAll, expect, test } from "vitest"
import { always, mixed, type RelayFault } from "../../scripts/support/relay-faults.ts"
import { seededRandom } from "../../scripts/support/seeded-random.ts"
import { SystemsRuntime } from "../../scripts/support/systems-runtime.ts"
import { pause, waitUntil } from "../../scripts/support/wait-until.ts"
import { TransferClerk } from "./support/transfer-clerk.ts"

const TEST_TIMEOUT_MS = 90_000

/** Several retries of several steps. */
const END_TIMEOUT_MS = 60_000

const WELL = always({ kind: "pass" })

let systems: SystemsRuntime
let clerk: TransferClerk

beforeAll(async () => {
  systems = await SystemsRuntime.start()
  clerk = await TransferClerk.start(systems)
}, TEST_TIMEOUT_MS)

afterAll(() => systems.end(), TEST_TIMEOUT_MS)

test(
  "killed when it has reserved and its reply is under way, started again: reserved once, committed",
  async () => {
    const held = systems.proxy.holdNextReply("/create_transfers")
    await clerk.send("killed-reserving")
    const reply = await held
    await systems.relay.kill()
    reply.lose()
    // The next attempt finds no relay.
    await pause(2_500)
    await systems.relay.start()
    expect(await clerk.world.endOf("killed-reserving", END_TIMEOUT_MS)).toBe("committed")
    const { reserveAmount } = await clerk.attemptsOf("killed-reserving")
    expect(reserveAmount).toBeGreaterThan(1)
  },
  TEST_TIMEOUT_MS,
)

test(
  "killed together with the runtime when it has posted and its reply is under way: posted once, committed",
  async () => {
    const reserving = systems.proxy.holdNextReply("/create_transfers")
    await clerk.send("killed-posting")
    const reserved = await reserving
    const posting = systems.proxy.holdNextReply("/create_transfers")
    reserved.release()
    const posted = await posting
    await Promise.all([systems.relay.kill(), systems.kill()])
    posted.lose()
    await Promise.all([systems.relay.start(), systems.restart()])
    expect(await clerk.world.endOf("killed-posting", END_TIMEOUT_MS)).toBe("committed")
    const { postReservation } = await clerk.attemptsOf("killed-posting")
    expect(postReservation).toBeGreaterThan(1)
  },
  TEST_TIMEOUT_MS,
)

test.each<[string, RelayFault]>([
  ["slow (10 s)", { kind: "delay_reply", ms: 10_000 }],
  ["reached late (10 s)", { kind: "delay_request", ms: 10_000 }],
  ["answering 500, having done nothing", { kind: "fail_before" }],
  ["answering 500, having done everything", { kind: "fail_after" }],
  ["cutting connections after the ledger's write", { kind: "cut_after" }],
  ["swallowing requests", { kind: "hang" }],
])(
  "%s for a while: every transfer goes on",
  async (name, fault) => {
    const ids = [1, 2, 3].map((number) => `${name.replaceAll(/\W+/g, "-")}-${number}`)
    systems.proxy.faults = always(fault)
    await Promise.all(ids.map((id) => clerk.send(id)))
    await pause(1_500)
    systems.proxy.faults = WELL
    for (const id of ids) expect(await clerk.world.endOf(id, END_TIMEOUT_MS)).toBe("committed")
  },
  TEST_TIMEOUT_MS,
)

test(
  "losing half of everything, in every way, under 30 transfers at once: all of them end as they should",
  async () => {
    const poor = await clerk.world.openSource(100)
    systems.proxy.faults = mixed(
      [
        [6, { kind: "pass" }],
        [1, { kind: "fail_before" }],
        [1, { kind: "fail_after" }],
        [1, { kind: "cut_before" }],
        [2, { kind: "cut_after" }],
        [1, { kind: "delay_reply", ms: 200 }],
      ],
      seededRandom(3),
    )
    const rich = Array.from({ length: 24 }, (_, index) => `lossy-${index}`)
    const short = Array.from({ length: 6 }, (_, index) => `lossy-poor-${index}`)
    await Promise.all([
      ...rich.map((id) => clerk.send(id)),
      ...short.map((id) => clerk.send(id, { source: poor })),
    ])
    const ends = (ids: readonly string[]) =>
      Promise.all(ids.map((id) => clerk.world.endOf(id, END_TIMEOUT_MS)))
    await pause(6_000)
    systems.proxy.faults = WELL
    expect(new Set(await ends(rich))).toEqual(new Set(["committed"]))
    // 100 pays for three times 30.
    const poorEnds = await ends(short)
    expect(poorEnds.filter((status) => status === "committed")).toHaveLength(3)
    expect(poorEnds.filter((status) => status === "rejected")).toHaveLength(3)
  },
  TEST_TIMEOUT_MS,
)

test(
  "away from the payout until the reservation has ended: the amount is collected, committed",
  async () => {
    await awayAfterPayout("expired", {})
    await systems.proxy.accept()
    expect(await clerk.world.endOf("expired", END_TIMEOUT_MS)).toBe("committed")
    expect(await clerk.attemptsOf("expired")).toHaveProperty("collectAmount")
  },
  TEST_TIMEOUT_MS,
)

test(
  "away until the reservation has ended and the money is spent: the bank gives it back, compensated",
  async () => {
    const source = await clerk.world.openSource(30)
    await awayAfterPayout("spent", { source })
    // Past the broken way, as another relay's caller would.
    await clerk.world.spend(source, 30)
    await systems.proxy.accept()
    expect(await clerk.world.endOf("spent", END_TIMEOUT_MS)).toBe("compensated")
    expect(await clerk.attemptsOf("spent")).toHaveProperty("reverseCredit")
  },
  TEST_TIMEOUT_MS,
)

test(
  "away while a bank account refuses the payout: compensated once it is back, nothing stays reserved",
  async () => {
    await clerk.world.openBankAccount("closed-bank")
    await clerk.world.closeBankAccount("closed-bank")
    const held = systems.proxy.holdNextReply("/create_transfers")
    await clerk.send("refused", { bankAccount: "closed-bank" })
    const reply = await held
    reply.release()
    await systems.proxy.refuse()
    await pause(3_000)
    await systems.proxy.accept()
    expect(await clerk.world.endOf("refused", END_TIMEOUT_MS)).toBe("compensated")
  },
  TEST_TIMEOUT_MS,
)

test("and the books of ledger and bank are right", async () => {
  expect(await clerk.findings()).toEqual([])
})

/** Reserves for a short time, lets the payout through, and takes the relay away until the reservation has ended. */
async function awayAfterPayout(id: string, given: { source?: string }): Promise<void> {
  const reserving = systems.proxy.holdNextReply("/create_transfers")
  await clerk.send(id, { ...given, reservationSeconds: 4 })
  const reserved = await reserving
  systems.proxy.faults = always({ kind: "cut_before" })
  reserved.release()
  await waitUntil("the payout", END_TIMEOUT_MS, async () => {
    const { entries } = await clerk.world.bankAccount("bank")
    return entries.some(({ opId }) => opId === `${id}-payout`) ? true : undefined
  })
  await systems.proxy.refuse()
  await pause(5_000)
  systems.proxy.faults = WELL
}
