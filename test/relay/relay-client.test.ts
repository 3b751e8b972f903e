// The edge-side client: what it believes, how long it waits, where it turns.
import { expect, test } from "vitest"
import { AccountFlags, TransferFlags } from "../../src/ledger/flags.ts"
import { EVENTS_MAX } from "../../src/ledger/limits.ts"
import { RelayLedger, type RelayLedgerOptions } from "../../src/ledger/relay-ledger.ts"
import { hashBytes, RelaySigner } from "../../src/relay/access/relay-signer.ts"
import { deadAddress, impostor } from "./relay-doubles.ts"
import { KEY, ledgerOf, startRelay } from "./relay-kit.ts"

const ACCOUNT = { id: 7n, ledger: 1, code: 1 }
function clientOf(urls: RelayLedgerOptions["urls"], timeoutMs = 1_000): RelayLedger {
  return new RelayLedger({ urls, key: KEY, timeoutMs })
}

const UNKNOWN = { name: "LedgerError", code: "ledger_unknown", submitted: true }
const UNAVAILABLE = { name: "LedgerError", code: "ledger_unavailable", submitted: false }
const INVALID = { name: "LedgerError", code: "ledger_invalid", nonRetryable: true }

test("created and exists can be told apart and carry the same timestamp", async () => {
  const { relay } = await startRelay()
  const client = clientOf([relay.url])
  const [created] = await client.createAccounts([ACCOUNT])
  const [exists] = await client.createAccounts([ACCOUNT])
  expect(created).toMatchObject({
    class: "success",
    status: "created",
    statusNumber: 4_294_967_295,
  })
  expect(exists).toEqual({
    class: "success",
    status: "exists",
    statusNumber: 21,
    timestamp: created?.timestamp,
  })
})

test("an answer without the relay's signature proves nothing", async () => {
  const forged = { class: "success", status: "created", statusNumber: 4_294_967_295 }
  const body = JSON.stringify({ outcomes: [{ ...forged, timestamp: "1" }] })
  const url = await impostor((_request, response) => response.end(body))
  await expect(clientOf([url]).createAccounts([ACCOUNT])).rejects.toMatchObject(UNKNOWN)
})

test("an answer signed for another request proves nothing", async () => {
  const signer = new RelaySigner(KEY.secret)
  const body = JSON.stringify({ error: { code: "overloaded", message: "" }, submitted: false })
  const answer = { nonce: "0".repeat(32), status: 429, bodyHash: hashBytes(body) }
  const url = await impostor((_request, response) => {
    response.writeHead(429, { "x-belay-signature": signer.sign(answer) }).end(body)
  })
  await expect(clientOf([url]).createAccounts([ACCOUNT])).rejects.toMatchObject(UNKNOWN)
})

test("a wrong secret is reported with a hint, and as unknown since anyone can say 401", async () => {
  const { relay } = await startRelay()
  const key = { ...KEY, secret: "not the relay's secret" }
  const client = new RelayLedger({ urls: [relay.url], key })
  await expect(client.createAccounts([ACCOUNT])).rejects.toMatchObject({
    ...UNKNOWN,
    message: expect.stringContaining("check the key, its secret and both clocks") as string,
  })
})

test("a relay that is not there is unavailable: nothing was submitted", async () => {
  const client = clientOf([await deadAddress()])
  await expect(client.createAccounts([ACCOUNT])).rejects.toMatchObject(UNAVAILABLE)
})

test("a connection that is cut after the request leaves a write unknown and a read unavailable", async () => {
  const url = await impostor((request) => {
    request.on("end", () => request.socket.destroy())
    request.resume()
  })
  await expect(clientOf([url]).createAccounts([ACCOUNT])).rejects.toMatchObject(UNKNOWN)
  await expect(clientOf([url]).lookupAccounts([1n])).rejects.toMatchObject(UNAVAILABLE)
})

test("a call ends within its time although nobody ever answers", async () => {
  const url = await impostor(() => undefined)
  const startedAtMs = Date.now()
  await expect(clientOf([url], 200).createAccounts([ACCOUNT])).rejects.toMatchObject(UNKNOWN)
  expect(Date.now() - startedAtMs).toBeLessThan(2_000)
})

