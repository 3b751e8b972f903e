// Requests and answers of the relay, whole bodies.
// Owns: the operations with their paths, and the JSON around events, ids, outcomes and records.
// Version 1. A later operation is a new path; the content type leaves room for a binary form of the same bodies.
import { ACCOUNT_STATUSES } from "./account-status.ts"
import { U32_MAX, U64_MAX, U128_MAX } from "./integers.ts"
import { EVENTS_MAX } from "./limits.ts"
import type { Outcome, OutcomeClass, StatusFacts } from "./outcome.ts"
import type { Account, AccountRequest, Transfer, TransferRequest } from "./records.ts"
import type { AccountOutcome, TransferOutcome } from "./status-outcome.ts"
import { TRANSFER_STATUSES } from "./transfer-status.ts"
import {
  readArray,
  readDecimal,
  readInteger,
  readName,
  readObject,
  WireError,
} from "./wire-field.ts"
import * as record from "./wire-record.ts"

export type RelayOperation =
  "create_accounts" | "create_transfers" | "lookup_accounts" | "lookup_transfers"

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
  return readEach(body, "ids", (value, path) => readDecimal(value, path, U128_MAX), countMax)
}

export function writeOutcomes(outcomes: readonly Outcome<string>[]): string {
  return JSON.stringify({
    outcomes: outcomes.map((outcome) => ({ ...outcome, timestamp: String(outcome.timestamp) })),
  })
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

function readEach<Item>(
  body: unknown,
  name: string,
  read: (value: unknown, path: string) => Item,
  countMax: number = EVENTS_MAX,
): Item[] {
  const items = readArray(readObject(body, "body", [name])[name], name)
  // Before any of them is read: a million empty objects fit into a body.
  if (items.length > countMax) {
    throw new WireError(name, `at most ${countMax} entries`, items.length)
  }
  return items.map((item, index) => read(item, `${name}[${index}]`))
}

function writeEach<Item>(
  items: readonly Item[],
  name: string,
  write: (item: Item, path: string) => unknown,
): string {
  return JSON.stringify({ [name]: items.map((item, index) => write(item, `${name}[${index}]`)) })
}

const OUTCOME_FIELDS = ["class", "status", "statusNumber", "timestamp"]
const OUTCOME_CLASSES: readonly OutcomeClass[] = ["success", "rejected", "conflict", "invalid"]

function readOutcomes<Status extends string>(
  body: unknown,
  count: number,
  table: Readonly<Record<Status, StatusFacts>>,
): Outcome<Status>[] {
  const names = Object.keys(table) as Status[]
  const outcomes = readEach(body, "outcomes", (value, path): Outcome<Status> => {
    const source = readObject(value, path, OUTCOME_FIELDS)
    const status = readName(source["status"], `${path}.status`, names)
    const statusNumber = readInteger(source["statusNumber"], `${path}.statusNumber`, U32_MAX, "")
    if (statusNumber !== table[status].number) {
      throw new WireError(`${path}.statusNumber`, `${table[status].number}`, statusNumber)
    }
    return {
      class: readName(source["class"], `${path}.class`, OUTCOME_CLASSES),
      status,
      statusNumber,
      timestamp: readDecimal(source["timestamp"], `${path}.timestamp`, U64_MAX),
    }
  })
  if (outcomes.length !== count)
    throw new WireError("outcomes", `${count} entries`, outcomes.length)
  return outcomes
}
