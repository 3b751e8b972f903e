// Account book: the entries of one account and the rules by which it takes a movement or refuses it.
// Owns: the tables, the balance, the refusals. Must not touch: RPC, other accounts, what a transfer does next.
//   B1. An op id is applied at most once; the same movement again answers as the first time.
//   B2. The balance is the sum of the entries; no debit takes it below zero.
//   B3. A refused debit or credit is refused for ever: a copy of it that was under way cannot slip in later,
//       when the account is open again or richer, after the transfer has been told no.
//   B4. An account exists from its first deposit; asking about one that does not exist writes nothing.

import {
  opIdOf,
  type AccountState,
  type Entry,
  type MovementAnswer,
  type Note,
  type RefusalReason,
  type TransferLeg,
} from "./movement.ts"

const TABLES = `
  CREATE TABLE IF NOT EXISTS account (id INTEGER PRIMARY KEY CHECK (id = 1), balance INTEGER NOT NULL, closed INTEGER NOT NULL);
  CREATE TABLE IF NOT EXISTS entries (
    seq INTEGER PRIMARY KEY, op_id TEXT NOT NULL UNIQUE, amount INTEGER NOT NULL, note TEXT NOT NULL,
    counterparty TEXT NOT NULL, at_ms INTEGER NOT NULL
  );
  CREATE TABLE IF NOT EXISTS refusals (op_id TEXT PRIMARY KEY, reason TEXT NOT NULL, at_ms INTEGER NOT NULL) WITHOUT ROWID;
`

/** A movement with its sign, as it would stand in the entries. */
interface Movement {
  readonly opId: string
  readonly amount: number
  readonly note: Note
  readonly counterparty: string
}

type EntryRow = {
  op_id: string
  amount: number
  note: Note
  counterparty: string
  at_ms: number
}

