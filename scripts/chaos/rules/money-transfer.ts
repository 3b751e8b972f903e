// Money transfer: the rules the bank's accounts are audited by. Pure.
//   M1. Committed: one debit and one credit. Compensated: one debit and its reversal. Rejected: nothing.
//   M2. An account is the sum of its entries and not below zero; no entry belongs to nobody.
//   M3. All accounts together hold what was deposited.

import { member } from "../../support/json-client.ts"
import type { BankAccount } from "../../support/transfer-audit.ts"
import { endFindings, type RunsSeen } from "./run-seen.ts"

export interface WantedMoneyTransfer {
  readonly id: string
  readonly source: string
  readonly target: string
  readonly amount: number
}

export interface WantedDeposit {
  readonly account: string
  readonly opId: string
  readonly amount: number
}

export interface MoneyBooks {
  readonly wanted: readonly WantedMoneyTransfer[]
  readonly deposits: readonly WantedDeposit[]
  readonly runs: RunsSeen
  readonly accounts: ReadonlyMap<string, BankAccount>
}

export function auditMoney({ wanted, deposits, runs, accounts }: MoneyBooks): string[] {
  const findings: string[] = []
  const expected = deposits.map(({ account, opId, amount }) => lineOf(account, opId, amount))
  for (const transfer of wanted) {
    const run = runs.get(transfer.id)
    findings.push(...endFindings(transfer.id, run))
    const lines = linesOf(transfer, member(run?.result, "status"))
    if (lines === undefined) {
      findings.push(`${transfer.id}: ended as ${String(member(run?.result, "status"))}`)
    }
    expected.push(...(lines ?? []))
  }
  const found = [...accounts].flatMap(([account, { entries }]) =>
    entries.map(({ opId, amount }) => lineOf(account, opId, amount)),
  )
  findings.push(...differences(expected, found))
  let total = 0
  for (const [account, { balance, entries }] of accounts) {
    const sum = entries.reduce((before, { amount }) => before + amount, 0)
    if (sum !== balance) findings.push(`account ${account}: ${balance}, its entries ${sum}`)
    if (balance < 0) findings.push(`account ${account}: is below zero, ${balance}`)
    total += balance
  }
  const deposited = deposits.reduce((before, { amount }) => before + amount, 0)
  if (total !== deposited) findings.push(`the accounts hold ${total} of ${deposited} deposited`)
  return findings
}

function linesOf(transfer: WantedMoneyTransfer, status: unknown): string[] | undefined {
  const { id, source, target, amount } = transfer
  const debit = lineOf(source, `${id}-debit`, -amount)
  switch (status) {
    case "committed":
      return [debit, lineOf(target, `${id}-credit`, amount)]
    case "compensated":
      return [debit, lineOf(source, `${id}-reversal`, amount)]
    case "rejected":
      return []
    default:
      return undefined
  }
}

function lineOf(account: string, opId: string, amount: number): string {
  return `${account} ${opId} ${amount}`
}

function differences(expected: readonly string[], found: readonly string[]): string[] {
  const left = new Map<string, number>()
  for (const line of expected) left.set(line, (left.get(line) ?? 0) + 1)
  for (const line of found) left.set(line, (left.get(line) ?? 0) - 1)
  return [...left].flatMap(([line, count]) => {
    if (count > 0) return [`entry missing: ${line}`]
    return count < 0 ? [`entry too many: ${line}`] : []
  })
}
