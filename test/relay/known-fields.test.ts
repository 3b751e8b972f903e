// A misspelled field must not count as one that was left out.
import { expect, test, vi } from "vitest"
import { RelayLedger } from "../../src/ledger/relay-ledger.ts"
import { KEY } from "./relay-kit.ts"

const URL = "http://127.0.0.1:1"
const transfer = { id: 7n, ledger: 1, code: 1 }

test.each([
  [
    "transfers[1]",
    (ledger: RelayLedger, extra: object) =>
      ledger.createTransfers([transfer, { ...transfer, ...extra }]),
  ],
  [
    "accounts[0]",
    (ledger: RelayLedger, extra: object) => ledger.createAccounts([{ ...transfer, ...extra }]),
  ],
  [
    "filter",
    (ledger: RelayLedger, extra: object) =>
      ledger.getAccountTransfers({ account_id: 1n, limit: 1, ...extra }),
  ],
  ["filter", (ledger: RelayLedger, extra: object) => ledger.queryTransfers({ limit: 1, ...extra })],
])("%s: a field that does not exist is refused before anything is sent", async (path, call) => {
  const fetch = vi.fn<() => Promise<Response>>()
  const ledger = new RelayLedger({ urls: [URL], key: KEY, fetch })
  await expect(call(ledger, { pendingId: 9n })).rejects.toMatchObject({
    code: "ledger_invalid",
    submitted: false,
    message: expect.stringContaining(`${path}: there is no field "pendingId", only `) as unknown,
  })
  expect(fetch).not.toHaveBeenCalled()
})
