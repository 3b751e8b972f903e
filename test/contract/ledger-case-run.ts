// Plays one case of the contract on a ledger.
// Owns: the way from a case's small ids to ids of its own, and what is checked in every outcome of every case:
//   K1. Number and class are those of the status's row; a chain has one class for all its members.
//   K2. Times only go forward; `exists` carries the time of creation.
import { randomBytes } from "node:crypto"
import { ACCOUNT_STATUSES } from "../../src/ledger/account-status.ts"
import { AccountFlags, hasFlag } from "../../src/ledger/flags.ts"
import { U128_MAX } from "../../src/ledger/integers.ts"
import type { Ledger } from "../../src/ledger/ledger.ts"
import type { Outcome, StatusFacts } from "../../src/ledger/outcome.ts"
import type { NewTransfer } from "../../src/ledger/records.ts"
import { TRANSFER_STATUSES } from "../../src/ledger/transfer-status.ts"
import type { Step } from "./ledger-case.ts"

export interface LedgerUnderTest {
  readonly ledger: Ledger
  /** Lets time pass for this ledger. */
  advance(seconds: number): Promise<void>
  close(): Promise<void>
}

/** What came back at each step, in the form of the step's expectation, and what is wrong beyond that. */
export interface Played {
  readonly actual: readonly unknown[]
  readonly faults: readonly string[]
}

export async function playCase(subject: LedgerUnderTest, steps: readonly Step[]): Promise<Played> {
  const run = new CaseRun(subject)
  const actual: unknown[] = []
  for (const step of steps) actual.push(await run.play(step))
  return { actual, faults: run.faults }
}

/** Leaves room for a million small ids; grows with time, as a ledger likes it. */
export function randomBase(): bigint {
  return (BigInt(Date.now()) << 80n) | (BigInt(`0x${randomBytes(6).toString("hex")}`) << 20n)
}

interface Event {
  readonly id: bigint
  readonly flags?: number
}

class CaseRun {
  readonly faults: string[] = []
  readonly #subject: LedgerUnderTest
  readonly #base = randomBase()
  readonly #createdAt = new Map<string, bigint>()
  #lastCreatedAt = 0n

  constructor(subject: LedgerUnderTest) {
    this.#subject = subject
  }

  async play(step: Step): Promise<unknown> {
    const { ledger } = this.#subject
    switch (step.kind) {
      case "accounts": {
        const events = step.events.map((row) => this.#place(row))
        const outcomes = await ledger.createAccounts(events)
        return this.#note("account", events, outcomes, ACCOUNT_STATUSES)
      }
      case "transfers": {
        const events = step.events.map((row) => this.#place(row))
        const outcomes = await ledger.createTransfers(events)
        return this.#note("transfer", events, outcomes, TRANSFER_STATUSES)
      }
      case "balances": {
        const [found] = await ledger.lookupAccounts([this.#move(step.account)])
        if (found === undefined) return undefined
        const { debits_pending, debits_posted, credits_pending, credits_posted } = found
        return [debits_pending, debits_posted, credits_pending, credits_posted]
      }
      case "transfer": {
        const [found] = await ledger.lookupTransfers([this.#move(step.id)])
        const fields = Object.keys(step.expected) as (keyof NewTransfer)[]
        return Object.fromEntries(fields.map((field) => [field, found?.[field as "amount"]]))
      }
      case "advance":
        await this.#subject.advance(step.seconds)
        return "passed"
    }
  }

  /** The row with its small ids moved to this case's own, and an imported time resolved. */
  #place<Row extends { readonly importedAt?: readonly [bigint, bigint] }>(row: Row): Row {
    const { importedAt, ...fields } = row
    const moved: Record<string, unknown> = { ...fields }
    for (const field of ["id", "debit_account_id", "credit_account_id", "pending_id"]) {
      const id = moved[field]
      if (typeof id === "bigint") moved[field] = this.#move(id)
    }
    if (importedAt !== undefined) {
      const [account, plusNs] = importedAt
      moved["timestamp"] = (this.#createdAt.get(`account ${this.#move(account)}`) ?? 0n) + plusNs
    }
    return moved as Row
  }

  #move(id: bigint): bigint {
    return id === 0n || id === U128_MAX ? id : this.#base + id
  }

  #note<Status extends string>(
    kind: "account" | "transfer",
    events: readonly Event[],
    outcomes: readonly Outcome<Status>[],
    table: Readonly<Record<Status, StatusFacts>>,
  ): Status[] {
    for (const [index, event] of events.entries()) {
      const outcome = outcomes[index]
      if (outcome === undefined) continue
      const { status, timestamp } = outcome
      const key = `${kind} ${event.id}`
      const facts = table[status]
      const chained = isLinked(event) || isLinked(events[index - 1])
      this.#check(outcome.statusNumber === facts.number, `${key}: number of ${status}`)
      this.#check(chained || outcome.class === facts.class, `${key}: class of ${status}`)
      this.#check(
        !isLinked(event) ||
          outcomes[index + 1] === undefined ||
          outcomes[index + 1]?.class === outcome.class,
        `${key}: one class for a whole chain`,
      )
      if (status === "created") {
        const imported = "timestamp" in event
        this.#check(imported || timestamp > this.#lastCreatedAt, `${key}: time goes forward`)
        if (!imported) this.#lastCreatedAt = timestamp
        this.#createdAt.set(key, timestamp)
      }
      if (status === "exists" && outcome.class === "success") {
        this.#check(timestamp === this.#createdAt.get(key), `${key}: exists since its creation`)
      }
    }
    return outcomes.map(({ status }) => status)
  }

  #check(holds: boolean, what: string): void {
    if (!holds) this.faults.push(what)
  }
}

function isLinked(event: Event | undefined): boolean {
  return hasFlag(event?.flags ?? 0, AccountFlags.linked)
}
