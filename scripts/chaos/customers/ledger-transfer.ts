// Who sends money from the ledger to a bank: from sources that can pay and from some that cannot, to accounts of which one
// is closed on the way, with reservations that a long kill outlasts.

import { between, oneOf } from "../../support/seeded-random.ts"
import { member } from "../../support/json-client.ts"
import { audit, type WantedTransfer } from "../../support/transfer-audit.ts"
import { TransferWorld } from "../../support/transfer-world.ts"
import {
  endsOf,
  readRuns,
  requireSuccess,
  type Audited,
  type Customer,
  type Shop,
  type Visit,
} from "../customer.ts"
import { endFindings } from "../rules/run-seen.ts"
import type { AccountCreationCustomer } from "./account-creation.ts"

const BANK_ACCOUNTS = ["bank-1", "bank-2", "bank-3", "bank-closing"]
const CLOSING = "bank-closing"
const CLOSES_AFTER = 4
const AMOUNT_MAX = 500
const RICH = 1_000_000_000
const POOR = 1_500

/** Where a run may die: when a step has taken effect and nobody knows it. */
const STEPS = ["reserveAmount", "creditBank", "postReservation", "voidReservation", "fenceCredit"]

export class LedgerTransferCustomer implements Customer {
  readonly system = "ledger-transfer"
  readonly #shop: Shop
  readonly #world: TransferWorld
  readonly #accounts: AccountCreationCustomer
  readonly #sources: string[] = []
  readonly #wanted: WantedTransfer[] = []

  constructor(shop: Shop, accounts: AccountCreationCustomer) {
    this.#shop = shop
    this.#world = new TransferWorld(shop)
    this.#accounts = accounts
  }

  get accepted(): number {
    return this.#wanted.length
  }

  async open(): Promise<void> {
    for (const funds of [RICH, RICH, POOR]) this.#sources.push(await this.#world.openSource(funds))
    const visit = { number: -1, random: () => 0.5 }
    this.#sources.push(await this.#accounts.openAccount(visit))
    for (const name of BANK_ACCOUNTS) await this.#world.openBankAccount(name)
  }

  async visit({ random, number }: Visit): Promise<void> {
    const isShort = random() < 0.25
    const dies = random() < 0.2
    const transfer: WantedTransfer = {
      id: `chaos-${number}`,
      source: oneOf(random, this.#sources),
      bankAccount: oneOf(random, BANK_ACCOUNTS),
      amount: between(random, 1, AMOUNT_MAX),
      ...(isShort ? { reservationSeconds: between(random, 1, 4) } : {}),
      ...(dies ? { fault: `${oneOf(random, STEPS)}:1:crash` } : {}),
    }
    requireSuccess(await this.#world.send(transfer), transfer.id)
    this.#wanted.push(transfer)
    if (this.#wanted.length === CLOSES_AFTER) await this.#world.closeBankAccount(CLOSING)
  }

  async audit(): Promise<Audited> {
    const ids = this.#wanted.map(({ id }) => id)
    const runs = await readRuns(this.#shop.client, ids, (id) => `ledger-transfer-${id}`)
    const statuses = new Map([...runs].map(([id, { result }]) => [id, member(result, "status")]))
    const books = await this.#world.books(this.#wanted, statuses)
    const findings = ids.flatMap((id) => endFindings(id, runs.get(id)))
    const sums = books.accounts.map(({ debits_posted }) => Number(debits_posted))
    return {
      findings: [...findings, ...(await audit(books))],
      runs,
      ends: endsOf(runs, ({ result }) => member(result, "status")),
      effects: books.transfers.length + books.accounts.length,
      money: sums.reduce((sum, debits) => sum + debits, 0),
    }
  }
}
