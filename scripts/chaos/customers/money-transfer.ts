// Who moves money between accounts of the bank: from rich ones, from a poor one, to one that is closed on the way.

import { between, oneOf } from "../../support/seeded-random.ts"
import { member } from "../../support/json-client.ts"
import { readBankAccount } from "../../support/transfer-world.ts"
import {
  begin,
  endsOf,
  readAll,
  readRuns,
  requireSuccess,
  type Audited,
  type Customer,
  type Shop,
  type Visit,
} from "../customer.ts"
import {
  auditMoney,
  type WantedDeposit,
  type WantedMoneyTransfer,
} from "../rules/money-transfer.ts"

const OPENINGS: Readonly<Record<string, number>> = {
  "money-rich-1": 1_000_000,
  "money-rich-2": 1_000_000,
  "money-rich-3": 1_000_000,
  "money-poor": 400,
  "money-closing": 1,
}
const ACCOUNTS = Object.keys(OPENINGS)
const CLOSING = "money-closing"
const AMOUNT_MAX = 500

/** Transfers after which an account is closed. */
const CLOSES_AFTER = 4

/** How often somebody brings money. */
const DEPOSITS = 0.2

export class MoneyTransferCustomer implements Customer {
  readonly system = "money-transfer"
  readonly #shop: Shop
  readonly #wanted: WantedMoneyTransfer[] = []
  readonly #deposits: WantedDeposit[] = []

  constructor(shop: Shop) {
    this.#shop = shop
  }

  get accepted(): number {
    return this.#wanted.length
  }

  async open(): Promise<void> {
    for (const [account, amount] of Object.entries(OPENINGS)) {
      await this.#deposit({ account, opId: "opening", amount })
    }
  }

  async visit(visit: Visit): Promise<void> {
    const { random, number } = visit
    const source = oneOf(random, ACCOUNTS)
    const target = oneOf(
      random,
      ACCOUNTS.filter((name) => name !== source),
    )
    const transfer = {
      id: `money-${number}`,
      source,
      target,
      amount: between(random, 1, AMOUNT_MAX),
    }
    if (random() < DEPOSITS) {
      const account = oneOf(
        random,
        ACCOUNTS.filter((name) => name !== CLOSING),
      )
      await this.#deposit({ account, opId: `deposit-${number}`, amount: between(random, 1, 99) })
    }
    const { id, ...body } = transfer
    await begin(this.#shop.client, visit, {
      path: `/transfers/${id}`,
      body,
      steps: ["debitSource", "creditTarget", "reverseDebit"],
    })
    this.#wanted.push(transfer)
    if (this.#wanted.length === CLOSES_AFTER) {
      const path = `/balances/${CLOSING}`
      requireSuccess(await this.#shop.client.send("PUT", path, { closed: true }), path)
    }
  }

  async audit(): Promise<Audited> {
    const { client } = this.#shop
    const ids = this.#wanted.map(({ id }) => id)
    const runs = await readRuns(client, ids, (id) => `transfer-${id}`)
    const accounts = await readAll(ACCOUNTS, (name) => readBankAccount(client, name))
    const books = { wanted: this.#wanted, deposits: this.#deposits, runs, accounts }
    const all = [...accounts.values()]
    return {
      findings: auditMoney(books),
      runs,
      ends: endsOf(runs, ({ result }) => member(result, "status")),
      effects: all.reduce((sum, { entries }) => sum + entries.length, 0),
      money: all.reduce((sum, { balance }) => sum + balance, 0),
    }
  }

  async #deposit(deposit: WantedDeposit): Promise<void> {
    const { account, opId, amount } = deposit
    const path = `/balances/${account}/deposits/${opId}`
    requireSuccess(await this.#shop.client.send("POST", path, { amount }), path)
    this.#deposits.push(deposit)
  }
}
