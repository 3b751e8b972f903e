// Queries and the fence on the relay's wire, whole bodies.
// Owns: the JSON around filters, balances and the fence. Events, ids and outcomes are `wire.ts`'s.
import type { FenceOutcome, FenceResult } from "./fence.ts"
import type { AccountBalance, AccountFilter, QueryFilter } from "./filters.ts"
import { U64_MAX, U128_MAX } from "./integers.ts"
import { TRANSFER_STATUSES, type TransferStatus } from "./transfer-status.ts"
import { readEach, writeEach } from "./wire.ts"
import { readDecimal, readName, readObject, readStatusNumber, within } from "./wire-field.ts"
import * as record from "./wire-record.ts"

export function writeAccountFilter(filter: AccountFilter): string {
  return writeFilter(() => record.writeAccountFilter(filter))
}

export function readAccountFilter(body: unknown): AccountFilter {
  return readFilter(body, record.readAccountFilter)
}

export function writeQueryFilter(filter: QueryFilter): string {
  return writeFilter(() => record.writeQueryFilter(filter))
}

export function readQueryFilter(body: unknown): QueryFilter {
  return readFilter(body, record.readQueryFilter)
}

function readFilter<Filter>(body: unknown, read: (value: unknown) => Filter): Filter {
  const filter = readObject(body, "body", ["filter"])["filter"]
  return within("filter", () => read(filter))
}

function writeFilter(write: () => string): string {
  return `{"filter":${within("filter", write)}}`
}

export function writeBalances(balances: readonly AccountBalance[]): string {
  return writeEach(balances, "balances", record.writeBalance)
}

export function readBalances(body: unknown): AccountBalance[] {
  return readEach(body, "balances", record.readBalance)
}

export function writeFenceId(id: bigint): string {
  return JSON.stringify({ id: String(id) })
}

export function readFenceId(body: unknown): bigint {
  return readDecimal(readObject(body, "body", ["id"])["id"], "id", U128_MAX)
}

export function writeFence(fence: FenceOutcome): string {
  return JSON.stringify({ fence: { ...fence, timestamp: String(fence.timestamp) } })
}

const FENCE_FIELDS = ["result", "status", "statusNumber", "timestamp"]
const FENCE_RESULTS: readonly FenceResult[] = ["fenced", "already_failed", "committed"]
const STATUSES = Object.keys(TRANSFER_STATUSES) as TransferStatus[]

export function readFenceOutcome(body: unknown): FenceOutcome {
  const fence = readObject(body, "body", ["fence"])["fence"]
  const source = readObject(fence, "fence", FENCE_FIELDS)
  const status = readName(source["status"], "fence.status", STATUSES)
  return {
    result: readName(source["result"], "fence.result", FENCE_RESULTS),
    status,
    statusNumber: readStatusNumber(
      source["statusNumber"],
      "fence.statusNumber",
      TRANSFER_STATUSES[status],
    ),
    timestamp: readDecimal(source["timestamp"], "fence.timestamp", U64_MAX),
  }
}
