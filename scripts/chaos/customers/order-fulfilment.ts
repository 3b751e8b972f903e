// Who orders: of two things there is enough, of a third there is soon nothing left.

import { between } from "../../support/seeded-random.ts"
import { member } from "../../support/json-client.ts"
import {
  begin,
  endsOf,
  readRuns,
  requireSuccess,
  type Audited,
  type Customer,
  type Shop,
  type Visit,
} from "../customer.ts"
import { auditOrders, type OrderItem, type WantedOrder } from "../rules/order-fulfilment.ts"

const STOCK: Readonly<Record<string, number>> = {
  "chaos-apple": 1_000_000,
  "chaos-pear": 1_000_000,
  "chaos-truffle": 3,
}

/** How often the rare thing is among what is wanted. */
const RARE = 0.25

export class OrderFulfilmentCustomer implements Customer {
  readonly system = "order-fulfilment"
  readonly #shop: Shop
  readonly #wanted: WantedOrder[] = []

  constructor(shop: Shop) {
    this.#shop = shop
  }

  get accepted(): number {
    return this.#wanted.length
  }

  async open(): Promise<void> {
    for (const [sku, available] of Object.entries(STOCK)) {
      requireSuccess(await this.#shop.client.send("PUT", `/stock/${sku}`, { available }), sku)
    }
  }

  async visit(visit: Visit): Promise<void> {
    const { random, number } = visit
    const item = (sku: string, most: number): OrderItem => ({
      sku,
      qty: between(random, 1, most),
      price: between(random, 1, 5_000),
    })
    const items = [item("chaos-apple", 9)]
    if (random() < 0.5) items.push(item("chaos-pear", 9))
    if (random() < RARE) items.push(item("chaos-truffle", 1))
    const order = { id: `chaos-order-${number}`, items }
    const customer = { id: `customer-${number}`, email: `customer-${number}@example.com` }
    await begin(this.#shop.client, visit, {
      path: "/orders",
      body: { ...order, customer },
      steps: ["reserveInventory", "chargePayment", "sendConfirmation"],
    })
    this.#wanted.push(order)
  }

  async audit(): Promise<Audited> {
    const { client, d1 } = this.#shop
    const ids = this.#wanted.map(({ id }) => id)
    const runs = await readRuns(client, ids, (id) => `order/${id}`)
    const reservations = d1("SELECT * FROM reservations").map((row) => ({
      orderId: String(row["order_id"]),
      sku: String(row["sku"]),
      qty: Number(row["qty"]),
      taken: Number(row["taken"]),
    }))
    const charges = d1("SELECT * FROM charges").map((row) => ({
      orderId: String(row["order_id"]),
      chargeId: String(row["charge_id"]),
      amount: Number(row["amount"]),
    }))
    const confirmations = d1("SELECT * FROM confirmations").map((row) => ({
      orderId: String(row["order_id"]),
      chargeId: String(row["charge_id"]),
    }))
    const stock = new Map(
      Object.entries(STOCK).map(([sku, before]) => {
        const [row] = d1("SELECT available FROM stock WHERE sku = ?", sku)
        return [sku, { before, after: Number(row?.["available"]) }]
      }),
    )
    const books = { wanted: this.#wanted, runs, reservations, charges, confirmations, stock }
    return {
      findings: auditOrders(books),
      runs,
      ends: endsOf(runs, ({ result }) =>
        member(result, "total") === undefined ? undefined : "done",
      ),
      effects: reservations.length + charges.length + confirmations.length,
      money: charges.reduce((sum, { amount }) => sum + amount, 0),
    }
  }
}
