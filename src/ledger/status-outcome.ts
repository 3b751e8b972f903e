// From a status, by name or by number, to an outcome.
// Owns: the way through the two tables. A number that no table knows is `undefined`, never a guess.
import { ACCOUNT_STATUSES, type AccountStatus } from "./account-status.ts"
import type { Outcome, StatusFacts } from "./outcome.ts"
import { TRANSFER_STATUSES, type TransferStatus } from "./transfer-status.ts"

export type AccountOutcome = Outcome<AccountStatus>
export type TransferOutcome = Outcome<TransferStatus>

const accountStatusesByNumber = indexByNumber(ACCOUNT_STATUSES)
const transferStatusesByNumber = indexByNumber(TRANSFER_STATUSES)

/** The outcome with the class its status has by itself (a chain may change it, see `chain.ts`). */
export function accountOutcome(status: AccountStatus, timestamp: bigint): AccountOutcome {
  const facts = ACCOUNT_STATUSES[status]
  return { class: facts.class, status, statusNumber: facts.number, timestamp }
}

/** The outcome with the class its status has by itself (a chain may change it, see `chain.ts`). */
export function transferOutcome(status: TransferStatus, timestamp: bigint): TransferOutcome {
  const facts = TRANSFER_STATUSES[status]
  return { class: facts.class, status, statusNumber: facts.number, timestamp }
}

export function accountStatusByNumber(statusNumber: number): AccountStatus | undefined {
  return accountStatusesByNumber.get(statusNumber)
}

export function transferStatusByNumber(statusNumber: number): TransferStatus | undefined {
  return transferStatusesByNumber.get(statusNumber)
}

/** Whether a transfer that got this status can never be created under the same id. */
export function burnsId(status: TransferStatus): boolean {
  const facts: StatusFacts = TRANSFER_STATUSES[status]
  return facts.burnsId === true
}

function indexByNumber<Name extends string>(
  table: Readonly<Record<Name, StatusFacts>>,
): ReadonlyMap<number, Name> {
  const index = new Map<number, Name>()
  for (const name in table) index.set(table[name].number, name)
  return index
}
