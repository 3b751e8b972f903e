// What one key may do: which operations, on which ledgers, with which codes, and whether it may import.
// Owns: the rights and their checks on what a caller sends. What a caller may see is `ledger-view.ts`'s.
//   K1. What is not allowed is refused whole, before anything is submitted, naming index and field.
//   K2. A key with rights for some ledgers names the ledger in every event: a post or void that leaves it out
//       would inherit one, and nobody would have checked which.
// A fence burns an id whatever its ledger would have been: it is a matter of the operation's right alone.
import type { QueryFilter } from "../../ledger/filters.ts"
import { AccountFlags, hasFlag, TransferFlags } from "../../ledger/flags.ts"
import type { AccountRequest, TransferRequest } from "../../ledger/records.ts"
import type { RelayOperation } from "../../ledger/wire.ts"

export type Permission = "allowed" | "refused"

/** `undefined`: no restriction. */
export interface KeyRights {
  readonly operations?: ReadonlySet<RelayOperation>
  readonly ledgers?: ReadonlySet<number>
  readonly codes?: ReadonlySet<number>
  /** Imported events rewrite the past; the relay as a whole must be told to take them, too. */
  readonly imported: Permission
}

/** A secret with what it is good for. */
export interface KeyGrant {
  readonly secret: string
  readonly rights: KeyRights
}

export const EVERY_RIGHT: KeyRights = { imported: "allowed" }

/** Why this key may not do this at all; `undefined` when it may. */
export function missingOperationRight(
  rights: KeyRights,
  operation: RelayOperation,
): string | undefined {
  const named = rights.operations?.has(operation)
  // Ids know no ledgers: a fence may burn another ledger's. Who is held to some ledgers fences only where it is said.
  const allowed = named ?? !(operation === "fence_transfer" && rights.ledgers !== undefined)
  return allowed ? undefined : `This key has no right to ${operation}.`
}

/** Why this key may not create one of these accounts, as `accounts[2].ledger: …`. */
export function missingAccountRight(
  rights: KeyRights,
  accounts: readonly AccountRequest[],
  relayImports: Permission,
): string | undefined {
  return missingEventRight(rights, accounts, relayImports, ACCOUNTS)
}

/** Why this key may not create one of these transfers, as `transfers[2].ledger: …`. */
export function missingTransferRight(
  rights: KeyRights,
  transfers: readonly TransferRequest[],
  relayImports: Permission,
): string | undefined {
  return missingEventRight(rights, transfers, relayImports, TRANSFERS)
}

/** Why this key may not ask this of all ledgers. */
export function missingQueryRight(rights: KeyRights, filter: QueryFilter): string | undefined {
  const { ledgers } = rights
  if (ledgers?.has(filter.ledger) !== false) return undefined
  if (filter.ledger !== 0) return `filter.ledger: ${noRightTo("ledger", filter.ledger)}`
  return `filter.ledger: this key must name one of its ledgers (${[...ledgers].join(", ")}).`
}

interface EventKind {
  readonly name: "accounts" | "transfers"
  readonly importedFlag: number
  /** Flags of events that take over ledger and code of another one where they name none. */
  readonly inheritingFlags: number
}

const ACCOUNTS: EventKind = {
  name: "accounts",
  importedFlag: AccountFlags.imported,
  inheritingFlags: 0,
}

const TRANSFERS: EventKind = {
  name: "transfers",
  importedFlag: TransferFlags.imported,
  inheritingFlags: TransferFlags.post_pending_transfer | TransferFlags.void_pending_transfer,
}

interface RestrictedEvent {
  readonly ledger: number
  readonly code: number
  readonly flags: number
}

function missingEventRight(
  rights: KeyRights,
  events: readonly RestrictedEvent[],
  relayImports: Permission,
  kind: EventKind,
): string | undefined {
  const { ledgers, codes } = rights
  const imports = importRefusal(rights, relayImports)
  if (ledgers === undefined && codes === undefined && imports === undefined) return undefined
  // On the way of every event: nothing is put together before one of them is refused.
  const index = events.findIndex(
    ({ ledger, code, flags }) =>
      (imports !== undefined && hasFlag(flags, kind.importedFlag)) ||
      ledgers?.has(ledger) === false ||
      codes?.has(code) === false,
  )
  const event = events[index]
  if (event === undefined) return undefined
  const path = `${kind.name}[${index}]`
  if (imports !== undefined && hasFlag(event.flags, kind.importedFlag)) {
    return `${path}.flags: ${imports}`
  }
  const field = ledgers?.has(event.ledger) === false ? "ledger" : "code"
  const inherits = event[field] === 0 && (event.flags & kind.inheritingFlags) !== 0
  if (!inherits) return `${path}.${field}: ${noRightTo(field, event[field])}`
  return `${path}.${field}: this key must name the ${field} of the pending transfer; left out, it would be inherited unchecked.`
}

function importRefusal(rights: KeyRights, relayImports: Permission): string | undefined {
  if (relayImports === "refused") return "this relay takes no imported events."
  if (rights.imported === "refused") return "this key has no right to imported events."
  return undefined
}

function noRightTo(field: "ledger" | "code", value: number): string {
  return `this key has no right to ${field} ${value}.`
}
