// Why an id was burned, told again to whoever asks again with the same event.
import { describe, expect, test } from "vitest"
import type { NewTransfer } from "../../src/ledger/records.ts"
import { type TransferOutcome, transferOutcome } from "../../src/ledger/status-outcome.ts"
import type { TransferStatus } from "../../src/ledger/transfer-status.ts"
import { FirstReasons, type FirstReasonsOptions } from "../../src/relay/layers/first-reasons.ts"
import { ask, heldCall, ledgerOf, readMetrics, startRelay } from "./relay-kit.ts"

const EVENT: NewTransfer = {
  id: 5n,
  debit_account_id: 1n,
  credit_account_id: 2n,
  amount: 10n,
  pending_id: 0n,
  user_data_128: 1n,
  user_data_64: 2n,
  user_data_32: 3,
  timeout: 0,
  ledger: 1,
  code: 1,
  flags: 0,
  timestamp: 0n,
}

/** Answers each call with the next of these, one status for each event. */
function reasonsOver(
  replies: (readonly TransferStatus[])[],
  options?: FirstReasonsOptions,
): FirstReasons {
  let timestamp = 0n
  const ledger = ledgerOf({
    createTransfers: async () =>
      (replies.shift() ?? []).map((status) => transferOutcome(status, (timestamp += 1n))),
  })
  return new FirstReasons(ledger, options)
}

async function statuses(
  ledger: FirstReasons,
  ...events: readonly NewTransfer[]
): Promise<string[]> {
  return (await ledger.createTransfers(events)).map(({ status }) => status)
}

test("the same event hears its first reason again, with class, number and time", async () => {
  const ledger = reasonsOver([["exceeds_credits"], ["id_already_failed"], ["id_already_failed"]])
  const [first] = await ledger.createTransfers([EVENT])
  expect(first).toEqual(transferOutcome("exceeds_credits", 1n))
  expect(await ledger.createTransfers([EVENT])).toEqual([first])
  expect(await ledger.createTransfers([{ ...EVENT }])).toEqual([first])
})

describe("an event that differs in one field does not hear the reason of the other", () => {
  test.each(Object.keys(EVENT).filter((field) => field !== "id"))("%s", async (field) => {
    const ledger = reasonsOver([["exceeds_credits"], ["id_already_failed"]])
    await ledger.createTransfers([EVENT])
    const value = EVENT[field as keyof NewTransfer]
    const other = { ...EVENT, [field]: typeof value === "bigint" ? value + 1n : Number(value) + 1 }
    expect(await statuses(ledger, other)).toEqual(["id_already_failed"])
  })
})

test("what is left out counts as the zero it means", async () => {
  const ledger = reasonsOver([["debit_account_not_found"], ["id_already_failed"]])
  await ledger.createTransfers([{ id: 5n, ledger: 1, code: 1 }])
  expect(await statuses(ledger, { id: 5n, ledger: 1, code: 1, amount: 0n, flags: 0 })).toEqual([
    "debit_account_not_found",
  ])
})

test("a reason that burns no id is not remembered, since the ledger itself gives it again", async () => {
  const ledger = reasonsOver([["pending_transfer_expired"], ["id_already_failed"]])
  await ledger.createTransfers([EVENT])
  expect(await statuses(ledger, EVENT)).toEqual(["id_already_failed"])
})

test("a chain's breaking event hears its first reason in the place where it stands", async () => {
  const chain = [
    { ...EVENT, flags: 1 },
    { ...EVENT, id: 6n },
  ]
  const ledger = reasonsOver([
    ["linked_event_failed", "exceeds_debits"],
    ["linked_event_failed", "id_already_failed"],
  ])
  await ledger.createTransfers(chain)
  expect(await statuses(ledger, ...chain)).toEqual(["linked_event_failed", "exceeds_debits"])
})

test("the same event twice in one call hears the reason twice", async () => {
  const ledger = reasonsOver([["exceeds_credits", "id_already_failed"]])
  expect(await statuses(ledger, EVENT, EVENT)).toEqual(["exceeds_credits", "exceeds_credits"])
})

