// What a transfer does to the two accounts it touches.
// Owns: balances, limits and the closed flag, as values: nothing here reads or writes the store.
//   B1. Debits equal credits, pending and posted, over all accounts, after every function here.
//   B2. No sum exceeds 128 bits: `overflow` is asked first.
import { AccountFlags, hasFlag, TransferFlags } from "../../ledger/flags.ts"
import { NANOSECONDS_PER_SECOND, U63_MAX, U128_MAX } from "../../ledger/integers.ts"
import type { Account, Transfer, TransferRequest } from "../../ledger/records.ts"
import type { TransferStatus } from "../../ledger/transfer-status.ts"

export interface Accounts {
  readonly debit: Account
  readonly credit: Account
}

/** The amount a transfer moves: less than asked for when it balances an account. */
export function amountToMove(request: TransferRequest, { debit, credit }: Accounts): bigint {
  let amount = request.amount
  if (hasFlag(request.flags, TransferFlags.balancing_debit)) {
    amount = least(amount, debit.credits_posted - debit.debits_posted - debit.debits_pending)
  }
  if (hasFlag(request.flags, TransferFlags.balancing_credit)) {
    amount = least(amount, credit.debits_posted - credit.credits_posted - credit.credits_pending)
  }
  return amount
}

function least(amount: bigint, room: bigint): bigint {
  const moved = amount < room ? amount : room
  return moved < 0n ? 0n : moved
}

/** When a pending transfer of this time and timeout expires, in ns; may lie beyond the end of time. */
export function expiryOf(transfer: Transfer): bigint {
  return transfer.timestamp + BigInt(transfer.timeout) * NANOSECONDS_PER_SECOND
}

/** The status of the first sum that would not fit, if any. */
export function overflow(transfer: Transfer, accounts: Accounts): TransferStatus | undefined {
  const { debit, credit } = accounts
  const exceeds = (sum: bigint) => sum + transfer.amount > U128_MAX
  if (isPending(transfer)) {
    if (exceeds(debit.debits_pending)) return "overflows_debits_pending"
    if (exceeds(credit.credits_pending)) return "overflows_credits_pending"
  }
  if (exceeds(debit.debits_posted)) return "overflows_debits_posted"
  if (exceeds(credit.credits_posted)) return "overflows_credits_posted"
  if (exceeds(debit.debits_pending + debit.debits_posted)) return "overflows_debits"
  if (exceeds(credit.credits_pending + credit.credits_posted)) return "overflows_credits"
  if (expiryOf(transfer) > U63_MAX) return "overflows_timeout"
  return undefined
}

/** The status of the first limit the transfer would break, if any. */
export function limitBroken(
  transfer: Transfer,
  { debit, credit }: Accounts,
): TransferStatus | undefined {
  const debits = debit.debits_pending + debit.debits_posted + transfer.amount
  if (
    hasFlag(debit.flags, AccountFlags.debits_must_not_exceed_credits) &&
    debits > debit.credits_posted
  ) {
    return "exceeds_credits"
  }
  const credits = credit.credits_pending + credit.credits_posted + transfer.amount
  if (
    hasFlag(credit.flags, AccountFlags.credits_must_not_exceed_debits) &&
    credits > credit.debits_posted
  ) {
    return "exceeds_debits"
  }
  return undefined
}

/** The accounts after a new transfer, pending or not; a closing one closes. */
export function afterTransfer(transfer: Transfer, { debit, credit }: Accounts): Accounts {
  const { amount } = transfer
  return isPending(transfer)
    ? {
        debit: {
          ...debit,
          debits_pending: debit.debits_pending + amount,
          flags: debit.flags | closedBit(transfer, TransferFlags.closing_debit),
        },
        credit: {
          ...credit,
          credits_pending: credit.credits_pending + amount,
          flags: credit.flags | closedBit(transfer, TransferFlags.closing_credit),
        },
      }
    : post(amount, { debit, credit })
}

/** The accounts after a pending transfer was posted, in part or in full. */
export function afterPost(pending: Transfer, amount: bigint, accounts: Accounts): Accounts {
  return post(amount, withoutPending(pending, accounts))
}

/** The accounts after a pending transfer was voided or expired; what it closed is open again. */
export function afterRelease(pending: Transfer, accounts: Accounts): Accounts {
  const { debit, credit } = withoutPending(pending, accounts)
  return {
    debit: { ...debit, flags: debit.flags & ~closedBit(pending, TransferFlags.closing_debit) },
    credit: { ...credit, flags: credit.flags & ~closedBit(pending, TransferFlags.closing_credit) },
  }
}

export function isPending(transfer: Transfer): boolean {
  return hasFlag(transfer.flags, TransferFlags.pending)
}

export function isClosed(account: Account): boolean {
  return hasFlag(account.flags, AccountFlags.closed)
}

function withoutPending(pending: Transfer, { debit, credit }: Accounts): Accounts {
  return {
    debit: { ...debit, debits_pending: debit.debits_pending - pending.amount },
    credit: { ...credit, credits_pending: credit.credits_pending - pending.amount },
  }
}

function post(amount: bigint, { debit, credit }: Accounts): Accounts {
  return {
    debit: { ...debit, debits_posted: debit.debits_posted + amount },
    credit: { ...credit, credits_posted: credit.credits_posted + amount },
  }
}

function closedBit(transfer: Transfer, closing: number): number {
  return hasFlag(transfer.flags, closing) ? AccountFlags.closed : 0
}
