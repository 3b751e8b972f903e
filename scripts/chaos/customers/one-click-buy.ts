// Who buys with one click, and sometimes calls it off while he can, or when it is too late.

import { member } from "../../support/json-client.ts"
import { between, oneOf } from "../../support/seeded-random.ts"
import { pause } from "../../support/wait-until.ts"
import {
  begin,
  endsOf,
  readRuns,
  requireSuccess,
  textOrNull,
  type Audited,
  type Customer,
  type Shop,
  type Visit,
} from "../customer.ts"
import { auditPurchases, type WantedPurchase } from "../rules/one-click-buy.ts"

const ITEMS = ["widget-001", "gadget-001"]
const WINDOW_MS_MIN = 300
const WINDOW_MS_MAX = 4_000
const CALLED_OFF = 0.5
const ASK_AGAIN_MS = 300

export class OneClickBuyCustomer implements Customer {
  readonly system = "one-click-buy"
  readonly #shop: Shop
  readonly #wanted: WantedPurchase[] = []

  constructor(shop: Shop) {
    this.#shop = shop
  }

  get accepted(): number {
    return this.#wanted.length
  }

  async open(): Promise<void> {}

  async visit(visit: Visit): Promise<void> {
    const { random, number } = visit
    const key = `buy-${number}`
    const itemId = oneOf(random, ITEMS)
    const windowMs = between(random, WINDOW_MS_MIN, WINDOW_MS_MAX)
    const isCalledOff = random() < CALLED_OFF
    const afterMs = between(random, 0, windowMs * 1.3)
    await begin(this.#shop.client, visit, {
      path: `/buy/${key}`,
      body: { itemId, windowMs },
      steps: ["checkoutItem", "cancelPurchase"],
    })
    const at = this.#wanted.push({ key, itemId, cancel: undefined }) - 1
    if (!isCalledOff) return
    await pause(afterMs)
    const cancel = await this.#cancel(key)
    this.#wanted[at] = { key, itemId, cancel }
  }

  async #cancel(key: string): Promise<"granted" | "refused"> {
    const path = `/cancel/${key}`
    for (;;) {
      const answer = await this.#shop.client.send("POST", path, undefined, {
        "idempotency-key": `cancel-${key}`,
      })
      if (answer.status === 409) return "refused"
      requireSuccess(answer, path)
      if (answer.status === 200) return "granted"
      await pause(ASK_AGAIN_MS)
    }
  }

  async audit(): Promise<Audited> {
    const { client, d1 } = this.#shop
    const keys = this.#wanted.map(({ key }) => key)
    const runs = await readRuns(client, keys, (key) => `checkout/${key}`)
    const rows = d1("SELECT * FROM purchases").map((row) => ({
      key: String(row["purchase_key"]),
      itemId: String(row["item_id"]),
      state: String(row["state"]),
      orderId: textOrNull(row, "order_id"),
    }))
    return {
      findings: auditPurchases({ wanted: this.#wanted, runs, rows }),
      runs,
      ends: endsOf(runs, ({ result }) => member(result, "state")),
      effects: rows.length,
      money: 0,
    }
  }
}