test("reasons are forgotten after ten minutes, and the oldest when there are too many", async () => {
  let nowMs = 0
  const replies: (readonly TransferStatus[])[] = []
  const ledger = reasonsOver(replies, { max: 2, now: () => nowMs })
  const ask1 = (id: bigint) => statuses(ledger, { ...EVENT, id })
  replies.push(["exceeds_credits"], ["exceeds_credits"], ["exceeds_credits"])
  for (const id of [1n, 2n, 3n]) await ask1(id)
  expect(ledger.size).toBe(2)
  replies.push(["id_already_failed"], ["id_already_failed"])
  expect(await ask1(1n)).toEqual(["id_already_failed"])
  expect(await ask1(3n)).toEqual(["exceeds_credits"])
  nowMs = 10 * 60_000 + 1
  replies.push(["id_already_failed"], ["exceeds_debits"])
  expect(await ask1(3n)).toEqual(["id_already_failed"])
  await ask1(4n)
  expect(ledger.size).toBe(1)
})

const PATH = "/v1/create_transfers"
const BODY = {
  transfers: [
    { id: "5", debit_account_id: "1", credit_account_id: "2", amount: "1", ledger: 1, code: 1 },
  ],
}

function outcomeOf(body: unknown): unknown {
  return (body as { outcomes: unknown[] }).outcomes[0]
}

test("through the relay, a burned transfer hears why until it is another one", async () => {
  const { relay } = await startRelay()
  const first = await ask(relay, PATH, BODY)
  expect(first.body).toMatchObject({ outcomes: [{ status: "debit_account_not_found" }] })
  const again = await ask(relay, PATH, BODY)
  expect(again.body).toEqual(first.body)
  const other = { transfers: [{ ...BODY.transfers[0], amount: "2" }] }
  expect((await ask(relay, PATH, other)).body).toMatchObject({
    outcomes: [{ status: "id_already_failed" }],
  })
  expect(await readMetrics(relay)).toContain("belay_relay_first_reasons_total 1")
})

test("an original that comes after its fence hears no reason, and neither does the next fence", async () => {
  const { relay } = await startRelay()
  const fence = () => ask(relay, "/v1/fence_transfer", { id: "5" })
  expect((await fence()).body).toMatchObject({ fence: { result: "fenced" } })
  expect((await ask(relay, PATH, BODY)).body).toMatchObject({
    outcomes: [{ status: "id_already_failed" }],
  })
  expect((await fence()).body).toMatchObject({
    fence: { result: "already_failed", status: "id_already_failed" },
  })
})

test("a fence of a transfer that was rejected does not take its reason for its own", async () => {
  const { relay } = await startRelay()
  const first = await ask(relay, PATH, BODY)
  expect((await ask(relay, "/v1/fence_transfer", { id: "5" })).body).toMatchObject({
    fence: { result: "already_failed" },
  })
  expect(outcomeOf((await ask(relay, PATH, BODY)).body)).toEqual(outcomeOf(first.body))
})

test("a reason that came after the caller's deadline is there for the next attempt", async () => {
  const held = heldCall<TransferOutcome[]>()
  const replies = [held.promise, Promise.resolve([transferOutcome("id_already_failed", 9n)])]
  const ledger = ledgerOf({
    createTransfers: () => replies.shift() ?? Promise.reject(new Error("asked too often")),
    lookupAccounts: async () => [],
  })
  const { relay } = await startRelay({ ledger })
  const deadlineMs = Date.now() + 400
  expect(await ask(relay, PATH, BODY, { deadlineMs })).toMatchObject({ status: 504 })
  held.resolve([transferOutcome("exceeds_credits", 7n)])
  await expect
    .poll(async () => (await readMetrics(relay)).includes("belay_relay_first_reasons_held 1"))
    .toBe(true)
  expect((await ask(relay, PATH, BODY)).body).toMatchObject({
    outcomes: [{ status: "exceeds_credits", timestamp: "7", class: "rejected" }],
  })
})
