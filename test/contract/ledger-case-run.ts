// Plays one case of the contract on a ledger.
// Owns: what each step does and in which form its result is compared. Checks K1, K2 and K4 are in
// `ledger-case-checks.ts`; here:
//   K3. What a query finds is what a lookup finds, field for field.
import { isDeepStrictEqual } from "node:util"
import { ACCOUNT_STATUSES } from "../../src/ledger/account-status.ts"
import { LedgerError } from "../../src/ledger/errors.ts"
import type { Ledger } from "../../src/ledger/ledger.ts"
import type { NewTransfer } from "../../src/ledger/records.ts"
import { TRANSFER_STATUSES } from "../../src/ledger/transfer-status.ts"
import type { AccountsStep, FilterRow, QueryName, Step, TransfersStep } from "./ledger-case.ts"
import { CaseChecks, type Habit } from "./ledger-case-checks.ts"
import { OwnValues } from "./ledger-case-own.ts"

export interface LedgerUnderTest {
  readonly ledger: Ledger
  readonly habits?: readonly Habit[]
  /** Lets time pass for this ledger. */
  advance(seconds: number): Promise<void>
  /** Sets the clock, ns since 1970; for ledgers that offer `exact_time`. */
  advanceTo?(timestamp: bigint): Promise<void>
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
  await run.checks.fences(subject.ledger)
  return { actual, faults: run.checks.faults }
}

/** A call that was answered. */
interface CallMade {
  readonly firstStatus: string | undefined
  readonly firstTimestamp: bigint
  /** Looks at it closely; its statuses. In the order of the ledger's time, once each. */
  readonly note: () => readonly string[]
}

type StatusLists = readonly (readonly string[])[]

class CaseRun {
  readonly checks: CaseChecks
  readonly #own = new OwnValues()
  readonly #subject: LedgerUnderTest

  constructor(subject: LedgerUnderTest) {
    this.#subject = subject
    this.checks = new CaseChecks(this.#own, subject.habits ?? [])
  }

  async play(step: Step): Promise<unknown> {
    const { ledger } = this.#subject
    switch (step.kind) {
      case "accounts":
      case "transfers": {
        const call = await this.#call(step)
        return call.note()
      }
      case "together": {
        const calls = await Promise.all(step.calls.map((call) => this.#call(call)))
        const noted = new Map(calls.toSorted(inTheirOrder).map((call) => [call, call.note()]))
        const statuses = calls.map((call) => noted.get(call) ?? [])
        return step.order === "kept" ? statuses : this.#inAnyOrder(step.expected, statuses)
      }
      case "balances": {
        const [found] = await ledger.lookupAccounts([this.#own.id(step.account)])
        if (found === undefined) return undefined
        const { debits_pending, debits_posted, credits_pending, credits_posted } = found
        return [debits_pending, debits_posted, credits_pending, credits_posted]
      }
      case "transfer": {
        const [found] = await ledger.lookupTransfers([this.#own.id(step.id)])
        const fields = Object.keys(step.expected) as (keyof NewTransfer)[]
        return Object.fromEntries(fields.map((field) => [field, found?.[field as "amount"]]))
      }
      case "query": {
        const found = await this.#query(step.query, step.filter)
        return found.map((record) => ("id" in record ? this.#own.smallId(record.id) : undefined))
      }
      case "history": {
        const rows = await ledger.getAccountBalances(this.#own.filter(step.filter))
        return rows.map((row) => [
          this.#own.transferOf(row.timestamp),
          row.debits_pending,
          row.debits_posted,
          row.credits_pending,
          row.credits_posted,
        ])
      }
      case "refused":
        return fieldRefused(this.#query(step.query, step.filter))
      case "fence":
        return this.#fence(this.#own.id(step.id))
      case "advance":
        await this.#subject.advance(step.seconds)
        return "passed"
      case "advanceTo":
        await this.#subject.advanceTo?.(this.#own.moment(step.moment))
        return "passed"
    }
  }

  async #call(step: AccountsStep | TransfersStep): Promise<CallMade> {
    const { ledger } = this.#subject
    if (step.kind === "accounts") {
      const events = step.events.map((row) => this.#own.event(row))
      const outcomes = await ledger.createAccounts(events)
      const answered = { kind: "account", events, outcomes, table: ACCOUNT_STATUSES } as const
      return callMade(outcomes, () => this.checks.note(answered))
    }
    const { outcomeClass } = step
    const events = step.events.map((row) => this.#own.event(row))
    const outcomes = await ledger.createTransfers(events)
    const answered = { kind: "transfer", events, outcomes, table: TRANSFER_STATUSES } as const
    return callMade(outcomes, () => {
      const statuses = this.checks.note(answered)
      if (outcomeClass === undefined) return statuses
      for (const outcome of outcomes) {
        this.checks.expect(
          outcome.class === outcomeClass,
          `${outcome.status} is ${outcome.class}, not ${outcomeClass}`,
        )
      }
      return statuses
    })
  }

  /** The expected lists when each was met, in whatever order; where calls share, the first may come more often. */
  #inAnyOrder(expected: StatusLists, actual: StatusLists): StatusLists {
    const sorted = (lists: StatusLists) => lists.map(String).toSorted()
    if (isDeepStrictEqual(sorted(expected), sorted(actual))) return expected
    const shared =
      this.#subject.habits?.includes("shares_answers") === true &&
      actual.every((list) => expected.some((one) => isDeepStrictEqual(one, list))) &&
      actual.some((list) => isDeepStrictEqual(list, expected[0]))
    return shared ? expected : actual
  }

  async #query(query: QueryName, row: FilterRow) {
    const { ledger } = this.#subject
    const filter = this.#own.filter(row)
    if (query === "getAccountBalances") return ledger.getAccountBalances(filter)
    const { account_id: _account, ...queryFilter } = filter
    const found =
      query === "getAccountTransfers"
        ? await ledger.getAccountTransfers(filter)
        : await ledger[query](queryFilter)
    const ids = found.map(({ id }) => id)
    const looked =
      query === "queryAccounts"
        ? await ledger.lookupAccounts(ids)
        : await ledger.lookupTransfers(ids)
    this.checks.expect(isDeepStrictEqual(found, looked), `${query} finds what a lookup finds`)
    return found
  }

  async #fence(id: bigint): Promise<string> {
    try {
      const { result } = await this.#subject.ledger.fenceTransfer(id)
      this.checks.noteFence(id)
      return result
    } catch (error) {
      if (error instanceof LedgerError) return error.code
      throw error
    }
  }
}

function callMade(
  outcomes: readonly { readonly status: string; readonly timestamp: bigint }[],
  note: () => readonly string[],
): CallMade {
  return {
    firstStatus: outcomes[0]?.status,
    firstTimestamp: outcomes[0]?.timestamp ?? 0n,
    note,
  }
}

// An `exists` has the timestamp of what it met, so the creation comes first.
function inTheirOrder(one: CallMade, other: CallMade): number {
  if (one.firstTimestamp !== other.firstTimestamp) {
    return one.firstTimestamp < other.firstTimestamp ? -1 : 1
  }
  return one.firstStatus === "created" ? -1 : 1
}

async function fieldRefused(query: Promise<unknown>): Promise<string> {
  try {
    await query
    return "not refused"
  } catch (error) {
    if (!(error instanceof LedgerError)) throw error
    if (error.code !== "ledger_invalid") return error.code
    return /filter\.\w+/.exec(error.message)?.[0] ?? error.message
  }
}
