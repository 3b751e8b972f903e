// Who has an order delivered by the clock: a schedule that makes up for every tick it missed. It begins its runs itself.

import { member } from "../../support/json-client.ts"
import {
  endsOf,
  readRuns,
  requireSuccess,
  type Audited,
  type Customer,
  type Shop,
} from "../customer.ts"
import { auditSchedule, tickIds } from "../rules/schedule.ts"

/** What all its runs deliver. */
export const SCHEDULED_ORDER = "by-the-clock"

const NAME = "by-the-clock"
const PATH = `/v1/schedules/${NAME}`
const CRON = "*/3 * * * * *"
const TICK_MS = 3_000

/** States of a scripted order that is delivered. */
const EFFECTS_PER_RUN = 4

export class ScheduleCustomer implements Customer {
  readonly system = "schedule"
  readonly accepted = 1
  readonly #shop: Shop

  constructor(shop: Shop) {
    this.#shop = shop
  }

  async open(): Promise<void> {
    const schedule = {
      workflow: "orderLifecycle",
      input: [{ orderId: SCHEDULED_ORDER, path: "deliver" }],
      cron: CRON,
      overlap: "allow",
      missed: "all",
    }
    requireSuccess(await this.#shop.client.send("PUT", PATH, schedule), PATH)
  }

  async visit(): Promise<void> {}

  /** No tick comes any more. */
  async close(): Promise<void> {
    requireSuccess(await this.#shop.client.send("POST", `${PATH}/pause`), PATH)
  }

  async audit(): Promise<Audited> {
    const { client, d1 } = this.#shop
    const { body } = await client.get(PATH)
    const schedule = {
      name: NAME,
      tickMs: TICK_MS,
      createdAtMs: Date.parse(String(member(body, "createdAt"))),
      lastAtMs: Date.parse(String(member(body, "lastAt"))),
      counters: member(body, "counters") as Record<string, unknown>,
      effectsPerRun: EFFECTS_PER_RUN,
      effectKeys: d1(
        "SELECT idempotency_key FROM order_transitions WHERE order_id = ?",
        SCHEDULED_ORDER,
      ).map((row) => String(row["idempotency_key"])),
    }
    const runs = await readRuns(client, tickIds(schedule), (id) => id)
    return {
      findings: auditSchedule({ ...schedule, runs }),
      runs,
      ends: endsOf(runs),
      effects: schedule.effectKeys.length,
      money: 0,
    }
  }
}
