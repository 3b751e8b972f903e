// Order fulfilment: the seed's order of 69.97, killed while it charges and again while it confirms.

import { member } from "../../support/json-client.ts"
import {
  differences,
  readRun,
  requireStatus,
  type Scene,
  type Stage,
  type Verdict,
} from "../scene.ts"

const ORDER = {
  id: "demo-order",
  items: [
    { sku: "widget-001", qty: 2, price: 2_999 },
    { sku: "gadget-001", qty: 1, price: 999 },
  ],
  customer: { id: "customer-1", email: "alice@example.com" },
}

export class OrderFulfilmentScene implements Scene {
  readonly system = "order-fulfilment"
  readonly runs = [`order/${ORDER.id}`]
  readonly #stage: Stage

  constructor(stage: Stage) {
    this.#stage = stage
  }

  async begin(): Promise<void> {
    const faults = { "x-belay-fault": "chargePayment:1:hang,sendConfirmation:1:hang" }
    requireStatus(await this.#stage.runtime.client.post("/orders", ORDER, faults), 202)
  }

  reached(place: "first" | "second"): Promise<void> {
    const step = place === "first" ? "reserveInventory" : "chargePayment"
    return this.#stage.lines.waitFor(`order/${ORDER.id}`, step)
  }

  isFinished(): boolean {
    return this.#count("confirmations") === 1
  }

  async check(): Promise<Verdict> {
    const { runtime } = this.#stage
    const { status, result } = await readRun(this.#stage, `order/${ORDER.id}`)
    const [stock] = runtime.d1("SELECT available FROM stock WHERE sku = ?", "widget-001")
    const found = {
      status,
      total: member(result, "total"),
      reservations: this.#count("reservations"),
      charges: this.#count("charges"),
      confirmations: this.#count("confirmations"),
      widgets: stock?.["available"],
    }
    const { reservations, charges, confirmations } = found
    return {
      effects: `${reservations} reservations, ${charges} charge, ${confirmations} confirmation`,
      result: `${status}, total ${(Number(found.total) / 100).toFixed(2)}`,
      problems: differences(found, {
        status: "completed",
        total: 6_997,
        reservations: 2,
        charges: 1,
        confirmations: 1,
        widgets: 999_998,
      }),
    }
  }

  #count(table: string): number {
    return this.#stage.runtime.d1(`SELECT * FROM ${table} WHERE order_id = ?`, ORDER.id).length
  }
}
