// Ledger accounts: what the two stores of account creation hold, as tests look at it.

import { env } from "cloudflare:workers"
import { expect } from "vitest"
import { businessId } from "../../../src/ledger/deterministic-id.ts"
import { send, sendUntil } from "./service.ts"
import { testLedger } from "./test-ledger.ts"

export const newUuid = () => crypto.randomUUID()
export const runOf = (uuid: string) => `create-account-${uuid}`

async function referenceRows(uuid: string): Promise<{ guid: string }[]> {
  const rows = await env.DB.prepare("SELECT guid FROM accounts WHERE uuid = ?1")
    .bind(uuid)
    .all<{ guid: string }>()
  return rows.results
}

/** The ledger id of an account that is being created, once its reference row is there. */
export async function mintedIdOf(uuid: string): Promise<string> {
  await sendUntil(`GET /accounts/${uuid}`, ({ body }) => body.error.details?.orphan === true)
  return (await referenceRows(uuid))[0]?.guid ?? ""
}

export async function ledgerAccounts(guid: string) {
  return testLedger().lookupAccounts([BigInt(guid)])
}

/** Both stores hold the account exactly once, under the id the caller was told. */
export async function expectCreatedOnce(uuid: string, guid: string) {
  expect(await referenceRows(uuid)).toEqual([{ guid }])
  const [account, ...others] = await ledgerAccounts(guid)
  expect(others).toEqual([])
  expect(account).toMatchObject({ ledger: 1, code: 1, flags: 0 })
  expect(account?.user_data_128).toBe(await businessId("account-creation", runOf(uuid)))
  const read = await send(`GET /accounts/${uuid}`)
  expect(read).toMatchObject({ status: 200, body: { uuid, guid } })
}

/** A ledger id that nobody has. */
export function newGuid(): string {
  return BigInt(`0x${crypto.randomUUID().replaceAll("-", "")}`).toString()
}
