// Account book: the rules by which one account takes a movement or refuses it.
// Owns: the refusals. Must not touch: SQL (account-rows.ts), RPC, other accounts, what a transfer does next.
//   B1. An op id is applied at most once; the same movement again answers as the first time.
//   B2. The balance is the sum of the entries; no debit or payback takes it below zero.
//   B3. A refused debit, credit or payout is refused for ever: a copy of it that was under way cannot slip in later,
//       when the account is open again or richer, after the transfer has been told no. What was given back counts as
//       refused from then on.
//   B4. An account exists from its first deposit; asking about one that does not exist writes nothing.

import { AccountRows, type Movement } from "./account-rows.ts"
import {
  opIdOf,
  type AccountState,
  type Entry,
  type MovementAnswer,
  type Note,
  type RefusalReason,
  type TransferLeg,
} from "./movement.ts"

export class AccountBook {
  readonly #rows: AccountRows

  constructor(storage: DurableObjectStorage) {
    this.#rows = new AccountRows(storage)
  }

  /** `undefined` when there is no such account. */
  state(): AccountState | undefined {
    return this.#rows.state()
  }

  /** Creates the account when there is none. */
  deposit(opId: string, amount: number): MovementAnswer {
    return this.#rows.write(() => {
      const movement: Movement = { opId, amount, note: "deposit", counterparty: "" }
      const known = this.#answered(movement)
      if (known !== undefined) return known
      const reason = reasonAgainstCredit(this.state() ?? { balance: 0, closed: false }, amount)
      // Nobody acts on a refused deposit but the caller, who may send it again, so it is not kept.
      if (reason !== undefined) return refused(reason)
      this.#rows.openUnlessThere()
      return this.#apply(movement)
    })
  }

  /** Takes the amount out; a closed account still gives. */
  debit(leg: TransferLeg): MovementAnswer {
    return this.#rows.write(() => {
      const movement = movementOf(leg, "debit")
      const known = this.#answeredUnlessGivenBack(movement, movementOf(leg, "reversal"))
      if (known !== undefined) return known
      const reason = reasonAgainstDebit(this.state(), leg.amount)
      return reason === undefined ? this.#apply(movement) : this.#refuse(movement, reason)
    })
  }

  /** Makes sure that the debit will never be applied; `applied` when it is too late for that. */
  withdrawDebit(leg: TransferLeg): MovementAnswer {
    return this.#rows.write(() => {
      const movement = movementOf(leg, "debit")
      const known = this.#answeredUnlessGivenBack(movement, movementOf(leg, "reversal"))
      return known ?? this.#refuse(movement, "withdrawn")
    })
  }

  credit(leg: TransferLeg): MovementAnswer {
    return this.#rows.write(() => {
      const movement = movementOf(leg, "credit")
      return this.#answered(movement) ?? this.#takeIn(movement)
    })
  }

  /** Makes sure that the credit will never be applied; `applied` when it is too late for that. */
  withdrawCredit(leg: TransferLeg): MovementAnswer {
    return this.#rows.write(() => {
      const movement = movementOf(leg, "credit")
      return this.#answered(movement) ?? this.#refuse(movement, "withdrawn")
    })
  }

  /**
   * Gives back what the debit took, if it took anything, whether the account is closed or not; if it did not, makes
   * sure that it never will and answers `refused`.
   */
  reverse(leg: TransferLeg): MovementAnswer {
    return this.#rows.write(() => {
      const reversal = movementOf(leg, "reversal")
      const debit = movementOf(leg, "debit")
      const reversed = this.#answered(reversal)
      if (reversed !== undefined) return reversed
      const debited = this.#answered(debit) ?? this.#refuse(debit, "withdrawn")
      return debited.outcome === "applied" ? this.#apply(reversal) : debited
    })
  }

  /** As `credit`, but the money comes from the ledger. */
  payOut(leg: TransferLeg): MovementAnswer {
    return this.#rows.write(() => this.#knownPayout(leg) ?? this.#takeIn(movementOf(leg, "payout")))
  }

  /** Makes sure that the payout will never be applied; `applied` when it is too late for that. */
  fencePayout(leg: TransferLeg): MovementAnswer {
    return this.#rows.write(
      () => this.#knownPayout(leg) ?? this.#refuse(movementOf(leg, "payout"), "withdrawn"),
    )
  }

  /**
   * Takes back what the payout brought, if it brought anything, whether the account is closed or not; if it did not,
   * makes sure that it never will and answers `refused`, as `fencePayout` would. `insufficient` is the one refusal
   * that is not kept (B3): the money was paid out and has to come back, so whoever is told no asks again once the
   * account holds enough, and by the same op id, so that it comes back once.
   */
  payBack(leg: TransferLeg): MovementAnswer {
    return this.#rows.write(() => {
      const payback = movementOf(leg, "payback")
      const paidBack = this.#answered(payback)
      if (paidBack !== undefined) return paidBack
      const payout = movementOf(leg, "payout")
      const paidOut = this.#answered(payout) ?? this.#refuse(payout, "withdrawn")
      if (paidOut.outcome === "refused") return paidOut
      const reason = reasonAgainstDebit(this.state(), leg.amount)
      return reason === undefined ? this.#apply(payback) : refused(reason)
    })
  }

  /** `undefined` when there is no such account. */
  setClosed(closed: boolean): AccountState | undefined {
    if (this.state() === undefined) return undefined
    this.#rows.setClosed(closed)
    return this.state()
  }

  /** At most `limit` entries behind the one named `after`, oldest first; `undefined` when there is no such entry. */
  entries(after: string | undefined, limit: number): Entry[] | undefined {
    const afterSeq = after === undefined ? 0 : this.#rows.entryOf(after)?.seq
    return afterSeq === undefined ? undefined : this.#rows.entriesAfter(afterSeq, limit)
  }

  #knownPayout(leg: TransferLeg): MovementAnswer | undefined {
    return this.#answeredUnlessGivenBack(movementOf(leg, "payout"), movementOf(leg, "payback"))
  }

  /** What was already said to this movement; `undefined` when it comes for the first time. */
  #answered(movement: Movement): MovementAnswer | undefined {
    const entry = this.#rows.entryOf(movement.opId)
    if (entry !== undefined) {
      const isSame =
        entry.amount === movement.amount &&
        entry.note === movement.note &&
        entry.counterparty === movement.counterparty
      if (!isSame) return refused("conflict")
      return { outcome: "applied", isNew: false, balance: this.state()?.balance ?? 0 }
    }
    const reason = this.#rows.refusalOf(movement.opId)
    return reason === undefined ? undefined : refused(reason)
  }

  /** As `answered`; what was applied and then given back counts as refused. */
  #answeredUnlessGivenBack(movement: Movement, back: Movement): MovementAnswer | undefined {
    const known = this.#answered(movement)
    const isGivenBack = this.#rows.entryOf(back.opId) !== undefined
    return known?.outcome === "applied" && isGivenBack ? refused("reversed") : known
  }

  #takeIn(movement: Movement): MovementAnswer {
    const state = this.state()
    const reason =
      state === undefined ? "unknown_account" : reasonAgainstCredit(state, movement.amount)
    return reason === undefined ? this.#apply(movement) : this.#refuse(movement, reason)
  }

  #apply(movement: Movement): MovementAnswer {
    this.#rows.insertEntry(movement)
    return { outcome: "applied", isNew: true, balance: this.state()?.balance ?? 0 }
  }

  #refuse({ opId }: Movement, reason: RefusalReason): MovementAnswer {
    this.#rows.insertRefusal(opId, reason)
    return refused(reason)
  }
}

/** Notes of movements that take money out. */
const OUTGOING: ReadonlySet<Note> = new Set(["debit", "payback"])

function movementOf(leg: TransferLeg, note: Exclude<Note, "deposit">): Movement {
  const { transferId, counterparty } = leg
  const amount = OUTGOING.has(note) ? -leg.amount : leg.amount
  return { opId: opIdOf(transferId, note), amount, note, counterparty }
}

function refused(reason: RefusalReason): MovementAnswer {
  return { outcome: "refused", reason }
}

function reasonAgainstCredit(state: AccountState, amount: number): RefusalReason | undefined {
  if (state.closed) return "closed"
  return state.balance > Number.MAX_SAFE_INTEGER - amount ? "limit" : undefined
}

function reasonAgainstDebit(
  state: AccountState | undefined,
  amount: number,
): RefusalReason | undefined {
  if (state === undefined) return "unknown_account"
  return state.balance < amount ? "insufficient" : undefined
}