test("a refusal for now is unavailable, a silent ledger is unknown", async () => {
  const { relay: silent } = await startRelay({
    ledger: ledgerOf({ createAccounts: () => new Promise(() => undefined) }),
    callsInFlightMax: 1,
  })
  await expect(clientOf([silent.url], 300).createAccounts([ACCOUNT])).rejects.toMatchObject(UNKNOWN)
  // The silent call still fills the relay.
  const again = clientOf([silent.url]).createAccounts([{ ...ACCOUNT, id: 8n }])
  await expect(again).rejects.toMatchObject(UNAVAILABLE)
})

test("another relay is asked when one is dead, silent or refusing; the silent one costs one call its share", async () => {
  let silentAsked = 0
  const silent = await impostor(() => (silentAsked += 1))
  const { relay } = await startRelay()
  const client = clientOf([await deadAddress(), silent, relay.url], 600)
  for (let id = 1n; id <= 40n; id++) {
    expect(await client.createAccounts([{ ...ACCOUNT, id }])).toMatchObject([{ class: "success" }])
  }
  expect(silentAsked).toBe(1)
})

test("a caller that gives up gets an answer at once", async () => {
  const url = await impostor(() => undefined)
  const giveUp = AbortSignal.timeout(50)
  const startedAtMs = Date.now()
  const call = clientOf([url], 5_000).createAccounts([ACCOUNT], { signal: giveUp })
  await expect(call).rejects.toMatchObject(UNKNOWN)
  expect(Date.now() - startedAtMs).toBeLessThan(2_000)
  const late = clientOf([url]).createAccounts([ACCOUNT], { signal: giveUp })
  await expect(late).rejects.toMatchObject(UNAVAILABLE)
})

test("a request that can never be accepted is not to be retried, and names the field", async () => {
  const { relay } = await startRelay()
  const client = clientOf([relay.url])
  await expect(client.createTransfers([{ id: 1n, code: 70_000 }])).rejects.toMatchObject({
    ...INVALID,
    message: expect.stringContaining(
      "transfers[0].code: expected integer 1..65535, got 70000",
    ) as string,
  })
  await expect(client.createAccounts([{ ...ACCOUNT, id: -1n }])).rejects.toMatchObject(INVALID)
  await expect(client.createAccounts([{ ...ACCOUNT, flags: 64 }])).rejects.toMatchObject({
    ...INVALID,
    message: expect.stringContaining("accounts[0].flags: expected bits of linked") as string,
  })
})

test("too many events are refused before they are sent", async () => {
  const url = await deadAddress()
  const ids = Array.from({ length: EVENTS_MAX + 1 }, () => 1n)
  await expect(clientOf([url]).lookupAccounts(ids)).rejects.toMatchObject(INVALID)
})

test("every field and flag comes back as it was sent", async () => {
  const { relay } = await startRelay()
  const client = clientOf([relay.url])
  const account = {
    id: 2n ** 127n + 1n,
    ledger: 4_294_967_295,
    code: 65_535,
    flags: AccountFlags.history | AccountFlags.credits_must_not_exceed_debits,
    user_data_128: 2n ** 128n - 1n,
    user_data_64: 2n ** 64n - 1n,
    user_data_32: 4_294_967_295,
  }
  await client.createAccounts([account, { ...ACCOUNT, ledger: account.ledger }])
  const transfer = {
    id: 99n,
    debit_account_id: account.id,
    credit_account_id: ACCOUNT.id,
    amount: 2n ** 100n,
    user_data_128: 3n,
    user_data_64: 2n ** 64n - 1n,
    user_data_32: 5,
    timeout: 600,
    ledger: account.ledger,
    code: 6,
    flags: TransferFlags.pending,
  }
  expect(await client.createTransfers([transfer])).toMatchObject([{ status: "created" }])
  expect(await client.lookupAccounts([account.id])).toMatchObject([
    { ...account, debits_pending: transfer.amount },
  ])
  expect(await client.lookupTransfers([transfer.id])).toMatchObject([transfer])
})
