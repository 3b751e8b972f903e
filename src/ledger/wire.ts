// Requests and answers of the relay, whole bodies.
// Owns: the operations with their paths, and the JSON around events, ids, outcomes and records.
// Version 1. A later operation is a new path; the content type leaves room for a binary form of the same bodies.
import { ACCOUNT_STATUSES } from "./account-status.ts"
import { U64_MAX, U128_MAX } from "./integers.ts"
import { EVENTS_MAX } from "./limits.ts"
import type { Outcome, OutcomeClass, StatusFacts } from "./outcome.ts"
import type { Account, AccountRequest, Transfer, TransferRequest } from "./records.ts"
import type { AccountOutcome, TransferOutcome } from "./status-outcome.ts"
import { TRANSFER_STATUSES } from "./transfer-status.ts"
import {
  inside,
  readArray,
  readDecimal,
  readName,
  readObject,
  readStatusNumber,
  wireError,
} from "./wire-field.ts"
import * as record from "./wire-record.ts"

export const RELAY_OPERATIONS = [
  "create_accounts",
  "create_transfers",
  "lookup_accounts",
  "lookup_transfers",
  "get_account_transfers",
  "get_account_balances",
  "query_accounts",
  "query_transfers",
  "fence_transfer",
] as const

export type RelayOperation = (typeof RELAY_OPERATIONS)[number]

export const CONTENT_TYPE = "application/json"

/** Where an operation is asked for, always with POST. */
export function operationPath(operation: RelayOperation): string {
  return `/v1/${operation}`
}

/** The body of a refusal or failure; `submitted` says whether the events may have reached the ledger. */
export interface WireFailure {
  readonly error: { readonly code: string; readonly message: string }
  readonly submitted: boolean
  readonly outcome?: "unknown"
}

export function writeAccountRequests(accounts: readonly AccountRequest[]): string {
  return writeEach(accounts, "accounts", record.writeAccountRequest)
}

export function readAccountRequests(body: unknown, countMax?: number): AccountRequest[] {
  return readEach(body, "accounts", record.readAccountRequest, countMax)
}

export function writeTransferRequests(transfers: readonly TransferRequest[]): string {
  return writeEach(transfers, "transfers", record.writeTransferRequest)
}

export function readTransferRequests(body: unknown, countMax?: number): TransferRequest[] {
  return readEach(body, "transfers", record.readTransferRequest, countMax)
}

export function writeIds(ids: readonly bigint[]): string {
  return JSON.stringify({ ids: ids.map(String) })
}

export function readIds(body: unknown, countMax?: number): bigint[] {
  return readEach(body, "ids", (value) => readDecimal(value, "", U128_MAX), countMax)
}

export function writeOutcomes(outcomes: readonly Outcome<string>[]): string {
  let text = ""
  let previous: Outcome<string> | undefined
  let start = ""
  for (const outcome of outcomes) {
    // Neighbours are mostly alike but for the time.
    if (previous?.status !== outcome.status || previous.class !== outcome.class) {
      start = writeOutcomeStart(outcome)
    }
    if (previous !== undefined) text += ","
    text += `${start}${outcome.timestamp}"}`
    previous = outcome
  }
  return `{"outcomes":[${text}]}`
}

// Names of our own tables: nothing in them needs to be escaped.
function writeOutcomeStart(outcome: Outcome<string>): string {
  return `{"class":"${outcome.class}","status":"${outcome.status}","statusNumber":${outcome.statusNumber},"timestamp":"`
}

/** @throws WireError also when there is not one outcome for each of the `count` events. */
export function readAccountOutcomes(body: unknown, count: number): AccountOutcome[] {
  return readOutcomes(body, count, ACCOUNT_STATUSES)
}

/** @throws WireError also when there is not one outcome for each of the `count` events. */
export function readTransferOutcomes(body: unknown, count: number): TransferOutcome[] {
  return readOutcomes(body, count, TRANSFER_STATUSES)
}

export function writeAccounts(accounts: readonly Account[]): string {
  return writeEach(accounts, "accounts", record.writeAccount)
}

export function readAccounts(body: unknown): Account[] {
  return readEach(body, "accounts", record.readAccount)
}

export function writeTransfers(transfers: readonly Transfer[]): string {
  return writeEach(transfers, "transfers", record.writeTransfer)
}

export function readTransfers(body: unknown): Transfer[] {
  return readEach(body, "transfers", record.readTransfer)
}

/**
 * The list under `name`, and nothing beside it.
 * @param read throws WireErrors without a place; they get the entry's.
 */
export function readEach<Item>(
  body: unknown,
  name: string,
  read: (value: unknown) => Item,
  countMax: number = EVENTS_MAX,
): Item[] {
  const items = readArray(readObject(body, "body", [name])[name], name)
  // Before any of them is read: a million empty objects fit into a body.
  if (items.length > countMax) {
    throw wireError(name, `at most ${countMax} entries`, items.length)
  }
  return eachInside(items, name, read)
}

/** @param write makes JSON text, or throws WireErrors without a place; they get the entry's. */
export function writeEach<Item>(
  items: readonly Item[],
  name: string,
  write: (item: Item) => string,
): string {
  return `{"${name}":[${eachInside(items, name, write).join(",")}]}`
}

function eachInside<From, To>(
  items: readonly From[],
  name: string,
  change: (item: From) => To,
): To[] {
  let at = 0
  try {
    return items.map((item, index) => {
      at = index
      return change(item)
    })
  } catch (error) {
    throw inside(`${name}[${at}]`, error)
  }
}

const OUTCOME_FIELDS = ["class", "status", "statusNumber", "timestamp"]
const OUTCOME_CLASSES: readonly OutcomeClass[] = ["success", "rejected", "conflict", "invalid"]

function readOutcomes<Status extends string>(
  body: unknown,
  count: number,
  table: Readonly<Record<Status, StatusFacts>>,
): Outcome<Status>[] {
  const names = Object.keys(table) as Status[]
  const outcomes = readEach(body, "outcomes", (value): Outcome<Status> => {
    const source = readObject(value, "", OUTCOME_FIELDS)
    const status = readName(source["status"], ".status", names)
    return {
      class: readName(source["class"], ".class", OUTCOME_CLASSES),
      status,
      statusNumber: readStatusNumber(source["statusNumber"], ".statusNumber", table[status]),
      timestamp: readDecimal(source["timestamp"], ".timestamp", U64_MAX),
    }
  })
  if (outcomes.length !== count) throw wireError("outcomes", `${count} entries`, outcomes.length)
  return outcomes
}
