// Signed request: the bytes of one request for the relay, made before the clock runs.
// Owns: what the load looks like: transfers as workflows send them, between accounts that the load created.

import { createHash, createHmac, randomBytes } from "node:crypto"
import {
  AUDIENCE_HEADER,
  KEY_HEADER,
  NONCE_HEADER,
  requestText,
  SIGNATURE_HEADER,
  TIME_HEADER,
} from "../../../src/ledger/signature.ts"
import { operationPath, type RelayOperation } from "../../../src/ledger/wire.ts"
import type { BenchKey } from "./messages.ts"

const ACCOUNTS = 1_000
const ACCOUNTS_PER_REQUEST = 100

/** The same requests go to every server, so it names none of them. */
const AUDIENCE = "http://127.0.0.1"

/** Random, mostly 38 and 39 digits, as ids of accounts may be; new ones for each bench. */
const accountIds = Array.from({ length: ACCOUNTS }, () => String(randomId()))

/** Head and body in one piece. */
export function signedRequest(operation: RelayOperation, body: string, key: BenchKey): Buffer {
  const path = operationPath(operation)
  const timeMs = Date.now()
  const nonce = randomBytes(16).toString("hex")
  const bodyHash = createHash("sha256").update(body).digest("hex")
  const text = requestText({
    method: "POST",
    path,
    audience: AUDIENCE,
    timeMs,
    nonce,
    bodyHash,
  })
  const signature = createHmac("sha256", key.secret).update(text).digest("hex")
  const head = [
    `POST ${path} HTTP/1.1`,
    "host: 127.0.0.1",
    "content-type: application/json",
    `content-length: ${Buffer.byteLength(body)}`,
    `${KEY_HEADER}: ${key.id}`,
    `${AUDIENCE_HEADER}: ${AUDIENCE}`,
    `${TIME_HEADER}: ${timeMs}`,
    `${NONCE_HEADER}: ${nonce}`,
    `${SIGNATURE_HEADER}: ${signature}`,
  ]
  return Buffer.from(`${head.join("\r\n")}\r\n\r\n${body}`)
}

/** The accounts of the load, some in each body: a cluster in development mode takes no more. */
export function accountsBodies(): string[] {
  const accounts = accountIds.map((id) => ({ id, ledger: 1, code: 10 }))
  return Array.from({ length: ACCOUNTS / ACCOUNTS_PER_REQUEST }, (_, part) => {
    const first = part * ACCOUNTS_PER_REQUEST
    return JSON.stringify({ accounts: accounts.slice(first, first + ACCOUNTS_PER_REQUEST) })
  })
}

export function transfersBody(count: number): string {
  return JSON.stringify({ transfers: Array.from({ length: count }, makeTransfer) })
}

/** Six fields, and in every third a reference of the caller's. */
function makeTransfer(): Record<string, string | number> {
  const debit = Math.floor(Math.random() * ACCOUNTS)
  const credit = (debit + 1 + Math.floor(Math.random() * (ACCOUNTS - 1))) % ACCOUNTS
  const transfer: Record<string, string | number> = {
    id: transferId(),
    debit_account_id: accountIds[debit] ?? "",
    credit_account_id: accountIds[credit] ?? "",
    amount: String(1 + Math.floor(Math.random() * 100_000)),
    ledger: 1,
    code: 10,
  }
  if (debit % 3 === 0) transfer["user_data_128"] = String(randomId())
  return transfer
}

/** As a workflow's: the time, then 80 bits that differ. */
function transferId(): string {
  return String((BigInt(Date.now()) << 80n) | (randomId() >> 48n))
}

function randomId(): bigint {
  return BigInt(`0x${randomBytes(16).toString("hex")}`)
}
