// The relay's operations: from a validated body to one call of the ledger to the body of the answer.
// Owns: the table of operations and what a caller may put into their bodies.
//   O1. One request is one call to the ledger: callers' events are never put together, since chains and the
//       import rule reach over a whole call, and the answer goes by position.
//   O2. The accounts a fence names are never created: that they are missing is what a fence rests on.
import { FENCE_ACCOUNTS } from "../ledger/fence.ts"
import { brokenAccountFilterRule, brokenQueryFilterRule } from "../ledger/filter-check.ts"
import type { AccountFilter, QueryFilter } from "../ledger/filters.ts"
import type { Ledger } from "../ledger/ledger.ts"
import type { AccountRequest } from "../ledger/records.ts"
import * as wire from "../ledger/wire.ts"
import { WireError } from "../ledger/wire-field.ts"
import * as wireQuery from "../ledger/wire-query.ts"
import { type Answer, refusal } from "./answer.ts"
import {
  type KeyRights,
  missingAccountRight,
  missingQueryRight,
  missingTransferRight,
  type Permission,
} from "./access/key-rights.ts"

export interface BodyRules {
  readonly eventsMax: number
  /** Imported events rewrite the past; a relay takes them only for the time of a migration. */
  readonly imported: Permission
}

/** A call ready to be made. */
export interface PreparedCall {
  /** Events, ids or records asked for: what it weighs while it is in flight. */
  readonly events: number
  /** Makes it; the result is the answer's body. */
  readonly run: (ledger: Ledger) => Promise<string>
}

export const OPERATIONS: ReadonlyMap<string, wire.RelayOperation> = new Map(
  wire.RELAY_OPERATIONS.map((operation) => [wire.operationPath(operation), operation]),
)

/**
 * Reads a body; the answer instead of a call when it breaks a rule or lacks a right.
 * @throws WireError naming index, field and rule.
 */
export function prepareCall(
  operation: wire.RelayOperation,
  body: unknown,
  rules: BodyRules,
  rights: KeyRights,
): PreparedCall | Answer {
  const { eventsMax, imported } = rules
  switch (operation) {
    case "create_accounts": {
      const accounts = wire.readAccountRequests(body, eventsMax)
      refuseFenceAccounts(accounts)
      const missing = missingAccountRight(rights, accounts, imported)
      if (missing !== undefined) return refusal(403, "forbidden", missing)
      return prepared(accounts.length, async (ledger) => {
        return wire.writeOutcomes(await ledger.createAccounts(accounts))
      })
    }
    case "create_transfers": {
      const transfers = wire.readTransferRequests(body, eventsMax)
      const missing = missingTransferRight(rights, transfers, imported)
      if (missing !== undefined) return refusal(403, "forbidden", missing)
      return prepared(transfers.length, async (ledger) => {
        return wire.writeOutcomes(await ledger.createTransfers(transfers))
      })
    }
    case "lookup_accounts": {
      const ids = wire.readIds(body, eventsMax)
      return prepared(ids.length, async (ledger) => {
        return wire.writeAccounts(await ledger.lookupAccounts(ids))
      })
    }
    case "lookup_transfers": {
      const ids = wire.readIds(body, eventsMax)
      return prepared(ids.length, async (ledger) => {
        return wire.writeTransfers(await ledger.lookupTransfers(ids))
      })
    }
    case "get_account_transfers": {
      const filter = readAccountFilter(body, rules)
      return prepared(filter.limit, async (ledger) => {
        return wire.writeTransfers(await ledger.getAccountTransfers(filter))
      })
    }
    case "get_account_balances": {
      const filter = readAccountFilter(body, rules)
      return prepared(filter.limit, async (ledger) => {
        return wireQuery.writeBalances(await ledger.getAccountBalances(filter))
      })
    }
    case "query_accounts": {
      const filter = readQueryFilter(body, rules)
      const missing = missingQueryRight(rights, filter)
      if (missing !== undefined) return refusal(403, "forbidden", missing)
      return prepared(filter.limit, async (ledger) => {
        return wire.writeAccounts(await ledger.queryAccounts(filter))
      })
    }
    case "query_transfers": {
      const filter = readQueryFilter(body, rules)
      const missing = missingQueryRight(rights, filter)
      if (missing !== undefined) return refusal(403, "forbidden", missing)
      return prepared(filter.limit, async (ledger) => {
        return wire.writeTransfers(await ledger.queryTransfers(filter))
      })
    }
    case "fence_transfer": {
      const id = wireQuery.readFenceId(body)
      return prepared(1, async (ledger) => wireQuery.writeFence(await ledger.fenceTransfer(id)))
    }
  }
}

function prepared(events: number, run: PreparedCall["run"]): PreparedCall {
  return { events, run }
}

function readAccountFilter(body: unknown, rules: BodyRules): AccountFilter {
  const filter = wireQuery.readAccountFilter(body)
  const broken = brokenAccountFilterRule(filter, rules.eventsMax)
  if (broken !== undefined) throw new WireError(broken)
  return filter
}

function readQueryFilter(body: unknown, rules: BodyRules): QueryFilter {
  const filter = wireQuery.readQueryFilter(body)
  const broken = brokenQueryFilterRule(filter, rules.eventsMax)
  if (broken !== undefined) throw new WireError(broken)
  return filter
}

function refuseFenceAccounts(accounts: readonly AccountRequest[]): void {
  const index = accounts.findIndex(({ id }) => FENCE_ACCOUNTS.includes(id))
  if (index < 0) return
  throw new WireError(
    `accounts[${index}].id: expected an id that no fence rests on, got ${accounts[index]?.id}`,
  )
}
