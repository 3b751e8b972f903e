// One-click buy: killed in its cancellation window, again and again; the window closes when it would have closed.

import { member } from "../../support/json-client.ts"
import {
  differences,
  readRun,
  requireStatus,
  type Scene,
  type Stage,
  type Verdict,
} from "../scene.ts"

const KEY = "demo-buy"
const RUN = `checkout/${KEY}`

/** Long enough for the kills to fall into it. */
const WINDOW_MS = 15_000

export class OneClickBuyScene implements Scene {
  readonly system = "one-click-buy"
  readonly runs = [RUN]
  readonly #stage: Stage
  #deadlineMs = 0

  constructor(stage: Stage) {
    this.#stage = stage
  }

  async begin(): Promise<void> {
    const { client } = this.#stage.runtime
    const answer = await client.post(`/buy/${KEY}`, { itemId: "widget-001", windowMs: WINDOW_MS })
    requireStatus(answer, 200)
    this.#deadlineMs = Date.parse(String(member(answer.body, "deadline")))
  }

  // It waits in its window from the start.
  async reached(): Promise<void> {}

  isFinished(): boolean {
    return this.#purchases() === 1
  }

  async check(): Promise<Verdict> {
    const { status, result, endedAtMs } = await readRun(this.#stage, RUN)
    const rows = this.#purchases()
    const state = member(result, "state")
    const lateMs = endedAtMs - this.#deadlineMs
    return {
      effects: `${rows} purchase`,
      result: `${String(state)} ${(lateMs / 1_000).toFixed(1)} s after its deadline`,
      problems: differences(
        { status, state, rows, early: lateMs < 0 },
        { status: "completed", state: "PURCHASE_CONFIRMED", rows: 1, early: false },
      ),
    }
  }

  #purchases(): number {
    const { runtime } = this.#stage
    return runtime.d1("SELECT * FROM purchases WHERE purchase_key = ?", KEY).length
  }
}