export class AccountBook {
  readonly #storage: DurableObjectStorage
  #hasTables: boolean

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage
    const tables = storage.sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'account'")
    this.#hasTables = tables.toArray().length > 0
  }

  /** `undefined` when there is no such account. */
  state(): AccountState | undefined {
    if (!this.#hasTables) return undefined
    const [row] = this.#storage.sql
      .exec<{ balance: number; closed: number }>("SELECT balance, closed FROM account")
      .toArray()
    return row === undefined ? undefined : { balance: row.balance, closed: row.closed === 1 }
  }

  /** Creates the account when there is none. */
  deposit(opId: string, amount: number): MovementAnswer {
    return this.#write(() => {
      const movement: Movement = { opId, amount, note: "deposit", counterparty: "" }
      const known = this.#answered(movement)
      if (known !== undefined) return known
      const state = this.state() ?? { balance: 0, closed: false }
      const reason = reasonAgainstCredit(state, amount)
      // Nobody acts on a refused deposit but the caller, who may send it again, so it is not kept.
      if (reason !== undefined) return { outcome: "refused", reason }
      this.#storage.sql.exec("INSERT OR IGNORE INTO account (id, balance, closed) VALUES (1, 0, 0)")
      return this.#apply(movement)
    })
  }

  /** Takes the amount out; a closed account still gives. */
  debit(leg: TransferLeg): MovementAnswer {
    return this.#write(() => {
      const movement = movementOf(leg, "debit")
      const known = this.#answered(movement)
      if (
        known?.outcome === "applied" &&
        this.#find(opIdOf(leg.transferId, "reversal")) !== undefined
      ) {
        return { outcome: "refused", reason: "reversed" }
      }
      if (known !== undefined) return known
      const state = this.state()
      if (state === undefined) return this.#refuse(movement.opId, "unknown_account")
      if (state.balance < leg.amount) return this.#refuse(movement.opId, "insufficient")
      return this.#apply(movement)
    })
  }

  credit(leg: TransferLeg): MovementAnswer {
    return this.#write(() => {
      const movement = movementOf(leg, "credit")
      const known = this.#answered(movement)
      if (known !== undefined) return known
      const state = this.state()
      const reason =
        state === undefined ? "unknown_account" : reasonAgainstCredit(state, leg.amount)
      return reason === undefined ? this.#apply(movement) : this.#refuse(movement.opId, reason)
    })
  }

  /** Makes sure that the credit will never be applied; `applied` when it is too late for that. */
  withdrawCredit(leg: TransferLeg): MovementAnswer {
    return this.#write(() => {
      const movement = movementOf(leg, "credit")
      return this.#answered(movement) ?? this.#refuse(movement.opId, "withdrawn")
    })
  }

  /**
   * Gives back what the debit took, if it took anything, whether the account is closed or not; if it did not, makes
   * sure that it never will and answers `refused`.
   */
  reverse(leg: TransferLeg): MovementAnswer {
    return this.#write(() => {
      const reversal = movementOf(leg, "reversal")
      const debit = movementOf(leg, "debit")
      const reversed = this.#answered(reversal)
      if (reversed !== undefined) return reversed
      const debited = this.#answered(debit) ?? this.#refuse(debit.opId, "withdrawn")
      return debited.outcome === "applied" ? this.#apply(reversal) : debited
    })
  }

  /** `undefined` when there is no such account. */
  setClosed(closed: boolean): AccountState | undefined {
    if (this.state() === undefined) return undefined
    this.#storage.sql.exec("UPDATE account SET closed = ?", closed ? 1 : 0)
    return this.state()
  }

  /** At most `limit` entries behind the one named `after`, oldest first; `undefined` when there is no such entry. */
  entries(after: string | undefined, limit: number): Entry[] | undefined {
    const afterSeq = after === undefined ? 0 : this.#find(after)?.seq
    if (afterSeq === undefined) return undefined
    return this.#storage.sql
      .exec<EntryRow>("SELECT * FROM entries WHERE seq > ? ORDER BY seq LIMIT ?", afterSeq, limit)
      .toArray()
      .map(({ op_id, amount, note, at_ms }) => ({ opId: op_id, amount, note, atMs: at_ms }))
  }

  /** What was already said to this movement; `undefined` when it comes for the first time. */
  #answered(movement: Movement): MovementAnswer | undefined {
    const entry = this.#find(movement.opId)
    if (entry !== undefined) {
      const isSame =
        entry.amount === movement.amount &&
        entry.note === movement.note &&
        entry.counterparty === movement.counterparty
      if (!isSame) return { outcome: "refused", reason: "conflict" }
      return { outcome: "applied", isNew: false, balance: this.state()?.balance ?? 0 }
    }
    const [refusal] = this.#storage.sql
      .exec<{ reason: RefusalReason }>("SELECT reason FROM refusals WHERE op_id = ?", movement.opId)
      .toArray()
    return refusal === undefined ? undefined : { outcome: "refused", reason: refusal.reason }
  }

  #find(opId: string): (EntryRow & { seq: number }) | undefined {
    return this.#storage.sql
      .exec<EntryRow & { seq: number }>("SELECT * FROM entries WHERE op_id = ?", opId)
      .toArray()[0]
  }

  #apply({ opId, amount, note, counterparty }: Movement): MovementAnswer {
    this.#storage.sql.exec(
      "INSERT INTO entries (op_id, amount, note, counterparty, at_ms) VALUES (?, ?, ?, ?, ?)",
      opId,
      amount,
      note,
      counterparty,
      Date.now(),
    )
    // Added up by the database, whose integers are wider than the largest exact JSON number.
    this.#storage.sql.exec("UPDATE account SET balance = balance + CAST(? AS INTEGER)", amount)
    return { outcome: "applied", isNew: true, balance: this.state()?.balance ?? 0 }
  }

  #refuse(opId: string, reason: RefusalReason): MovementAnswer {
    this.#storage.sql.exec("INSERT INTO refusals VALUES (?, ?, ?)", opId, reason, Date.now())
    return { outcome: "refused", reason }
  }

  /** All of it or none of it. */
  #write<T>(work: () => T): T {
    const hadTables = this.#hasTables
    try {
      return this.#storage.transactionSync(() => {
        if (!hadTables) this.#storage.sql.exec(TABLES)
        this.#hasTables = true
        return work()
      })
    } catch (error) {
      this.#hasTables = hadTables
      throw error
    }
  }
}

function movementOf(leg: TransferLeg, note: "debit" | "credit" | "reversal"): Movement {
  const { transferId, counterparty } = leg
  const amount = note === "debit" ? -leg.amount : leg.amount
  return { opId: opIdOf(transferId, note), amount, note, counterparty }
}

function reasonAgainstCredit(state: AccountState, amount: number): RefusalReason | undefined {
  if (state.closed) return "closed"
  return state.balance > Number.MAX_SAFE_INTEGER - amount ? "limit" : undefined
}
