// Account object: one bank account, alone in its own object with its own SQLite database.
// Owns: the methods that others may call over RPC; their answers are plain data, because classes do not survive the way.
// Must not touch: the rules (account-book.ts), other accounts: two accounts share no transaction.

import { DurableObject } from "cloudflare:workers"
import { AccountBook } from "./account-book.ts"
import type { AccountState, Entry, MovementAnswer, TransferLeg } from "./movement.ts"

export type AccountPage =
  | { readonly kind: "unknown_account" }
  /** There is no entry of the name given as `after`. */
  | { readonly kind: "unknown_after" }
  | {
      readonly kind: "page"
      readonly state: AccountState
      readonly entries: readonly Entry[]
      readonly hasMore: boolean
    }

export class BankAccountObject extends DurableObject<Cloudflare.Env> {
  readonly #book: AccountBook

  constructor(ctx: DurableObjectState, env: Cloudflare.Env) {
    super(ctx, env)
    this.#book = new AccountBook(ctx.storage)
  }

  /** Whether anything was ever deposited here. */
  exists(): boolean {
    return this.#book.state() !== undefined
  }

  deposit(opId: string, amount: number): MovementAnswer {
    return this.#book.deposit(opId, amount)
  }

  debit(leg: TransferLeg): MovementAnswer {
    return this.#book.debit(leg)
  }

  /** Makes sure that the debit will never be applied; `applied` when it is too late for that. */
  withdrawDebit(leg: TransferLeg): MovementAnswer {
    return this.#book.withdrawDebit(leg)
  }

  credit(leg: TransferLeg): MovementAnswer {
    return this.#book.credit(leg)
  }

  /** Makes sure that the credit will never be applied; `applied` when it is too late for that. */
  withdrawCredit(leg: TransferLeg): MovementAnswer {
    return this.#book.withdrawCredit(leg)
  }

  /** Gives back what the debit took; `refused` when it took nothing, which then stays so. */
  reverse(leg: TransferLeg): MovementAnswer {
    return this.#book.reverse(leg)
  }

  /** As `credit`, but the money comes from the ledger. */
  payOut(leg: TransferLeg): MovementAnswer {
    return this.#book.payOut(leg)
  }

  /** Makes sure that the payout will never be applied; `applied` when it is too late for that. */
  fencePayout(leg: TransferLeg): MovementAnswer {
    return this.#book.fencePayout(leg)
  }

  /** Takes back what the payout brought; `refused` when it brought nothing, which then stays so, or `insufficient`. */
  payBack(leg: TransferLeg): MovementAnswer {
    return this.#book.payBack(leg)
  }

  /** `undefined` when there is no such account. */
  setClosed(closed: boolean): AccountState | undefined {
    return this.#book.setClosed(closed)
  }

  /** The balance and at most `limit` entries behind the one named `after`, oldest first. */
  page(after: string | undefined, limit: number): AccountPage {
    const state = this.#book.state()
    if (state === undefined) return { kind: "unknown_account" }
    const entries = this.#book.entries(after, limit + 1)
    if (entries === undefined) return { kind: "unknown_after" }
    return {
      kind: "page",
      state,
      entries: entries.slice(0, limit),
      hasMore: entries.length > limit,
    }
  }
}
