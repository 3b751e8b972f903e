// User session: the seed's five activities, killed in the fifth and again while idle; the idle time passes while nothing
// runs.

import { member } from "../../support/json-client.ts"
import {
  differences,
  readRun,
  requireStatus,
  type Scene,
  type Stage,
  type Verdict,
} from "../scene.ts"

const ID = "demo-session"
const RUN = `session/${ID}`

const ACTIVITIES = ["page_view", "search", "product_view", "add_to_cart", "checkout_started"]

const IDLE_TIMEOUT_MS = 5_000

export class UserSessionScene implements Scene {
  readonly system = "user-session"
  readonly runs = [RUN]
  readonly #stage: Stage

  constructor(stage: Stage) {
    this.#stage = stage
  }

  async begin(): Promise<void> {
    const { client } = this.#stage.runtime
    const session = {
      userId: "user_alice_42",
      idleTimeoutMs: IDLE_TIMEOUT_MS,
      activities: ACTIVITIES.map((type) => ({ type })),
    }
    const faults = { "x-belay-fault": "recordActivity#5:1:hang" }
    requireStatus(await client.post(`/sessions/${ID}`, session, faults), 201)
  }

  reached(place: "first" | "second"): Promise<void> {
    return this.#stage.lines.waitFor(RUN, "recordActivity", place === "first" ? 4 : 5)
  }

  isFinished(): boolean {
    return this.#revocations() === 1
  }

  async check(): Promise<Verdict> {
    const { runtime } = this.#stage
    const { status, result } = await readRun(this.#stage, RUN)
    const activities = runtime
      .d1("SELECT type FROM session_activities ORDER BY seq")
      .map((row) => String(row["type"]))
    const revocations = this.#revocations()
    const finalStatus = member(result, "finalStatus")
    return {
      effects: `${activities.length} activities, ${revocations} revocation`,
      result: `${status}, ${String(finalStatus)}`,
      problems: differences(
        { status, finalStatus, activities, revocations },
        { status: "completed", finalStatus: "cleaned_up", activities: ACTIVITIES, revocations: 1 },
      ),
    }
  }

  #revocations(): number {
    const { runtime } = this.#stage
    return runtime.d1("SELECT * FROM token_revocations WHERE session_id = ?", ID).length
  }
}
