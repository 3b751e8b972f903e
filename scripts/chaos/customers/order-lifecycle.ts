// Who leads an order through its life: by a script, by asking for one state after the other, or by two who ask for
// different ones at once.

import { member } from "../../support/json-client.ts"
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
import { auditLifecycles, type WantedLifecycle } from "../rules/order-lifecycle.ts"
import { SCHEDULED_ORDER } from "./schedule.ts"

/** The order has taken the request and has not answered yet. */
const ASK_AGAIN_MS = 300

const SCRIPTED = 0.4

export class OrderLifecycleCustomer implements Customer {
  readonly system = "order-lifecycle"
  readonly #shop: Shop
  readonly #wanted: WantedLifecycle[] = []

  constructor(shop: Shop) {
    this.#shop = shop
  }

  get accepted(): number {
    return this.#wanted.length
  }

  async open(): Promise<void> {}

  async visit(visit: Visit): Promise<void> {
    const { random, number } = visit
    const id = `life-${number}`
    const isScripted = random() < SCRIPTED
    const path = isScripted ? (random() < 0.5 ? "deliver" : "cancel") : undefined
    const isRace = random() < 0.4
    const last = random() < 0.5 ? "shipped" : "cancelled"
    const granted: string[] = []
    await begin(this.#shop.client, visit, {
      path: `/order-lifecycles/${id}`,
      body: path === undefined ? {} : { path },
      steps: ["transitionTo", "transitionTo#2", "transitionTo#3"],
    })
    this.#wanted.push({ id, path, granted })
    if (isScripted) return
    await this.#ask(id, "confirmed", granted)
    if (isRace) {
      await Promise.all([this.#ask(id, "shipped", granted), this.#ask(id, "cancelled", granted)])
    } else await this.#ask(id, last, granted)
    // Refused where it was cancelled: nothing is granted then.
    await this.#ask(id, "delivered", granted)
  }

  /** Asks until it is granted or refused. */
  async #ask(id: string, to: string, granted: string[]): Promise<void> {
    const path = `/order-lifecycles/${id}/transitions`
    for (;;) {
      const headers = { "idempotency-key": `${id}-${to}` }
      const answer = await this.#shop.client.send("POST", path, { to }, headers)
      if (answer.status === 409) return
      requireSuccess(answer, `${path} to ${to}`)
      if (answer.status === 200) {
        granted.push(to)
        return
      }
      await pause(ASK_AGAIN_MS)
    }
  }

  async audit(): Promise<Audited> {
    const { client, d1 } = this.#shop
    const ids = this.#wanted.map(({ id }) => id)
    const runs = await readRuns(client, ids, (id) => `order-lifecycle/${id}`)
    const query = "SELECT * FROM order_transitions WHERE order_id <> ? ORDER BY rowid"
    const rows = d1(query, SCHEDULED_ORDER).map((row) => ({
      orderId: String(row["order_id"]),
      from: textOrNull(row, "from_state"),
      to: String(row["to_state"]),
      timestamp: String(row["entered_at"]),
    }))
    return {
      findings: auditLifecycles({ wanted: this.#wanted, runs, rows }),
      runs,
      ends: endsOf(runs, ({ result }) => member(result, "finalState")),
      effects: rows.length,
      money: 0,
    }
  }
}
