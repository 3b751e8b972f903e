// Ledger transfers while the relay, or the way to it, fails: killed and started again, slow, answering 500, cutting the
// connection after the ledger's write, away, one of two down. Every transfer ends right and nothing is doubled: each
// part closes with an audit of everything that was sent in it.

import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { always, mixed, type RelayFault } from "../../scripts/support/relay-faults.ts"
import { seededRandom } from "../../scripts/support/seeded-random.ts"
import { SystemsRuntime } from "../../scripts/support/systems-runtime.ts"
import { pause, waitUntil } from "../../scripts/support/wait-until.ts"
import { TransferClerk } from "./support/transfer-clerk.ts"

const TEST_TIMEOUT_MS = 90_000

/** Several retries of several steps. */
const END_TIMEOUT_MS = 60_000

/** Three steps ask the ledger, each of them 4 s and 8 s in vain before it waits long enough. */
const ALWAYS_SLOW_TIMEOUT_MS = 180_000

const WELL = always({ kind: "pass" })

let systems: SystemsRuntime
let clerk: TransferClerk

function startWith(ways: number): () => Promise<void> {
  return async () => {
    systems = await SystemsRuntime.start(undefined, { ways })
    clerk = await TransferClerk.start(systems)
  }
}

async function end(): Promise<void> {
  await systems.end()
}

async function expectRightBooks(): Promise<void> {
  expect(await clerk.findings()).toEqual([])
}

describe("one relay", () => {
  beforeAll(startWith(1), TEST_TIMEOUT_MS)
  afterAll(end, TEST_TIMEOUT_MS)

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
    "always slow (10 s for each reply): every transfer ends in its own time, and an account is created",
    async () => {
      systems.proxy.faults = always({ kind: "delay_reply", ms: 10_000 })
      const account = `/accounts/${crypto.randomUUID()}`
      expect((await systems.client.put(`${account}?wait=0`)).status).toBe(202)
      await Promise.all(["always-slow-1", "always-slow-2"].map((id) => clerk.send(id)))
      const created = waitUntil("the account", ALWAYS_SLOW_TIMEOUT_MS, async () => {
        const { status } = await systems.client.put(`${account}?wait=0`)
        return status === 202 ? undefined : status
      })
      expect(await created).toBe(200)
      const ends = ["always-slow-1", "always-slow-2"].map((id) =>
        clerk.world.endOf(id, ALWAYS_SLOW_TIMEOUT_MS),
      )
      expect(await Promise.all(ends)).toEqual(["committed", "committed"])
      systems.proxy.faults = WELL
    },
    ALWAYS_SLOW_TIMEOUT_MS,
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

  test("and the books of ledger and bank are right", expectRightBooks)

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
})

describe("two relays", () => {
  beforeAll(startWith(2), TEST_TIMEOUT_MS)
  afterAll(end, TEST_TIMEOUT_MS)

  const BATCH = 12

  async function sendBatch(name: string): Promise<number> {
    const ids = Array.from({ length: BATCH }, (_, index) => `${name}-${index}`)
    const startedAtMs = Date.now()
    await Promise.all(ids.map((id) => clerk.send(id)))
    for (const id of ids) expect(await clerk.world.endOf(id, END_TIMEOUT_MS)).toBe("committed")
    return Date.now() - startedAtMs
  }

  test.each([0, 1])(
    "number %i of them down: transfers go on without waiting for it",
    async (down) => {
      await systems.proxies[down]?.refuse()
      const tookMs = await sendBatch(`down-${down}`)
      await systems.proxies[down]?.accept()
      // Not one step had to be tried again: the first retry comes after 2 s.
      expect(await clerk.attemptsOf(`down-${down}-0`)).toMatchObject({
        openClearingAccount: 1,
        reserveAmount: 1,
        creditBank: 1,
        postReservation: 1,
      })
      expect(tookMs).toBeLessThan(15_000)
    },
    TEST_TIMEOUT_MS,
  )

  test.each([0, 1])(
    "number %i of them silent: it costs the first callers their share of the time, and nobody a failed step",
    async (silent) => {
      const proxy = systems.proxies[silent]
      if (proxy === undefined) throw new Error("There are two ways.")
      proxy.faults = always({ kind: "hang" })
      await sendBatch(`silent-${silent}`)
      const askedBefore = proxy.requests
      await sendBatch(`silent-still-${silent}`)
      // At most one try in a few seconds.
      expect(proxy.requests - askedBefore).toBeLessThan(BATCH)
      expect(await clerk.attemptsOf(`silent-still-${silent}-0`)).toMatchObject({
        postReservation: 1,
      })
      proxy.faults = WELL
    },
    TEST_TIMEOUT_MS,
  )

  test(
    "one losing its replies after the ledger's write: the other knows what became of them",
    async () => {
      const [first] = systems.proxies
      if (first === undefined) throw new Error("There are two ways.")
      first.faults = always({ kind: "cut_after" })
      await sendBatch("cutting")
      expect(await clerk.attemptsOf("cutting-0")).toMatchObject({ reserveAmount: 1 })
      first.faults = WELL
    },
    TEST_TIMEOUT_MS,
  )

  test("and the books of ledger and bank are right", expectRightBooks)
})
