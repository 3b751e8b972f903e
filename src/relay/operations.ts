// The relay's operations: from a validated body to one call of the ledger to the body of the answer.
// Owns: the table of operations and what a caller may put into their bodies.
//   O1. One request is one call to the ledger: callers' events are never put together, since chains and the
//       import rule reach over a whole call, and the answer goes by position.
import { AccountFlags, hasFlag, TransferFlags } from "../ledger/flags.ts"
import type { Ledger } from "../ledger/ledger.ts"
import * as wire from "../ledger/wire.ts"
import { type Answer, refusal } from "./answer.ts"

export interface BodyRules {
  readonly eventsMax: number
  /** Imported events rewrite the past; a relay takes them only for the time of a migration. */
  readonly imported: "allowed" | "refused"
}

/** A call ready to be made; its result is the answer's body. */
export type PreparedCall = (ledger: Ledger) => Promise<string>

export const OPERATIONS: ReadonlyMap<string, wire.RelayOperation> = new Map(
  (["create_accounts", "create_transfers", "lookup_accounts", "lookup_transfers"] as const).map(
    (operation) => [wire.operationPath(operation), operation],
  ),
)

/**
 * Reads a body; the answer instead of a call when it breaks a rule.
 * @throws WireError naming index, field and rule.
 */
export function prepareCall(
  operation: wire.RelayOperation,
  body: unknown,
  rules: BodyRules,
): PreparedCall | Answer {
  switch (operation) {
    case "create_accounts": {
      const accounts = wire.readAccountRequests(body, rules.eventsMax)
      const broken = checkImport("accounts", accounts, AccountFlags.imported, rules)
      if (broken !== undefined) return broken
      return async (ledger) => wire.writeOutcomes(await ledger.createAccounts(accounts))
    }
    case "create_transfers": {
      const transfers = wire.readTransferRequests(body, rules.eventsMax)
      const broken = checkImport("transfers", transfers, TransferFlags.imported, rules)
      if (broken !== undefined) return broken
      return async (ledger) => wire.writeOutcomes(await ledger.createTransfers(transfers))
    }
    case "lookup_accounts": {
      const ids = wire.readIds(body, rules.eventsMax)
      return async (ledger) => wire.writeAccounts(await ledger.lookupAccounts(ids))
    }
    case "lookup_transfers": {
      const ids = wire.readIds(body, rules.eventsMax)
      return async (ledger) => wire.writeTransfers(await ledger.lookupTransfers(ids))
    }
  }
}

function checkImport(
  name: string,
  events: readonly { readonly flags: number }[],
  importedFlag: number,
  rules: BodyRules,
): Answer | undefined {
  if (rules.imported === "allowed") return undefined
  const index = events.findIndex(({ flags }) => hasFlag(flags, importedFlag))
  if (index < 0) return undefined
  return refusal(403, "forbidden", `${name}[${index}].flags: this relay takes no imported events.`)
}
