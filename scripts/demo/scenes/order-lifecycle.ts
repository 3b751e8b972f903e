// Order lifecycle: the seed's scripted delivery, killed while it ships and again while it delivers.

import { member } from "../../support/json-client.ts"
import {
  differences,
  readRun,
  requireStatus,
  type Scene,
  type Stage,
  type Verdict,
} from "../scene.ts"

const ID = "demo-lifecycle"
const RUN = `order-lifecycle/${ID}`

export class OrderLifecycleScene implements Scene {
  readonly system = "order-lifecycle"
  readonly runs = [RUN]
  readonly #stage: Stage

  constructor(stage: Stage) {
    this.#stage = stage
  }

  async begin(): Promise<void> {
    const { client } = this.#stage.runtime
    const faults = { "x-belay-fault": "transitionTo#3:1:hang,transitionTo#4:1:hang" }
    requireStatus(await client.post(`/order-lifecycles/${ID}`, { path: "deliver" }, faults), 201)
  }

  reached(place: "first" | "second"): Promise<void> {
    return this.#stage.lines.waitFor(RUN, "transitionTo", place === "first" ? 2 : 3)
  }

  isFinished(): boolean {
    return this.#states().length >= 4
  }

  async check(): Promise<Verdict> {
    const { status, result } = await readRun(this.#stage, RUN)
    const states = this.#states()
    const finalState = member(result, "finalState")
    return {
      effects: `${states.length} transitions`,
      result: `${status}, ${String(finalState)}`,
      problems: differences(
        { status, finalState, states },
        {
          status: "completed",
          finalState: "delivered",
          states: ["created", "confirmed", "shipped", "delivered"],
        },
      ),
    }
  }

  #states(): string[] {
    const query = "SELECT to_state FROM order_transitions WHERE order_id = ? ORDER BY entered_at"
    return this.#stage.runtime.d1(query, ID).map((row) => String(row["to_state"]))
  }
}
