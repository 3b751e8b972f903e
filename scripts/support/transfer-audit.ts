// Transfer audit: whether ledger, bank and what callers were told agree about ledger transfers, unit for unit.
// Owns: the rules. Pure: everything it looks at is handed to it, and what it finds is a list of sentences.
//   A1. Every accepted transfer has ended, as `committed`, `compensated` or `rejected`.
//   A2. Committed: one payout of the amount to the right bank account and none taken back; the amount has left the source
//       in the ledger once. Anything else: nothing remains on either side.
//   A3. Nothing is pending, the ledger's books balance, and no entry or record belongs to nobody.
//   A4. What a bank account got is what stands on its clearing account in the ledger.

import { businessId } from "../../src/ledger/deterministic-id.ts"
import { AccountFlags, hasFlag, TransferFlags } from "../../src/ledger/flags.ts"
import type { Account, Transfer } from "../../src/ledger/records.ts"

/** One transfer as its caller wants it. */
export interface WantedTransfer {
  readonly id: string
  /** As the request names it: a UUID, or a ledger account id in decimal. */
  readonly source: string
  readonly bankAccount: string
  readonly amount: number
  readonly reservationSeconds?: number
  /** What is to go wrong inside the Worker, in the form of the header `x-belay-fault`. */
  readonly fault?: string
}

/** A line of a bank account; the amount is negative when it was taken out. */
export interface BankEntry {
  readonly opId: string
  readonly amount: number
}

export interface BankAccount {
  readonly balance: number
  readonly entries: readonly BankEntry[]
}

export interface Books {
  /** Those whose start was accepted. */
  readonly wanted: readonly WantedTransfer[]
  /** What each ended as, by its id. */
  readonly statuses: ReadonlyMap<string, unknown>
  readonly bankAccounts: ReadonlyMap<string, BankAccount>
  readonly accounts: readonly Account[]
  readonly transfers: readonly Transfer[]
  /** The ledger account a source's name stands for. */
  readonly accountOf: (source: string) => bigint
  /** Of the transfers that brought money into the sources. */
  readonly fundings: ReadonlySet<bigint>
}

const ENDS: readonly unknown[] = ["committed", "compensated", "rejected"]

/** What is wrong; nothing when all is well. */
export async function audit(books: Books): Promise<string[]> {
  const marks = new Map<bigint, WantedTransfer>()
  for (const wanted of books.wanted) {
    marks.set(await businessId("ledger-transfer", `ledger-transfer-${wanted.id}`), wanted)
  }
  return [
    ...books.wanted.flatMap((wanted) => auditEnd(books, wanted)),
    ...auditBank(books),
    ...auditLedger(books, marks),
    ...auditAccounts(books.accounts),
    ...auditClearing(books, marks),
  ]
}

function auditEnd({ statuses }: Books, { id }: WantedTransfer): string[] {
  const status = statuses.get(id)
  return ENDS.includes(status) ? [] : [`${id}: has not ended, it is ${String(status)}`]
}

function auditBank({ wanted, statuses, bankAccounts }: Books): string[] {
  const findings: string[] = []
  const owned = new Set(["opening"])
  for (const { id, bankAccount, amount } of wanted) {
    owned.add(`${id}-payout`).add(`${id}-payback`)
    const found = [...bankAccounts].flatMap(([name, { entries }]) =>
      entries
        .filter(({ opId }) => opId === `${id}-payout` || opId === `${id}-payback`)
        .map((entry) => `${name} ${entry.opId} ${entry.amount}`),
    )
    const paid = [`${bankAccount} ${id}-payout ${amount}`]
    const right =
      statuses.get(id) === "committed"
        ? [paid]
        : [[], [...paid, `${bankAccount} ${id}-payback ${-amount}`]]
    if (!right.some((entries) => entries.join() === found.join())) {
      findings.push(`${id}: is ${String(statuses.get(id))}, the bank has [${found.join("; ")}]`)
    }
  }
  for (const [name, { balance, entries }] of bankAccounts) {
    const sum = entries.reduce((total, { amount }) => total + amount, 0)
    if (sum !== balance) findings.push(`bank account ${name}: ${balance}, its entries ${sum}`)
    for (const { opId } of entries) {
      if (!owned.has(opId)) findings.push(`bank account ${name}: ${opId} belongs to nobody`)
    }
  }
  return findings
}

function auditLedger(books: Books, marks: ReadonlyMap<bigint, WantedTransfer>): string[] {
  const findings: string[] = []
  const moved = new Map<string, Transfer[]>()
  for (const transfer of books.transfers) {
    const wanted = marks.get(transfer.user_data_128)
    if (wanted !== undefined) {
      if (isMovement(transfer)) moved.set(wanted.id, [...(moved.get(wanted.id) ?? []), transfer])
    } else if (!books.fundings.has(transfer.id)) {
      findings.push(`ledger transfer ${transfer.id}: belongs to nobody`)
    }
  }
  for (const { id, source, amount } of books.wanted) {
    const movements = moved.get(id) ?? []
    const status = books.statuses.get(id)
    const isRight =
      status === "committed"
        ? movements.length === 1 &&
          movements[0]?.amount === BigInt(amount) &&
          movements[0].debit_account_id === books.accountOf(source)
        : movements.length === 0
    const told = movements.map((transfer) => `${transfer.id}: ${transfer.amount}`)
    if (!isRight) {
      findings.push(`${id}: is ${String(status)} of ${amount}, the ledger moved [${told.join()}]`)
    }
  }
  return findings
}

function auditAccounts(accounts: readonly Account[]): string[] {
  const findings: string[] = []
  let difference = 0n
  for (const account of accounts) {
    const { id, debits_posted, credits_posted, debits_pending, credits_pending, flags } = account
    difference += debits_posted - credits_posted
    if (debits_pending !== 0n || credits_pending !== 0n) {
      findings.push(`ledger account ${id}: pending ${debits_pending} and ${credits_pending}`)
    }
    const isLimited = hasFlag(flags, AccountFlags.debits_must_not_exceed_credits)
    if (isLimited && debits_posted > credits_posted) {
      findings.push(`ledger account ${id}: ${credits_posted} in, ${debits_posted} out`)
    }
  }
  if (difference !== 0n) findings.push(`ledger: debits and credits differ by ${difference}`)
  return findings
}

function auditClearing(books: Books, marks: ReadonlyMap<bigint, WantedTransfer>): string[] {
  const clearings = new Map<bigint, string>()
  for (const { user_data_128, credit_account_id } of books.transfers) {
    const wanted = marks.get(user_data_128)
    if (wanted !== undefined) clearings.set(credit_account_id, wanted.bankAccount)
  }
  return [...clearings].flatMap(([id, name]) => {
    const account = books.accounts.find((candidate) => candidate.id === id)
    const stands = (account?.credits_posted ?? 0n) - (account?.debits_posted ?? 0n)
    const entries = books.bankAccounts.get(name)?.entries ?? []
    const got = entries
      .filter(({ opId }) => /-pay(?:out|back)$/.test(opId))
      .reduce((sum, { amount }) => sum + BigInt(amount), 0n)
    return stands === got ? [] : [`clearing account ${id} of ${name}: ${stands}, the bank ${got}`]
  })
}

/** A reservation moves nothing, and neither does its release. */
function isMovement({ flags }: Transfer): boolean {
  return (
    !hasFlag(flags, TransferFlags.pending) && !hasFlag(flags, TransferFlags.void_pending_transfer)
  )
}
