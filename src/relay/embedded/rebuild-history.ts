// The history of accounts in a file that was written before histories were kept.
// Owns: running the stored transfers once more, on paper. Used by one migration; changes no account.
//   R1. An expiry counts from the moment it was due. For an imported transfer, whose own time lies before the
//       moment it was sent, the row may therefore still show as pending what had expired by then.
import type { DatabaseSync } from "node:sqlite"
import { isResolution } from "../../ledger/exists.ts"
import { AccountFlags, hasFlag, TransferFlags } from "../../ledger/flags.ts"
import type { Account, Transfer } from "../../ledger/records.ts"
import { type Accounts, afterPost, afterRelease, afterTransfer, expiryOf } from "./balance.ts"
import { accountFromRow, transferFromRow } from "./row.ts"

export function rebuildHistory(database: DatabaseSync): void {
  const insert = database.prepare("INSERT INTO account_balances VALUES (?, ?, ?, ?, ?, ?)")
  const paper = new Paper(database)
  const expiries = expiredTransfers(database)
  for (const transfer of transfersWithHistory(database)) {
    while (expiries[0] !== undefined && expiryOf(expiries[0]) < transfer.timestamp) {
      paper.release(expiries[0])
      expiries.shift()
    }
    const { debit, credit } = paper.apply(transfer)
    for (const account of [debit, credit]) {
      if (!hasFlag(account.flags, AccountFlags.history)) continue
      insert.run(
        account.timestamp,
        transfer.timestamp,
        `${account.debits_pending}`,
        `${account.debits_posted}`,
        `${account.credits_pending}`,
        `${account.credits_posted}`,
      )
    }
  }
}

/** The accounts as they were, beginning with nothing. */
class Paper {
  readonly #database: DatabaseSync
  readonly #accounts = new Map<bigint, Account>()
  readonly #pending = new Map<bigint, Transfer>()

  constructor(database: DatabaseSync) {
    this.#database = database
  }

  apply(transfer: Transfer): Accounts {
    const pending = isResolution(transfer.flags)
      ? this.#pending.get(transfer.pending_id)
      : undefined
    const before = this.#accountsOf(transfer)
    if (pending === undefined) {
      if (hasFlag(transfer.flags, TransferFlags.pending)) this.#pending.set(transfer.id, transfer)
      return this.#keep(afterTransfer(transfer, before))
    }
    this.#pending.delete(pending.id)
    return this.#keep(
      hasFlag(transfer.flags, TransferFlags.void_pending_transfer)
        ? afterRelease(pending, before)
        : afterPost(pending, transfer.amount, before),
    )
  }

  release(pending: Transfer): void {
    this.#pending.delete(pending.id)
    this.#keep(afterRelease(pending, this.#accountsOf(pending)))
  }

  #keep(after: Accounts): Accounts {
    for (const account of [after.debit, after.credit]) this.#accounts.set(account.id, account)
    return after
  }

  #accountsOf(transfer: Transfer): Accounts {
    return {
      debit: this.#account(transfer.debit_account_id),
      credit: this.#account(transfer.credit_account_id),
    }
  }

  #account(id: bigint): Account {
    const known = this.#accounts.get(id)
    if (known !== undefined) return known
    const row = this.#database.prepare("SELECT * FROM accounts WHERE id = ?").get(`${id}`)
    if (row === undefined) throw new Error(`The ledger file is damaged: account ${id} is missing.`)
    const nothing = { debits_pending: 0n, debits_posted: 0n, credits_pending: 0n }
    return { ...accountFromRow(row), ...nothing, credits_posted: 0n }
  }
}

const TOUCHES_HISTORY = `(debit_account_id IN history OR credit_account_id IN history)`
const WITH_HISTORY = `WITH history AS (SELECT id FROM accounts WHERE flags & ${AccountFlags.history})`

function transfersWithHistory(database: DatabaseSync): Transfer[] {
  return database
    .prepare(`${WITH_HISTORY} SELECT * FROM transfers WHERE ${TOUCHES_HISTORY} ORDER BY timestamp`)
    .all()
    .map(transferFromRow)
}

function expiredTransfers(database: DatabaseSync): Transfer[] {
  return database
    .prepare(
      `${WITH_HISTORY} SELECT transfers.* FROM transfers JOIN pending_transfers USING (timestamp)
       WHERE state = 'expired' AND ${TOUCHES_HISTORY} ORDER BY expires_at, timestamp`,
    )
    .all()
    .map(transferFromRow)
}
