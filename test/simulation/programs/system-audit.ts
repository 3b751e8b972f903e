// System audit: what must hold of the systems' stores when all is over: money adds up, and each run did what it says.
// Owns: the sums. It looks at the stores themselves, not at what the runs tell of them.

import type { DatabaseService, LedgerService } from "simulation:services"
import { decode } from "../../../src/engine/values/codec.ts"
import { AccountFlags } from "../../../src/ledger/flags.ts"
import type { Guard } from "../promises/guard.ts"
import type { RunView } from "../promises/run-view.ts"
import type { World } from "../words.ts"

const FINAL: ReadonlySet<string> = new Set(["completed", "failed", "cancelled", "timed_out"])
const STOCK = 1_000_000
const SOURCES = [1n, 2n]
const FUNDING = 3n
const FUNDS = 100n

/** Records need a ledger and a code, whichever. */
const MARKS = { ledger: 1, code: 1 }

export class SystemAudit {
  readonly #world: World
  readonly #guard: Guard
  readonly #database: DatabaseService
  readonly #ledger: LedgerService

  constructor(world: World, guard: Guard, database: DatabaseService, ledger: LedgerService) {
    this.#world = world
    this.#guard = guard
    this.#database = database
    this.#ledger = ledger
  }

  /** Two accounts that ledger transfers take from, with something in them. */
  openLedger(): void {
    const flags = AccountFlags.debits_must_not_exceed_credits
    const events = [{ ...MARKS, id: FUNDING }, ...SOURCES.map((id) => ({ ...MARKS, id, flags }))]
    this.#ledger.call({ do: "createAccounts", events })
    const transfers = SOURCES.map((id) => ({
      ...MARKS,
      id,
      debit_account_id: FUNDING,
      credit_account_id: id,
      amount: FUNDS,
    }))
    this.#ledger.call({ do: "createTransfers", events: transfers })
  }

  /** @throws Error what does not add up */
  judge(): void {
    const runs = [...this.#guard.runs.values()].filter(({ rows }) => rows.run !== undefined)
    this.#money(runs)
    this.#ledgerMoney(runs)
    this.#stock()
    for (const run of runs) if (run.rows.run?.status === "completed") this.#completed(run)
    this.#transitions()
    this.#activities()
    this.#database.close()
    this.#ledger.close()
  }

  /** Between bank accounts nothing is made and nothing is lost. */
  #money(runs: readonly RunView[]): void {
    if (!allFinal(runs, "transferMoney")) return
    const moved = this.#entries("debit") + this.#entries("credit") + this.#entries("reversal")
    same("the sum of all debits, credits and reversals", moved, 0)
  }

  /** What banks have paid out is what the ledger has taken from the sources. */
  #ledgerMoney(runs: readonly RunView[]): void {
    const accounts = this.#ledger.accounts()
    const sum = (field: "debits_posted" | "credits_posted" | "debits_pending") =>
      accounts.reduce((total, account) => total + account[field], 0n)
    same("all debits of the ledger", sum("debits_posted"), sum("credits_posted"))
    if (!allFinal(runs, "ledgerTransfer")) return
    same("amounts still reserved", sum("debits_pending"), 0n)
    const taken = accounts
      .filter(({ id }) => SOURCES.includes(id))
      .reduce((total, account) => total + account.debits_posted, 0n)
    const paid = this.#entries("payout") + this.#entries("payback")
    same("what the ledger took for payouts", taken, BigInt(paid))
  }

  #entries(note: string): number {
    let total = 0
    for (const object of this.#world.objects) {
      if (object.binding !== "ACCOUNTS" || !object.has("entries")) continue
      const [row] = object.rows("SELECT SUM(amount) AS sum FROM entries WHERE note = ?", note)
      total += Number(row?.["sum"] ?? 0)
    }
    return total
  }

  #stock(): void {
    const rows = this.#database.rows(
      "SELECT sku, available + (SELECT coalesce(SUM(qty), 0) FROM reservations r WHERE r.sku = stock.sku) AS all_of_it FROM stock",
    )
    for (const { sku, all_of_it: all } of rows)
      same(`stock and reservations of ${String(sku)}`, all, STOCK)
  }

  /** A run that completed has left in the stores what its result says. */
  #completed({ id, rows }: RunView): void {
    const result = decode(rows.run?.result ?? "null") as Record<string, unknown>
    const count = (sql: string) => Number(this.#database.rows(sql)[0]?.["n"])
    switch (rows.run?.workflow ?? "none") {
      case "processOrder": {
        const order = quoted(result["orderId"])
        const stores = ["charges", "confirmations"]
        for (const store of stores)
          same(
            `${store} of ${id}`,
            count(`SELECT COUNT(*) AS n FROM ${store} WHERE order_id = ${order}`),
            1,
          )
        return
      }
      case "oneClickBuy": {
        const key = quoted(id.replace("checkout/", ""))
        const rowsOf = this.#database.rows(
          `SELECT state FROM purchases WHERE purchase_key = ${key}`,
        )
        return same(`purchases of ${id}`, rowsOf.map(({ state }) => state).join(), result["state"])
      }
      case "createAccount": {
        const uuid = quoted(result["uuid"])
        const [row] = this.#database.rows(`SELECT guid FROM accounts WHERE uuid = ${uuid}`)
        same(`the reference of ${id}`, row?.["guid"], result["guid"])
        const isThere = this.#ledger
          .accounts()
          .some((account) => String(account.id) === result["guid"])
        return same(`whether the ledger has the account of ${id}`, isThere, true)
      }
      case "userSession": {
        const session = quoted(id.replace("session/", ""))
        const states = count(
          `SELECT COUNT(*) AS n FROM session_states WHERE session_id = ${session}`,
        )
        return same(`states of ${id}`, states, 4)
      }
      case "orderLifecycle": {
        const order = quoted(result["orderId"])
        const rowsOf = count(
          `SELECT COUNT(*) AS n FROM order_transitions WHERE order_id = ${order}`,
        )
        return same(`transitions of ${id}`, rowsOf, (result["history"] as unknown[]).length)
      }
      // The others are judged by their sums.
      default:
        return
    }
  }

  /** Every order goes from each state to the next, and into none twice. */
  #transitions(): void {
    const states = new Map<unknown, unknown>()
    const rows = this.#database.rows("SELECT * FROM order_transitions ORDER BY rowid")
    for (const { order_id: order, from_state: from, to_state: to } of rows) {
      same(
        `the state of order ${String(order)} before ${String(to)}`,
        from,
        states.get(order) ?? null,
      )
      states.set(order, to)
    }
  }

  /** Activities are numbered without a gap, and no message is recorded twice. */
  #activities(): void {
    const rows = this.#database.rows(
      `SELECT session_key, COUNT(*) AS n, MAX(seq) AS last, COUNT(message_id) AS messages,
         COUNT(DISTINCT message_id) AS different FROM session_activities GROUP BY session_key`,
    )
    for (const row of rows) {
      same(`activities of ${String(row["session_key"])}`, row["n"], row["last"])
      same(`messages in ${String(row["session_key"])}`, row["messages"], row["different"])
    }
  }
}

function allFinal(runs: readonly RunView[], workflow: string): boolean {
  return runs.every(({ rows: { run } }) => run?.workflow !== workflow || FINAL.has(run.status))
}

function quoted(value: unknown): string {
  return `'${String(value).replaceAll("'", "''")}'`
}

function same(what: string, found: unknown, expected: unknown): void {
  if (found === expected) return
  throw new Error(
    `The systems' stores do not agree: ${what}: expected ${String(expected)}, found ${String(found)}.`,
  )
}
